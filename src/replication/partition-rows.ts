import type { GapNote } from '../progress/notes.js'
import type { PartitionRow } from '../progress/progress-store.js'
import type { ProgressToNote } from '../records/copy-progress.js'
import type { PartitionCopy } from '../records/partition-copy.js'

/** A partition as it is noted. Only for one that has begun. */
export function rowOf(copy: PartitionCopy, toNote: ProgressToNote, gap?: GapNote): PartitionRow {
  const { start, forbidden } = copy.progress
  if (start === undefined) throw new Error(`${copy.name} is to be noted before it has begun`)
  const { sourceTopic, partition, sourceTopicId, targetTopicId, seenEnd } = copy
  const { state, reason } = copy.snapshot()
  return {
    sourceTopic,
    partition,
    note: {
      ...toNote.progress,
      ...start,
      sourceTopicId,
      targetTopicId,
      openSegment: toNote.openSegment,
      // When the source is lost it tells what is missing on the target.
      ...(seenEnd === null ? {} : { seenEnd }),
      ...(copy.progress.mapFrom === undefined ? {} : { mapFrom: copy.progress.mapFrom }),
      // It is over with the first record behind it that was taken.
      ...(forbidden?.offset === copy.progress.next.offset ? { forbidden: forbidden.reason } : {}),
      ...(state === 'held' || state === 'ignored' ? { [state]: reason } : {}),
    },
    closed: toNote.closed,
    pruned: toNote.obsolete,
    ...(gap === undefined ? {} : { gap }),
  }
}
