import { expect } from 'vitest'
import type { OutsideRecord } from '../../src/local-kafka/outside-client-types.js'
import { waitUntil } from '../../src/local-kafka/wait-until.js'
import { isExact, type PartitionJudgement, untilGroupIs } from './group-judge.js'
import type { Side, TwoClusters } from './two-clusters.js'

/**
 * Applications that move between two clusters: one that writes numbered values, and groups that read them with Kafka's
 * own client, now here and now there. What a group has read over all its moves is the proof.
 */

export const way = (source: Side, target: Side): TwoClusters => ({ source, target })

/** How long copying and groups may take on a machine that others use too. */
const PATIENCE_MS = 60_000
const POLL_MS = 100

/** Writes `label-number` for ever: to whichever side it is told to, without transactions or with. */
export class MovingProducer {
  readonly topic: string
  /** All that was committed, in the order of writing. */
  readonly values: string[] = []
  private readonly partitions: number
  private readonly label: string
  private aborted = 0

  /** @param label what its values begin with; another for each producer of one topic */
  constructor(topic: string, partitions = 1, label = topic) {
    this.topic = topic
    this.partitions = partitions
    this.label = label
  }

  async createTopic(...sides: Side[]): Promise<void> {
    await Promise.all(sides.map(({ client }) => client.createTopic(this.topic, this.partitions)))
  }

  /** With an idempotent producer. */
  async write({ client }: Side, count: number): Promise<void> {
    await client.produce(this.topic, this.next(count))
  }

  /** Two committed transactions with an aborted one between them. */
  async writeTransactions({ client }: Side, count: number): Promise<void> {
    const half = Math.ceil(count / 2)
    const aborted = { partition: this.aborted % this.partitions, value: `aborted-${this.aborted++}` }
    await client.produceTransactions(this.topic, `writer-of-${this.label}`, [
      { records: this.next(half), outcome: 'commit' },
      { records: [aborted], outcome: 'abort' },
      { records: this.next(count - half), outcome: 'commit' },
    ])
  }

  /** Waits until the sides hold what it has written, each value exactly once. */
  untilCopiedTo(...sides: Side[]): Promise<void> {
    return untilHeldOnce(this.topic, this.values, sides)
  }

  private next(count: number): OutsideRecord[] {
    const from = this.values.length
    const records = Array.from({ length: count }, (_, n) => ({
      partition: (from + n) % this.partitions,
      value: `${this.label}-${from + n}`,
    }))
    this.values.push(...records.map(({ value }) => value))
    return records
  }
}

/** Waits until the topic holds these values on all the sides, each exactly once, and nothing else. */
export async function untilHeldOnce(topic: string, values: readonly string[], sides: readonly Side[]): Promise<void> {
  const wanted = [...values].sort()
  for (const { client, kafka } of sides) {
    const copied = async () => {
      const found = (await client.read(topic)).map(({ value }) => String(value)).sort()
      return found.length >= wanted.length ? found : undefined
    }
    const found = await waitUntil(copied, { timeoutMs: PATIENCE_MS, intervalMs: POLL_MS })
    expect(found, `${topic} on ${kafka.bootstrapServers}`).toEqual(wanted)
  }
}

/** A group of one member that reads, leaves, and goes on elsewhere. */
export class MovingGroup {
  readonly name: string
  readonly topics: readonly string[]
  private readonly times = new Map<string, number>()

  constructor(name: string, ...topics: string[]) {
    this.name = name
    this.topics = topics
  }

  /** Reads up to so many records from where the group is on that side, by default to the present end. */
  async read({ client }: Side, maxRecords?: number): Promise<string[]> {
    const limit = maxRecords === undefined ? {} : { maxRecords }
    const records = await client.consume({ group: this.name, topics: this.topics, ...limit })
    const values = records.map(({ value }) => String(value))
    this.take(values)
    return values
  }

  /** Counts these as read. */
  take(values: readonly string[]): void {
    for (const value of values) this.times.set(value, (this.times.get(value) ?? 0) + 1)
  }

  /** All that it has read, each once. */
  get values(): string[] {
    return [...this.times.keys()]
  }

  hasRead(value: string): boolean {
    return this.times.has(value)
  }

  /** Values that it has read more than once. */
  get again(): string[] {
    return [...this.times].filter(([, times]) => times > 1).map(([value]) => value)
  }

  /** Which of these it has not read. */
  missing(values: readonly string[]): string[] {
    return values.filter(value => !this.times.has(value))
  }

  /** All values exactly once. */
  expectOnce(values: readonly string[]): void {
    expect({ missing: this.missing(values), again: this.again, count: this.times.size }, this.name).toEqual({
      missing: [],
      again: [],
      count: values.length,
    })
  }

  /** Waits until it may move: both logs say that it stands at the first record there that it has not read. */
  untilSynced(
    from: Side,
    to: Side,
    wanted: (judgements: PartitionJudgement[]) => boolean = isExact,
  ): Promise<PartitionJudgement[]> {
    return untilGroupIs(way(from, to), { group: this.name, topics: this.topics }, wanted, PATIENCE_MS)
  }
}
