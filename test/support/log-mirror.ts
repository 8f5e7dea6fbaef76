import type { MovingGroup } from './moving-groups.js'
import type { Side } from './two-clusters.js'

/** What one topic of one side holds, read on by Kafka's own client: whoever asks again and again need not read it all. */
export class LogMirror {
  readonly side: Side
  readonly topic: string
  /** By partition, in order. */
  readonly partitions: { offset: bigint; value: string }[][]
  private readonly values = new Set<string>()

  constructor(side: Side, topic: string, partitions: number) {
    this.side = side
    this.topic = topic
    this.partitions = Array.from({ length: partitions }, () => [])
  }

  /** Takes what has come. Throws when a value is there twice. */
  async refresh(): Promise<void> {
    const next = this.partitions.map((log, partition) => [partition, (log.at(-1)?.offset ?? -1n) + 1n] as const)
    for (const { partition, offset, value } of await this.side.client.read(this.topic, {
      from: Object.fromEntries(next),
    })) {
      const text = String(value)
      const log = this.partitions[partition]
      if (log === undefined || offset <= (log.at(-1)?.offset ?? -1n)) continue // two have read at the same time
      if (this.values.has(text)) throw new Error(`${text} is there twice, again at ${partition}/${offset}`)
      this.values.add(text)
      log.push({ offset, value: text })
    }
  }

  valuesWhere(isOne: (place: { partition: number; offset: bigint }) => boolean): string[] {
    return this.partitions.flatMap((log, partition) =>
      log.filter(({ offset }) => isOne({ partition, offset })).map(({ value }) => value),
    )
  }

  has(value: string): boolean {
    return this.values.has(value)
  }

  get size(): number {
    return this.values.size
  }
}

/** How a group would go on where these logs are, by all that it has read anywhere. */
export interface Prospect {
  /** Values behind which it stands though it has not read them. */
  skipped: string[]
  /** Values that it would read again, those included that have not arrived. */
  again: string[]
}

/** @param logs of all its topics, on the side that it goes to */
export async function prospectOf(group: MovingGroup, logs: readonly LogMirror[]): Promise<Prospect> {
  // Its offsets first, then the logs: what comes in between is not read, and lies behind it.
  const offsets = new Map<string, bigint>()
  for (const side of new Set(logs.map(log => log.side))) {
    for (const { topic, partition, offset } of await side.client.groupOffsets(group.name)) {
      offsets.set(`${topic}/${partition}`, offset)
    }
  }
  await Promise.all(logs.map(log => log.refresh()))
  const records = logs.flatMap(({ topic, partitions }) =>
    partitions.flatMap((log, partition) => {
      const at = offsets.get(`${topic}/${partition}`) ?? 0n // without one it begins at the earliest
      return log.map(({ offset, value }) => ({ value, isBefore: offset < at }))
    }),
  )
  const notArrived = group.values.filter(value => !logs.some(log => log.has(value)))
  return {
    skipped: records.filter(({ value, isBefore }) => isBefore && !group.hasRead(value)).map(({ value }) => value),
    again: [
      ...records.filter(({ value, isBefore }) => !isBefore && group.hasRead(value)).map(({ value }) => value),
      ...notArrived,
    ],
  }
}
