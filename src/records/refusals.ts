import type { ProduceOutcome } from '../policy/produce-outcome.js'

/** What a partition has learned from batches that were refused or found damaged: whether trying again can help. */
export class Refusals {
  /** The most bytes a batch may have on the target; known only from its refusals. */
  maxBytes = Number.POSITIVE_INFINITY
  /** Off once a merged batch was refused for good: apart, all that can be copied is, up to the one that cannot. */
  mayMerge = true
  private corruptAt = -1

  /** Whether a batch that was answered so will never be taken. Learns from it where it may be. */
  isFinal(
    outcome: ProduceOutcome,
    batch: { firstOffset: number; recordCount: number; sizeBytes: number; isMerged: boolean },
  ): boolean {
    switch (outcome) {
      case 'hold':
        if (!batch.isMerged) return true
        this.mayMerge = false
        return false
      case 'too-large':
        // A broker does not say its limit, and the topic's configuration may not be ours to read: halving finds it.
        this.maxBytes = Math.floor(Math.min(this.maxBytes, batch.sizeBytes) / 2)
        return batch.recordCount === 1
      case 'corrupt':
        return this.isCorruptAgain(batch.firstOffset)
      default:
        return false
    }
  }

  /** A wrong checksum may come from the way; met twice at one offset, it is in the source's log. */
  isCorruptAgain(offset: number): boolean {
    const again = this.corruptAt === offset
    this.corruptAt = offset
    return again
  }
}
