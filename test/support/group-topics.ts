import type { OutsideRecord } from '../../src/local-kafka/outside-client-types.js'
import { waitUntil } from '../../src/local-kafka/wait-until.js'
import type { Side } from './two-clusters.js'

/** Topics of every kind whose committed records have values that name them: what the judge of groups needs. */

export interface Records {
  /** Default 1. */
  partitions?: number
  /** Committed records in each partition; default 100. */
  count?: number
  /** The number of the first; default 0. */
  from?: number
  /** What values begin with, `label-partition-number`; default the topic's name. Another for each side of a merged topic. */
  label?: string
}

export interface Transactions extends Records {
  /** Committed records of one transaction, over all partitions; default 7. */
  recordsPerTransaction?: number
  /** After every so many committed transactions comes an aborted one; default 2, and 0 for none. */
  commitsPerAbort?: number
}

/** For a broker with compacted topics: the cleaner looks at once (its default is every 15 s). */
export const CLEANS_AT_ONCE = { 'log.cleaner.backoff.ms': '100' }

/** A topic without transactions: dense offsets. */
export async function plainTopic(side: Side, topic: string, records: Records = {}): Promise<void> {
  await side.client.createTopic(topic, records.partitions ?? 1)
  await writePlain(side, topic, records)
}

/** More of the same; `from` goes on where others ended. */
export async function writePlain({ client }: Side, topic: string, records: Records = {}): Promise<void> {
  await client.produce(topic, recordsOf(topic, records))
}

/** Committed transactions of several records, with aborted ones between them. */
export async function transactionalTopic(side: Side, topic: string, transactions: Transactions = {}): Promise<void> {
  await side.client.createTopic(topic, transactions.partitions ?? 1)
  await writeTransactions(side, topic, transactions)
}

/** Every record is followed by a marker: its offsets are 0, 2, 4 … */
export function oneRecordTransactions(side: Side, topic: string, records: Records = {}): Promise<void> {
  return transactionalTopic(side, topic, { ...records, recordsPerTransaction: 1, commitsPerAbort: 0 })
}

/** More of the same; `from` goes on where others ended. */
export async function writeTransactions({ client }: Side, topic: string, options: Transactions = {}): Promise<void> {
  const { recordsPerTransaction = 7, commitsPerAbort = 2 } = options
  const records = recordsOf(topic, options)
  const transactions: { records: OutsideRecord[]; outcome: 'commit' | 'abort' }[] = []
  for (let start = 0; start < records.length; start += recordsPerTransaction) {
    const own = records.slice(start, start + recordsPerTransaction)
    transactions.push({ records: own, outcome: 'commit' })
    if (commitsPerAbort === 0 || (start / recordsPerTransaction) % commitsPerAbort !== commitsPerAbort - 1) continue
    transactions.push({ records: own.map(record => ({ ...record, value: 'aborted' })), outcome: 'abort' })
  }
  await client.produceTransactions(topic, `writer-of-${topic}`, transactions)
}

/**
 * A topic in whose middle records are missing, since the cleaner has really run; then it rests, so that a test sees a
 * log that stays as it is. Needs a broker with `CLEANS_AT_ONCE`.
 * @throws Error when the cleaner has left no holes within 30 s.
 */
export async function compactedTopic(side: Side, topic: string, records: Records = {}): Promise<void> {
  const { client } = side
  const { partitions = 1, label = topic } = records
  await client.createTopic(topic, partitions, {
    'cleanup.policy': 'compact',
    'segment.ms': '100',
    'min.cleanable.dirty.ratio': '0.01',
  })
  // Each third record has a key of its own and stays; of the others only the last one does.
  const keyed = recordsOf(topic, records).map((record, n) => ({ ...record, key: n % 3 === 0 ? `own-${n}` : 'again' }))
  await client.produce(topic, keyed)
  let closers = 0
  const isCompacted = async (): Promise<true | undefined> => {
    // Only a closed segment is compacted, and a segment closes when a record comes after its time.
    const closer = (partition: number) => ({
      partition,
      key: 'closer',
      value: `${label}-${partition}-closer-${closers}`,
    })
    await client.produce(
      topic,
      Array.from({ length: partitions }, (_, partition) => closer(partition)),
    )
    closers++
    return (await partitionsWithHoles(side, topic)) === partitions ? true : undefined
  }
  if (!(await waitUntil(isCompacted, { timeoutMs: 30_000, intervalMs: 250 })))
    throw new Error(`${topic} has no holes after 30 s`)
  await restAfterCompaction(side, topic)
}

/** Records in the order of their numbers, partition by partition in turn. */
function recordsOf(topic: string, { partitions = 1, count = 100, from = 0, label = topic }: Records): OutsideRecord[] {
  return Array.from({ length: partitions * count }, (_, n) => {
    const partition = n % partitions
    return { partition, value: `${label}-${partition}-${from + Math.floor(n / partitions)}` }
  })
}

/** In how many partitions a record is missing between others. */
async function partitionsWithHoles({ client }: Side, topic: string): Promise<number> {
  const offsets = new Map<number, number[]>()
  for (const { partition, offset } of await client.read(topic))
    offsets.set(partition, [...(offsets.get(partition) ?? []), Number(offset)])
  return [...offsets.values()].filter(own => own.at(-1)! - own[0]! + 1 > own.length).length
}

/** Nothing younger than a day is cleaned from now on; a run that has begun ends first. */
async function restAfterCompaction({ client }: Side, topic: string): Promise<void> {
  await client.alterConfig(topic, { set: { 'min.compaction.lag.ms': '86400000', 'segment.ms': '86400000' } })
  let before = ''
  const isAtRest = async (): Promise<true | undefined> => {
    const now = (await client.digest(topic)).map(({ sha256 }) => sha256).join()
    const isSame = now === before
    before = now
    return isSame ? true : undefined
  }
  if (!(await waitUntil(isAtRest, { timeoutMs: 30_000, intervalMs: 500 })))
    throw new Error(`${topic} is still being cleaned after 30 s`)
}
