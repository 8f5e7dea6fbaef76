import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../../clock.js'
import { messageOf } from '../../errors.js'
import { guardFolder } from '../../local-kafka/guard.js'
import { select } from '../benchmark.js'
import type { Contestant, Job, Running } from '../contestants/contestant.js'
import { mirrorMakers } from '../contestants/mirror-maker.js'
import { ours } from '../contestants/ours.js'
import { peakMegabytes } from '../measure/process-usage.js'
import type { BenchOptions } from '../options.js'
import { openSide, PARTITIONS, type PreparedBacklog, RECORD_BYTES, type Side } from '../stage.js'
import { type Arrivals, arrivalRate, watchArrivals } from './watch-arrivals.js'

/** 100 ms there and back, as between continents. */
export const DELAY_EACH_WAY_MS = 50
const TOPIC = 'far'

export interface FarRun {
  contestant: string
  settings: string
  recordsArrived: number
  recordsPerSecond: number | null
  seconds: number | null
  /** Undefined where it did not come to the end in its time; then there is nothing to compare. */
  isEqual: boolean | undefined
  peakMegabytes: number | null
  /** What crossed the proxy in this run: the link was the one that was meant. */
  bytesOverLink: number
  problems: string[]
}

interface FarStage {
  source: Side
  target: Side
  backlog: PreparedBacklog
}

/**
 * The source is near, the target behind a proxy that delays each byte 50 ms each way, and the contestant stands at the
 * source: so it is producing that crosses the link, for each of them.
 */
export async function runFarLink(options: BenchOptions, clock: Clock, say: (text: string) => void): Promise<FarRun[]> {
  const opened: AsyncDisposable[] = []
  const folder = await mkdtemp(join(tmpdir(), 'kafka-replicator-far-link-'))
  const releaseGuard = guardFolder(folder)
  try {
    const stage = await openStage(options, opened, say)
    const all = [ours(stage.target.offsets, options), mirrorMakers(stage.target.offsets)[0]!]
    const runs: FarRun[] = []
    for (const contestant of select(all, options.only)) {
      say(`${contestant.name}, ${2 * DELAY_EACH_WAY_MS} ms there and back`)
      const run = await runOne(contestant, stage, join(folder, contestant.name), clock)
      runs.push(run)
      say(`  ${run.recordsArrived} records, ${Math.round(run.recordsPerSecond ?? 0)} a second ${run.problems.join()}`)
    }
    return runs
  } finally {
    for (const resource of opened.reverse()) await resource[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
    releaseGuard()
  }
}

async function openStage(
  { sizeBytes }: BenchOptions,
  opened: AsyncDisposable[],
  say: (text: string) => void,
): Promise<FarStage> {
  say('starting two brokers')
  const [source, target] = await Promise.all([
    openSide('source', opened, say),
    openSide('target', opened, say, { proxied: true }),
  ])
  const records = Math.floor(sizeBytes / RECORD_BYTES / PARTITIONS) * PARTITIONS
  say(`writing ${records} batches of one record`)
  await source.client.createTopic(TOPIC, PARTITIONS)
  // A batch.size below any record: each has its own batch.
  const load = { topic: TOPIC, partitions: PARTITIONS, records, recordSize: RECORD_BYTES, batchSize: 1, lingerMs: 0 }
  await source.client.load(load)
  const digest = await source.client.digest(TOPIC)
  const backlog = { topic: TOPIC, partitions: PARTITIONS, records, recordBytes: RECORD_BYTES, wireBytes: 0, digest }
  return { source, target, backlog }
}

async function runOne(contestant: Contestant, stage: FarStage, folder: string, clock: Clock): Promise<FarRun> {
  const { source, target, backlog } = stage
  const { proxy } = target.kafka
  const before = await target.offsets.topics()
  const bytesBefore = proxy.counts.forwarded.toBroker
  const problems: string[] = []
  let running: Running | undefined
  let arrivals: Arrivals | undefined
  let isEqual: boolean | undefined
  let peak: number | undefined
  proxy.delay(DELAY_EACH_WAY_MS)
  try {
    running = await contestant.start(await makeJob(contestant, stage, folder))
    arrivals = await watchArrivals(running, backlog.records, clock)
    peak = peakMegabytes(running.pid)
    await running.stop()
    isEqual = arrivals.isComplete ? await isEqualOnTarget(stage) : undefined
    if (isEqual === false) problems.push('the target does not hold the same records in the same order, once')
  } catch (error) {
    problems.push(messageOf(error))
  } finally {
    await running?.stop()
    proxy.heal()
    await removeNewTopics(target, before)
    await removeNewTopics(source, [TOPIC])
  }
  const rate = arrivals && arrivalRate(arrivals)
  return {
    contestant: contestant.name,
    settings: contestant.settings,
    recordsArrived: arrivals?.last.records ?? 0,
    recordsPerSecond: rate?.recordsPerSecond ?? null,
    seconds: rate?.seconds ?? null,
    isEqual,
    peakMegabytes: peak ?? null,
    bytesOverLink: proxy.counts.forwarded.toBroker - bytesBefore,
    problems,
  }
}

async function makeJob(contestant: Contestant, { source, target, backlog }: FarStage, folder: string): Promise<Job> {
  await mkdir(folder)
  const id = `far-${contestant.name}`
  return {
    id,
    codec: 'none',
    source: source.address,
    target: { ...target.address, bootstrapServers: target.kafka.proxiedBootstrapServers },
    backlog,
    liveTopic: `${id}-live`,
    folder,
  }
}

async function isEqualOnTarget({ target, backlog }: FarStage): Promise<boolean> {
  const digest = await target.client.digest(TOPIC, { isolation: 'read_uncommitted' })
  return isDeepStrictEqual(digest, backlog.digest)
}

/** Removes what a contestant has left on a cluster. */
export async function removeNewTopics({ offsets, client }: Side, before: readonly string[]): Promise<void> {
  const isOwn = (topic: string) => before.includes(topic) || /^__(consumer_offsets|transaction_state)$/.test(topic)
  for (const topic of await offsets.topics()) if (!isOwn(topic)) await client.deleteTopic(topic)
}
