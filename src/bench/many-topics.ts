import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../clock.js'
import { Cluster } from '../clusters/cluster.js'
import { TopicAdmin } from '../clusters/topic-admin.js'
import { freePorts } from '../local-kafka/free-port.js'
import { guardFolder } from '../local-kafka/guard.js'
import { LocalKafka } from '../local-kafka/local-kafka.js'
import { OutsideClient } from '../local-kafka/outside-client.js'
import { waitUntil } from '../local-kafka/wait-until.js'
import type { ClusterAddress } from './contestants/contestant.js'
import type { ContestantProcess } from './contestants/contestant-process.js'
import { startOurs } from './contestants/ours.js'
import { cpuPercent } from './measure/cpu-percent.js'
import { cpuSeconds, peakMegabytes, residentMegabytes } from './measure/process-usage.js'
import { figure } from './report/figures.js'

/** How much there is, and how long it is watched; a test has less of everything. */
export interface ManyTopicsOptions {
  topics?: number
  partitionsPerTopic?: number
  idleSeconds?: number
  latencySeconds?: number
  cpuProfileFolder?: string | undefined
}

export interface ManyTopicsResult {
  topics: number
  partitions: number
  /** From the start of our process until every partition is copied or caught up. */
  startSeconds: number
  /** What our process used for that; other than the time, it depends little on what else the machine does. */
  startCpuSeconds: number | null
  /** Of one core, while nothing happens; null where the platform does not tell. */
  idleCpuPercent: { ours: number | null; source: number | null; target: number | null }
  residentMegabytes: number | null
  peakMegabytes: number | null
  /** Of records written to one random topic, from when they were due to when a consumer of the target had them. */
  latency: { p50Ms: number; maxMs: number }
}

const TARGETS = { startSeconds: 60, idleCpuPercent: 5, residentMegabytes: 300 }

/** Brokers with 10,000 partitions were seen to use 1 GB. */
const BROKER_HEAP_MB = 2048
/** Topics with records in them; the others are empty, as most are where there are so many. */
const FULL_TOPICS = 20
const RECORDS_PER_FULL_TOPIC = 1_000
const RECORD_BYTES = 1024
/** A broker on a very busy machine was seen to make 30 logs a second. */
const FILL_TIMEOUT_MS = 600_000
const START_TIMEOUT_MS = 600_000
/** Rarely enough to cost little: an answer names every partition that is not ready. */
const READY_POLL_MS = 1_000
/** What the start has left to be done (notes, garbage) is over by then. */
const SETTLE_MS = 15_000
const LATENCY_RECORDS_PER_SECOND = 10

type Say = (text: string) => void

/** Two brokers and Kafka's own clients. */
interface Stage {
  source: ClusterAddress
  target: ClusterAddress
  client: OutsideClient
  folder: string
}

/**
 * Two brokers, 2,000 topics with 5 partitions each on the source, and our command line as a process of its own.
 * @throws Error when it does not bring all topics to the target, or a record of the latency measurement is lost.
 */
export async function measureManyTopics(options: ManyTopicsOptions, clock: Clock, say: Say): Promise<ManyTopicsResult> {
  const { topics = 2_000, partitionsPerTopic = 5, idleSeconds = 60, latencySeconds = 5 } = options
  const names = Array.from({ length: topics }, (_, n) => `many-${String(n).padStart(5, '0')}`)
  const partitions = topics * partitionsPerTopic
  const closers: (() => Promise<unknown>)[] = []
  try {
    const stage = await openStage(closers, say)
    say(`creating ${topics} topics with ${partitionsPerTopic} partitions each on the source`)
    await fillSource(stage, names, partitionsPerTopic, clock)
    say('starting ours')
    const { ours, startSeconds } = await startUntilReady(stage, partitions, options, closers, clock)
    const startCpuSeconds = cpuSeconds(ours.pid) ?? null
    await checkTarget(stage.target, names, partitionsPerTopic)
    say(`all there after ${figure(startSeconds)} s; now nothing happens for ${idleSeconds} s`)
    await clock.sleep(Math.min(SETTLE_MS, idleSeconds * 1000))
    const pids = { ours: ours.pid, source: stage.source.pid, target: stage.target.pid }
    const idleCpuPercent = await cpuPercent(pids, idleSeconds, clock)
    const memory = {
      residentMegabytes: residentMegabytes(ours.pid) ?? null,
      peakMegabytes: peakMegabytes(ours.pid) ?? null,
    }
    const topic = names[randomInt(topics)]!
    say(`writing records to ${topic}`)
    const latency = await measureArrival(stage, topic, { partitions: partitionsPerTopic, seconds: latencySeconds })
    return { topics, partitions, startSeconds, startCpuSeconds, idleCpuPercent, ...memory, latency }
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

/** What is not as good as it is to be; what could not be measured is not. */
export function unmetTargets({ startSeconds, idleCpuPercent, residentMegabytes }: ManyTopicsResult): string[] {
  return [
    ...(startSeconds <= TARGETS.startSeconds ? [] : ['start']),
    ...((idleCpuPercent.ours ?? Number.POSITIVE_INFINITY) <= TARGETS.idleCpuPercent ? [] : ['idle CPU']),
    ...((residentMegabytes ?? Number.POSITIVE_INFINITY) <= TARGETS.residentMegabytes ? [] : ['memory']),
  ]
}

export function describeManyTopics(result: ManyTopicsResult): string {
  const { idleCpuPercent: cpu, latency } = result
  const unmet = unmetTargets(result)
  const mark = (what: string) => (unmet.includes(what) ? 'NOT reached' : 'reached')
  return [
    `${result.topics} topics, ${result.partitions} partitions`,
    `start     ${figure(result.startSeconds)} s until all topics exist and all partitions are copied (target: ${TARGETS.startSeconds} s, ${mark('start')}), ${figure(result.startCpuSeconds)} s of CPU`,
    `idle CPU  ${figure(cpu.ours)} % of a core (target: ${TARGETS.idleCpuPercent} %, ${mark('idle CPU')}); source broker ${figure(cpu.source)} %, target broker ${figure(cpu.target)} %`,
    `memory    ${figure(result.residentMegabytes)} MB resident (target: ${TARGETS.residentMegabytes} MB, ${mark('memory')}), ${figure(result.peakMegabytes)} MB at most`,
    `latency   p50 ${figure(latency.p50Ms)} ms, at most ${figure(latency.maxMs)} ms, of records to a random topic`,
  ].join('\n')
}

async function openStage(closers: (() => Promise<unknown>)[], say: Say): Promise<Stage> {
  say('starting two brokers')
  const startBroker = async (name: string) => {
    const kafka = await LocalKafka.start({ name, quickStart: false, heapMb: BROKER_HEAP_MB, onProgress: say })
    closers.push(() => kafka[Symbol.asyncDispose]())
    const { bootstrapServers, clusterId, pid } = kafka
    if (pid === undefined) throw new Error('this needs Java: it measures processes, not containers')
    return { bootstrapServers, clusterId, pid }
  }
  const started = await Promise.allSettled([startBroker('source'), startBroker('target')])
  const failed = started.find(result => result.status === 'rejected')
  if (failed) throw failed.reason
  const [source, target] = started.map(result => (result as PromiseFulfilledResult<ClusterAddress>).value)
  const client = await OutsideClient.start(source!.bootstrapServers, { quickStart: false, onProgress: say })
  closers.push(() => client.close())
  const folder = await mkdtemp(join(tmpdir(), 'kafka-replicator-bench-'))
  const releaseGuard = guardFolder(folder)
  closers.push(() => rm(folder, { recursive: true, force: true }).then(releaseGuard))
  return { source: source!, target: target!, client, folder }
}

async function fillSource(
  { source, client }: Stage,
  names: readonly string[],
  partitions: number,
  clock: Clock,
): Promise<void> {
  await withCluster(source, async cluster => {
    const topics = names.map(topic => ({ topic, partitions, replicationFactor: 1, configs: {} }))
    const [refusal] = (await new TopicAdmin(cluster).createAll(topics)).refusals.values()
    if (refusal) throw refusal
    // The controller answers long before the broker has made all the logs.
    const there = async () => ((await hasAll(cluster, names, partitions)) ? true : undefined)
    const isComplete = await waitUntil(there, { timeoutMs: FILL_TIMEOUT_MS, intervalMs: 1_000, clock })
    if (!isComplete) throw new Error(`the source has not all topics after ${FILL_TIMEOUT_MS / 1000} s`)
  })
  for (const topic of names.slice(0, FULL_TOPICS)) {
    await client.load({ topic, partitions, records: RECORDS_PER_FULL_TOPIC, recordSize: RECORD_BYTES })
  }
}

async function startUntilReady(
  { source, target, folder }: Stage,
  partitions: number,
  options: ManyTopicsOptions,
  closers: (() => Promise<unknown>)[],
  clock: Clock,
): Promise<{ ours: ContestantProcess; startSeconds: number }> {
  const [metricsPort] = (await freePorts(1)) as [number]
  const startedAt = clock.monotonic()
  const job = { id: 'many-topics', codec: 'none', source, target, folder, topics: ['many-.*'], metricsPort } as const
  const ours = await startOurs(job, options)
  closers.push(() => ours.stop())
  await untilReady(ours, metricsPort, partitions, clock)
  return { ours, startSeconds: (clock.monotonic() - startedAt) / 1000 }
}

async function measureArrival(
  { source, target, client }: Stage,
  topic: string,
  { partitions, seconds }: { partitions: number; seconds: number },
): Promise<ManyTopicsResult['latency']> {
  const { sent, received, p50Ms, maxMs } = await client.latency({
    sourceBootstrap: source.bootstrapServers,
    targetBootstrap: target.bootstrapServers,
    sourceTopic: topic,
    targetTopic: topic,
    partitions,
    recordSize: RECORD_BYTES,
    ratePerSecond: LATENCY_RECORDS_PER_SECOND,
    seconds,
  })
  if (received < sent || p50Ms === null || maxMs === null) throw new Error(`of ${sent} records ${received} arrived`)
  return { p50Ms, maxMs }
}

async function checkTarget(address: ClusterAddress, names: readonly string[], partitions: number): Promise<void> {
  await withCluster(address, async cluster => {
    if (!(await hasAll(cluster, names, partitions))) throw new Error('topics or partitions are missing on the target')
  })
}

/** Whether all topics are there, with a leader for every partition. */
async function hasAll(cluster: Cluster, names: readonly string[], partitions: number): Promise<boolean> {
  const { topics } = await cluster.metadata([...names])
  const led = topics.flatMap(topic => topic.partitions).filter(({ leader }) => leader >= 0)
  return led.length === names.length * partitions
}

async function withCluster(
  { bootstrapServers, clusterId }: ClusterAddress,
  work: (cluster: Cluster) => Promise<void>,
): Promise<void> {
  const cluster = new Cluster({
    ...{ alias: 'bench', reference: clusterId, expectedClusterId: clusterId, bootstrapBrokers: [bootstrapServers] },
  })
  try {
    await cluster.connect()
    await work(cluster)
  } finally {
    await cluster.close()
  }
}

async function untilReady(ours: ContestantProcess, port: number, partitions: number, clock: Clock): Promise<void> {
  const deadline = clock.monotonic() + START_TIMEOUT_MS
  while ((await readyPartitions(port)) < partitions) {
    const reason = await ours.endedBecause()
    if (reason !== undefined) throw new Error(reason)
    if (clock.monotonic() > deadline) throw new Error(`not ready after ${START_TIMEOUT_MS / 1000} s`)
    await clock.sleep(READY_POLL_MS)
  }
}

/** `/readyz` costs less than `/metrics`, but knows only the topics found so far. */
async function readyPartitions(port: number): Promise<number> {
  if ((await ask(port, '/readyz'))?.status !== 200) return 0
  const metrics = (await ask(port, '/metrics'))?.text ?? ''
  const counts = metrics.matchAll(/^replicator_partitions\{.*state="(?:copying|caught-up)".*\} (\d+)$/gm)
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
}

/** Undefined while nobody listens. */
function ask(port: number, path: string): Promise<{ status: number | undefined; text: string } | undefined> {
  return new Promise(resolve => {
    get({ host: '127.0.0.1', port, path, agent: false }, response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() }))
    }).on('error', () => resolve(undefined))
  })
}
