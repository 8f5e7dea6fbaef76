import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ExitCode, UserError } from '../errors.js'
import { LocalKafka } from '../local-kafka/local-kafka.js'
import { OutsideClient } from '../local-kafka/outside-client.js'
import type { PartitionDigest } from '../local-kafka/outside-client-types.js'
import type { Backlog, ClusterAddress, Codec } from './contestants/contestant.js'
import { EndOffsets } from './measure/end-offsets.js'
import type { BenchOptions } from './options.js'

export const PARTITIONS = 4
export const RECORD_BYTES = 1024
/** Enough for the JIT compilers of both brokers to have done with the produce path (a cold broker costs twice the CPU). */
const WARM_UP_BYTES = 512 * 2 ** 20
const WARM_UP_TOPIC = 'bench-warm-up'
/** Topics of the cluster itself; they come when first needed and stay. */
const CLUSTER_TOPICS = new Set(['__consumer_offsets', '__transaction_state'])

/** A cluster with what watches it. */
export interface Side {
  address: ClusterAddress
  kafka: LocalKafka
  client: OutsideClient
  offsets: EndOffsets
}

export interface PreparedBacklog extends Backlog {
  digest: PartitionDigest[]
}

/** The two brokers that all contestants meet, warmed up, with the backlogs on the source. */
export class Stage implements AsyncDisposable {
  readonly source: Side
  readonly target: Side
  readonly backlogs: ReadonlyMap<Codec, PreparedBacklog>
  readonly #close: () => Promise<void>

  private constructor(
    sides: { source: Side; target: Side },
    backlogs: Map<Codec, PreparedBacklog>,
    close: () => Promise<void>,
  ) {
    this.source = sides.source
    this.target = sides.target
    this.backlogs = backlogs
    this.#close = close
  }

  static async open(options: BenchOptions, say: (text: string) => void): Promise<Stage> {
    const opened: AsyncDisposable[] = []
    const close = async () => {
      for (const resource of opened.reverse()) await resource[Symbol.asyncDispose]()
    }
    try {
      say('starting two brokers')
      const [source, target] = await Promise.all([openSide('source', opened, say), openSide('target', opened, say)])
      say('warming up the target broker')
      await warmUp(target, options)
      const backlogs = new Map<Codec, PreparedBacklog>()
      for (const codec of options.codecs) {
        say(`writing the backlog, ${codec === 'none' ? 'uncompressed' : codec}`)
        backlogs.set(codec, await prepareBacklog(source, codec, options))
      }
      return new Stage({ source, target }, backlogs, close)
    } catch (error) {
      await close()
      throw error
    }
  }

  /** The topics there are now, for `removeTopicsExcept`. */
  async topics(): Promise<Set<string>[]> {
    return Promise.all([this.source, this.target].map(async side => new Set(await side.offsets.topics())))
  }

  /** Removes what a contestant has left on both clusters. */
  async removeTopicsExcept(before: readonly Set<string>[]): Promise<void> {
    for (const [index, { offsets, client }] of [this.source, this.target].entries()) {
      for (const topic of await offsets.topics()) {
        if (!before[index]?.has(topic) && !CLUSTER_TOPICS.has(topic)) await client.deleteTopic(topic)
      }
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close()
  }
}

/** One broker with its watchers; what is opened goes into `opened`, to be closed in the opposite order. */
export async function openSide(
  name: string,
  opened: AsyncDisposable[],
  say: (text: string) => void,
  { proxied = false } = {},
): Promise<Side> {
  const config = { 'log.segment.delete.delay.ms': '1000' } // the copies of one run are off the disk before the next
  const kafka = await LocalKafka.start({ name, quickStart: false, config, proxied, onProgress: say })
  opened.push(kafka)
  const { bootstrapServers, clusterId, pid } = kafka
  if (pid === undefined) {
    throw new UserError('The benchmark needs Java: it measures processes, not containers.', {
      exitCode: ExitCode.Environment,
      fix: 'Install a JDK 17 or newer, and Maven for the first run.',
    })
  }
  const client = await OutsideClient.start(bootstrapServers, { quickStart: false, onProgress: say })
  opened.push(client)
  const offsets = await EndOffsets.connect(bootstrapServers, name)
  opened.push({ [Symbol.asyncDispose]: () => offsets.close() })
  return { address: { bootstrapServers, clusterId, pid }, kafka, client, offsets }
}

/** The source is warmed up by its backlog; without this the first contestant would meet a cold target. */
async function warmUp({ client }: Side, { codecs, batchBytes, sizeBytes }: BenchOptions): Promise<void> {
  await client.createTopic(WARM_UP_TOPIC, PARTITIONS)
  const records = Math.floor(Math.min(WARM_UP_BYTES, sizeBytes) / RECORD_BYTES)
  const load = {
    topic: WARM_UP_TOPIC,
    partitions: PARTITIONS,
    records,
    recordSize: RECORD_BYTES,
    batchSize: batchBytes,
  }
  for (const codec of codecs) await client.load({ ...load, compression: codec })
  await client.digest(WARM_UP_TOPIC)
  await client.deleteTopic(WARM_UP_TOPIC)
}

async function prepareBacklog(side: Side, codec: Codec, options: BenchOptions): Promise<PreparedBacklog> {
  const topic = `bench-${codec}`
  const records = Math.floor(options.sizeBytes / RECORD_BYTES / PARTITIONS) * PARTITIONS
  await side.client.createTopic(topic, PARTITIONS)
  await side.client.load({
    topic,
    partitions: PARTITIONS,
    records,
    recordSize: RECORD_BYTES,
    compression: codec,
    batchSize: options.batchBytes,
  })
  const digest = await side.client.digest(topic)
  const wireBytes = await logBytes(side.kafka, topic)
  return { topic, partitions: PARTITIONS, records, recordBytes: RECORD_BYTES, wireBytes, digest }
}

async function logBytes({ dataDir = '' }: LocalKafka, topic: string): Promise<number> {
  let bytes = 0
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const folder = join(dataDir, `${topic}-${partition}`)
    const segments = (await readdir(folder)).filter(name => name.endsWith('.log'))
    for (const segment of segments) bytes += (await stat(join(folder, segment))).size
  }
  return bytes
}
