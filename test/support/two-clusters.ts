import { afterAll } from 'vitest'
import { LocalKafka, type LocalKafkaOptions } from '../../src/local-kafka/local-kafka.js'
import { OutsideClient } from '../../src/local-kafka/outside-client.js'
import type { PartitionDigest, ReadRecord } from '../../src/local-kafka/outside-client-types.js'

/** A real cluster, and Kafka's own Java client beside it: what it says is the proof, not what our code reads. */
export interface Side {
  kafka: LocalKafka
  client: OutsideClient
}

export interface TwoClusters {
  source: Side
  target: Side
}

/**
 * Starts a source and a target at once for a whole test file (call it in `beforeAll`); both end after the file, also
 * when one of them did not start.
 */
export async function startTwoClusters(
  options: { source?: LocalKafkaOptions; target?: LocalKafkaOptions } = {},
): Promise<TwoClusters> {
  const [source, target] = await Promise.all([
    startSide({ name: 'source', ...options.source }),
    startSide({ name: 'target', ...options.target }),
  ])
  return { source, target }
}

/** One cluster with its outside client, until the end of the file. */
export async function startSide(options: LocalKafkaOptions): Promise<Side> {
  const kafka = await LocalKafka.start(options)
  afterAll(() => kafka[Symbol.asyncDispose]())
  const client = await OutsideClient.start(kafka.bootstrapServers, { onHang: report => console.error(report) })
  afterAll(() => client.close())
  return { kafka, client }
}

/** What two logs must share to be equal: offsets may differ where markers or aborted records were left out. */
export type Content = Pick<PartitionDigest, 'partition' | 'records' | 'sha256'>

/** Each partition's committed records as a hash over times, keys, values and headers, in order. */
export async function contentOf({ client }: Side, topic: string, from?: Record<number, number>): Promise<Content[]> {
  const digests = await client.digest(topic, from ? { from } : {})
  return digests.map(({ partition, records, sha256 }) => ({ partition, records, sha256 }))
}

/** The same with the offsets, for topics without transactions: there a copy has the offsets of its source. */
export function contentAndOffsetsOf({ client }: Side, topic: string): Promise<PartitionDigest[]> {
  return client.digest(topic)
}

/** What lies on a topic for consumers that read everything: a duplicate would show here. */
export async function uncommittedCounts({ client }: Side, topic: string): Promise<number[]> {
  return (await client.digest(topic, { isolation: 'read_uncommitted' })).map(({ records }) => records)
}

/** The values of a topic as text, partition by partition, each in order. */
export async function valuesOf({ client }: Side, topic: string): Promise<(string | null)[]> {
  const records = await client.read(topic)
  const byPartition = (one: ReadRecord, other: ReadRecord) => one.partition - other.partition
  return records.sort(byPartition).map(({ value }) => value?.toString() ?? null)
}
