import { readLog } from '../clusters/read-log.js'
import { messageOf } from '../errors.js'
import type { EventListener } from '../events.js'
import { OffsetMap } from '../offset-map/offset-map.js'
import { UnreadableOffsetMap } from '../offset-map/segment.js'
import type { Progress } from '../policy/resume-decision.js'
import type { PartitionNote, PartitionStart } from '../progress/notes.js'
import type { ProgressStore } from '../progress/progress-store.js'
import type { PartitionCopy } from '../records/partition-copy.js'
import { askTargetTails } from '../records/target-tail.js'
import type { TopicPair } from '../topics/topic-sync.js'
import { ConnectionError } from '../wire/kafka-errors.js'
import { sequenceAfter } from '../wire/record-batch.js'
import { changedTopic } from './changed-topic.js'
import type { SupervisedClusters } from './copy-supervisor.js'
import { gapOffsets } from './gaps.js'
import { rowOf } from './partition-rows.js'
import { startOffsets } from './start-offsets.js'

/** How a partition begins: its topic as both sides have it now, and where copying starts if it never has. */
export interface Beginning {
  pair: TopicPair
  startAt: 'earliest' | 'latest'
}

/** Takes over what an earlier life has noted, also where a topic is not the one any more that the note is about. */
export function adoptNotes(
  copies: readonly PartitionCopy[],
  store: ProgressStore,
  beginningOf: (copy: PartitionCopy) => Beginning,
  emit: EventListener,
): void {
  for (const copy of copies) {
    if (copy.progress.hasBegun || copy.progress.restartsOn !== undefined) continue
    const note = store.partition(copy.sourceTopic, copy.partition)
    if (note === undefined) continue
    const map = loadMap(copy, note, store, emit)
    copy.adopt(map ? note : { ...note, mapFrom: note.sourceNext }, map ?? new OffsetMap())
    // Whether it is so still, this life finds out: what the note says of it must not outlive that.
    if (note.held !== undefined || note.ignored !== undefined) copy.progress.markChanged()
    const gaps = store.gapsOf(copy.sourceTopic, copy.partition).filter(gap => gap.sourceTopicId === note.sourceTopicId)
    for (const gap of gaps) copy.progress.gapOffsets += gapOffsets(gap)
    const obstacle = changedTopic(copy, beginningOf(copy).pair)
    if (obstacle) copy.meet(obstacle)
  }
}

/** A map that cannot be read must not stop the copying, which does not need it; but it must not be missing silently. */
function loadMap(
  copy: PartitionCopy,
  note: PartitionNote,
  store: ProgressStore,
  emit: EventListener,
): OffsetMap | undefined {
  const { sourceTopic, partition } = copy
  try {
    return OffsetMap.load(store.segments(note.sourceTopicId, sourceTopic, partition), note.openSegment)
  } catch (error) {
    if (!(error instanceof UnreadableOffsetMap)) throw error
    emit({
      code: 'offset-map-lost',
      level: 'error',
      message: `${copy.name}: its offset map cannot be read (${messageOf(error)}) and begins anew at source offset ${note.sourceNext}; consumer offsets before that cannot be translated`,
      data: { sourceTopic, partition, sourceNext: note.sourceNext },
    })
    return undefined
  }
}

/** First start of partitions: where both logs stand is noted before their first record is written. */
export async function beginNew(
  copies: readonly PartitionCopy[],
  store: ProgressStore,
  clusters: SupervisedClusters,
  producerIds: ReadonlySet<number>,
  beginningOf: (copy: PartitionCopy) => Beginning,
): Promise<void> {
  if (copies.length === 0) return
  const questions = copies.map(copy => ({
    copy,
    // A topic that was created anew holds new records only.
    startAt: copy.progress.restartsOn === undefined ? beginningOf(copy).startAt : ('earliest' as const),
  }))
  const starts = await startOffsets(clusters, questions)
  for (const { copy, progress } of starts) {
    const isRestart = copy.progress.restartsOn !== undefined
    const sequences = isRestart ? await numbersOn(clusters.target, copy, producerIds) : progress.sequences
    copy.progress.begin({ ...progress, sequences }, startOf(progress))
  }
  const begun = starts.map(({ copy }) => ({ copy, toNote: copy.progress.toNote() }))
  try {
    await store.savePartitions(begun.map(({ copy, toNote }) => rowOf(copy, toNote)))
  } catch (error) {
    for (const { copy } of begun) copy.progress.forget()
    throw error
  }
  for (const { copy, toNote } of begun) copy.progress.stored(toNote)
}

/**
 * Our numbers where copying begins anew: what the target says, since more may have crossed than was noted. On a topic that
 * was created anew there are none as a rule; but a batch in flight may have slipped in under its name before its id was
 * looked at: then the broker goes on from there, and its records stay, a second time.
 */
async function numbersOn(
  { cluster, leaders }: SupervisedClusters['target'],
  { targetTopic: topic, partition, progress }: PartitionCopy,
  producerIds: ReadonlySet<number>,
): Promise<Map<number, number>> {
  const leader = leaders.of(topic, partition)
  if (leader === undefined) throw new ConnectionError(`${topic}-${partition} has no leader on ${cluster.alias}`)
  const isNew = progress.restartsOn === 'new target'
  const numbers = isNew ? new Map<number, number>() : progress.nextSequences()
  const [tail] = await askTargetTails(cluster, leader.nodeId, [{ topic, partition }], producerIds)
  if (tail === undefined || 'error' in tail) throw tail?.error ?? new Error('the target did not answer')
  for (const [producerId, last] of tail.lastSequences) numbers.set(producerId, sequenceAfter(last, 1))
  if (tail.lastSequences.size > 0) return numbers
  const range = { topic, partition, from: isNew ? 0 : progress.reachedEnd }
  for await (const batch of readLog(cluster, leader.nodeId, range)) {
    if (!producerIds.has(batch.producerId)) continue
    numbers.set(batch.producerId, sequenceAfter(batch.baseSequence, batch.lastOffsetDelta + 1))
  }
  return numbers
}

function startOf({ sourceNext, targetEnd }: Progress): PartitionStart {
  return { sourceStart: sourceNext, targetStart: targetEnd }
}
