import type { Obstacle } from '../policy/obstacles.js'
import type { ProduceOutcome } from '../policy/produce-outcome.js'

/** What is known of a batch that the target did not take. */
export interface RefusedBatch {
  firstOffset: number
  recordCount: number
  sizeBytes: number
  isMerged: boolean
}

/** `again`: trying again can help · `poison`: these records will never be taken · `hold`: none will, a person must act. */
export type RefusalVerdict = 'again' | 'poison' | 'hold'

/** The obstacle that a single record is which the target will never take. */
export function poisonAt(offset: number, reason: string): Obstacle {
  return { kind: 'poison', from: offset, to: offset + 1, reason }
}

/** What a partition has learned from batches that were refused or found damaged: whether trying again can help. */
export class Refusals {
  /** The most bytes a batch may have on the target; known only from its refusals. */
  maxBytes = Number.POSITIVE_INFINITY
  /** The most records that are sent together: fewer and fewer until the one that is refused stands alone. */
  maxRecords = Number.POSITIVE_INFINITY
  /** Off once a merged batch was refused for good: apart, all that can be copied is, up to the one that cannot. */
  mayMerge = true
  /** The target lacks nothing but a right of ours to write there. */
  isForbidden = false
  private corruptAt = -1

  /** Judges a refusal, and learns from it where that may help. */
  judge(outcome: ProduceOutcome, batch: RefusedBatch): RefusalVerdict {
    this.isForbidden = outcome === 'forbidden'
    switch (outcome) {
      case 'hold':
        if (!batch.isMerged) return 'hold'
        this.mayMerge = false
        return 'again'
      case 'poison':
        this.mayMerge = false
        this.maxRecords = Math.ceil(Math.min(this.maxRecords, batch.recordCount) / 2)
        return batch.recordCount === 1 ? 'poison' : 'again'
      case 'too-large':
        // A broker does not say its limit, and the topic's configuration may not be ours to read: halving finds it.
        this.maxBytes = Math.floor(Math.min(this.maxBytes, batch.sizeBytes) / 2)
        return batch.recordCount === 1 ? 'poison' : 'again'
      case 'corrupt':
        return this.isCorruptAgain(batch.firstOffset) ? 'hold' : 'again'
      default:
        return 'again'
    }
  }

  /** The record that was looked for is out of the way. */
  found(): void {
    this.mayMerge = true
    this.maxRecords = Number.POSITIVE_INFINITY
  }

  /** A wrong checksum may come from the way; met twice at one offset, it is in the source's log. */
  isCorruptAgain(offset: number): boolean {
    const again = this.corruptAt === offset
    this.corruptAt = offset
    return again
  }
}
