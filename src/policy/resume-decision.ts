import { sequenceAfter, sequenceDistance } from '../wire/record-batch.js'

/** How far a partition is known to have been copied; every record before it is on the target. */
export interface Progress {
  /** The next source offset to copy. */
  sourceNext: number
  /** The sequence number that the next copied record gets. */
  nextSequence: number
  /** An offset on the target that lies behind all records copied so far. */
  targetEnd: number
}

/** What the target says about a partition. */
export interface TargetTail {
  /** Its high watermark. */
  end: number
  /** The last sequence number it holds of our session; undefined where it holds none, or none is left. */
  lastSequence: number | undefined
}

/**
 * `skip` records from `sourceNext` on have crossed already and must be stepped over; copying goes on at `nextSequence`.
 */
export type ResumeDecision = { kind: 'resume'; skip: number; nextSequence: number } | { kind: 'hold'; reason: string }

/**
 * The sequence number is the lock (design, section 3): on one target partition it counts the records of this
 * replicator, so what the target holds beyond our own note is exactly what has crossed since.
 */
export function decideResume(progress: Progress, tail: TargetTail): ResumeDecision {
  if (tail.end < progress.targetEnd) {
    return {
      kind: 'hold',
      reason: `the target ends at offset ${tail.end}, but records up to ${progress.targetEnd} had been copied: it lost its tail or was created anew`,
    }
  }
  if (tail.lastSequence === undefined) return { kind: 'resume', skip: 0, nextSequence: progress.nextSequence }
  const nextSequence = sequenceAfter(tail.lastSequence, 1)
  const skip = sequenceDistance(progress.nextSequence, nextSequence)
  if (skip > LARGEST_SKIP) {
    return {
      kind: 'hold',
      reason: `the target's last sequence number of this replicator is ${tail.lastSequence}, before the noted ${progress.nextSequence}: it lost records, or another replicator writes with the same identity`,
    }
  }
  return { kind: 'resume', skip, nextSequence }
}

/** Half the circle of sequence numbers: beyond it a distance is really one backwards. */
const LARGEST_SKIP = 2 ** 30
