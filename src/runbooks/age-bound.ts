import type { StoredPartition, StoredStatus } from '../replication/stored-status.js'

interface Seen {
  /** When all that the source held then was found copied at a later look; undefined so far. */
  copiedUpTo: number | undefined
  /** The end that is waited for, and when it was seen. */
  mark: { end: number; at: number } | undefined
}

/**
 * How old a record may be that is not copied yet, at most: what stands in for AWS's ReplicationLatency, which only the
 * engine measures. What lay on the source at an earlier look and is copied now leaves only younger records, so the age
 * of that look bounds the age of all that is left. Exact but for the seconds that a look takes; one partition needs one
 * mark, however long it is looked at.
 */
export class AgeBound {
  private readonly partitions = new Map<string, Seen>()

  /** Takes a look into account. Answers milliseconds, of the partition that is worst; null while that is not known. */
  look({ at, topics }: StoredStatus): number | null {
    const now = Date.parse(at)
    const ages = topics.flatMap(({ sourceTopic, partitions }) =>
      partitions.map(row => this.ageOf(`${sourceTopic} p${row.partition}`, row, now)),
    )
    if (ages.length === 0) return null
    return ages.reduce<number | null>((most, age) => (most === null || age === null ? null : Math.max(most, age)), 0)
  }

  private ageOf(name: string, { lag, copied, sourceEnd }: StoredPartition, now: number): number | null {
    if (lag === 0) {
      this.partitions.set(name, { copiedUpTo: now, mark: undefined })
      return 0
    }
    if (copied === null || sourceEnd === null) return null
    const { copiedUpTo, mark } = this.partitions.get(name) ?? { copiedUpTo: undefined, mark: undefined }
    const isPassed = mark !== undefined && copied >= mark.end
    const upTo = isPassed ? mark.at : copiedUpTo
    const next = mark === undefined || isPassed ? { end: sourceEnd, at: now } : mark
    this.partitions.set(name, { copiedUpTo: upTo, mark: next })
    return upTo === undefined ? null : Math.max(0, now - upTo)
  }
}
