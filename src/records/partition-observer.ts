import type { Obstacle } from '../policy/obstacles.js'
import type { Codec } from '../wire/record-batch.js'
import type { PartitionCopy } from './partition-copy.js'

/** What a partition lacks to go on reading. */
export type Need = { codecs: Codec[] } | { producerId: number }

/** What a partition tells those who look after it. */
export interface PartitionObserver {
  /**
   * Nothing is in flight any more after trouble with the target: ask it how far it is. Where we may not write
   * (`isForbidden`), not at once: it would answer, and refuse the next batch as it has refused this one.
   */
  needsResume(copy: PartitionCopy, reason: string, isForbidden: boolean): void
  /** It goes on when it has `prepared`. */
  needs(copy: PartitionCopy, need: Need): void
  /** Nothing is in line any more before this. Decide: `hold`, `ignore`, or move its progress on and bring it back. */
  obstructed(copy: PartitionCopy, obstacle: Obstacle): void
  held(copy: PartitionCopy, reason: string): void
  /** It may be fetched again after a pause. */
  drained(copy: PartitionCopy): void
}
