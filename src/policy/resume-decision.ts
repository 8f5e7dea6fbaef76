import { LARGEST_SEQUENCE_DISTANCE, sequenceAfter, sequenceDistance } from '../wire/record-batch.js'

/** How far a partition is known to have been copied; every record before it is on the target or skipped by rule. */
export interface Progress {
  /** The next source offset to copy. */
  sourceNext: number
  /** The leader epoch of the last source batch before it; -1 where it is not known (Kafka: KIP-320). */
  sourceEpoch: number
  /** Our producers on the target and the sequence number that the next record of each gets. */
  sequences: ReadonlyMap<number, number>
  /** An offset on the target that lies behind all records copied so far. */
  targetEnd: number
}

/** What the target says about a partition. */
export interface TargetTail {
  /** Its high watermark. */
  end: number
  /**
   * The last sequence number that it remembers of each of our producers. One that is missing was forgotten
   * (`producer.id.expiration.ms`) or has never written here.
   */
  lastSequences: ReadonlyMap<number, number>
}

/**
 * `at-note`: the target holds what the note says · `look`: records may have crossed since the note; its log and the
 * source's say which · `back`: the target has lost so many of the last records, undefined where only its end tells.
 */
export type ResumeDecision =
  | { kind: 'at-note' }
  | { kind: 'look' }
  | { kind: 'back'; lostRecords: number | undefined }
  | { kind: 'hold'; reason: string }

/**
 * The sequence number is the lock (design, section 3): on one target partition it counts the records of one of our
 * producers, so what the target holds beyond our note is exactly what has crossed since, and what is missing was lost.
 */
export function decideResume(progress: Progress, tail: TargetTail): ResumeDecision {
  const { end, lastSequences } = tail
  let ahead = 0
  let behind = 0
  for (const [producerId, last] of lastSequences) {
    const noted = progress.sequences.get(producerId) ?? 0
    const next = sequenceAfter(last, 1)
    const forward = sequenceDistance(noted, next)
    if (forward <= LARGEST_SEQUENCE_DISTANCE) ahead += forward
    else behind += sequenceDistance(next, noted)
  }
  if (ahead > 0 && behind > 0) {
    return {
      kind: 'hold',
      reason: `the target has lost ${behind} records under one producer id of this replicator and holds ${ahead} new ones under another: that cannot be told apart safely`,
    }
  }
  if (ahead > 0 && end < progress.targetEnd) {
    return {
      kind: 'hold',
      reason: `the target lost its end (${progress.targetEnd} was reached, it is ${end}) and then took ${ahead} records of this replicator without those before them`,
    }
  }
  const forgotten = isForgetful(tail, progress)
  // One that is not remembered may have lost records too: then only the end counts them.
  if (behind > 0 && !forgotten) return { kind: 'back', lostRecords: behind }
  if (end < progress.targetEnd) return { kind: 'back', lostRecords: undefined }
  if (behind > 0) {
    return {
      kind: 'hold',
      reason: `the target has lost ${behind} records under one producer id of this replicator and does not remember another: how many were lost cannot be told`,
    }
  }
  if (ahead > 0) return { kind: 'look' }
  const isNew = progress.sequences.size === 0 && lastSequences.size === 0
  return (forgotten || isNew) && end > progress.targetEnd ? { kind: 'look' } : { kind: 'at-note' }
}

/** Whether the target does not remember one of our producers that has written there: then its numbers tell too little. */
export function isForgetful({ lastSequences }: TargetTail, { sequences }: Progress): boolean {
  return [...sequences.keys()].some(producerId => !lastSequences.has(producerId))
}
