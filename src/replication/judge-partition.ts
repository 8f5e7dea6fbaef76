import { wayOut } from '../policy/obstacle-policy.js'
import { type Obstacle, obstacleReason } from '../policy/obstacles.js'
import type { PartitionNote } from '../progress/notes.js'
import { NO_UUID } from '../wire/messages/metadata.js'
import type { StoredPartition, StoredPartitionState } from './stored-status.js'

/** What is known of one partition from outside. */
export interface PartitionEvidence {
  sourceTopic: string
  targetTopic: string
  partition: number
  /** Its note; `unknown` where the notes could not be read. */
  note: PartitionNote | 'none' | 'unknown'
  /** Whether an engine copies it at this moment. */
  isRunning: boolean
  source: SideEvidence & { start: number | null; stableEnd: number | null }
  target: SideEvidence
}

/** What a cluster says of it. Unknown numbers are null, and `problem` says why. */
export interface SideEvidence {
  /** `none`: it has no such topic; undefined: not known. */
  topicId: string | 'none' | undefined
  highWatermark: number | null
  problem: string | null
}

type Judgement = Pick<StoredPartition, 'state' | 'reason' | 'lag'>

/** How a partition stands, as far as that can be told without its engine. */
export function judgePartition(evidence: PartitionEvidence): Omit<StoredPartition, 'gapOffsets'> {
  const { partition, note, source, target } = evidence
  const copied = typeof note === 'string' ? null : note.sourceNext
  return {
    partition,
    ...judge(evidence),
    sourceStart: source.start,
    sourceEnd: source.stableEnd,
    sourceHighWatermark: source.highWatermark,
    copied,
    lastKnownLag:
      typeof note === 'string' || note.seenEnd === undefined ? null : Math.max(0, note.seenEnd - note.sourceNext),
    targetEnd: target.highWatermark,
  }
}

function judge(evidence: PartitionEvidence): Judgement {
  const { note, isRunning, source, target } = evidence
  // Why nothing is known is said once for the whole cluster.
  if (note === 'unknown') return { state: 'unknown', reason: null, lag: null }
  if (note === 'none') return { state: isRunning ? 'starting' : 'not-begun', reason: source.problem, lag: null }
  const { stableEnd } = source
  const lag = stableEnd === null ? null : Math.max(0, stableEnd - note.sourceNext)
  const changed = changedTopic(evidence, note)
  if (note.held !== undefined) return { state: 'held', reason: note.held, lag: changed ? null : lag }
  if (note.ignored !== undefined) return { state: 'ignored', reason: note.ignored, lag: 0 }
  const obstacle = changed ?? (isRunning ? undefined : lostOffsets(evidence, note))
  if (obstacle) return met(obstacle, isRunning, changed ? null : lag)
  if (source.problem !== null) return { state: 'unknown', reason: source.problem, lag: null }
  if (target.problem !== null) return { state: 'unknown', reason: target.problem, lag }
  const reason = lossOnTarget(note, target)
  if (reason !== null) return { state: 'waiting', reason, lag: null }
  if (note.forbidden !== undefined && isRunning) return { state: 'waiting', reason: note.forbidden, lag }
  const unfinished: StoredPartitionState = isRunning ? 'copying' : 'behind'
  return { state: lag === 0 ? 'caught-up' : unfinished, reason: null, lag }
}

/** An engine that runs has not met it yet; one that does not will. */
function met(obstacle: Obstacle, isRunning: boolean, lag: number | null): Judgement {
  const what = obstacleReason(obstacle)
  if (isRunning) return { state: 'waiting', reason: `${what}; the engine finds out within 30 s`, lag }
  return { state: 'held', reason: `${what}; it will be held when it runs: ${wayOut(obstacle)}`, lag }
}

/** What is noted is about another topic than the one that is there now. */
function changedTopic(evidence: PartitionEvidence, note: PartitionNote): Obstacle | undefined {
  const { sourceTopic, targetTopic, source, target } = evidence
  if (isOther(source.topicId, note.sourceTopicId)) return { kind: 'recreated', side: 'source', topic: sourceTopic }
  if (target.topicId === 'none') return { kind: 'gone', side: 'target', topic: targetTopic }
  if (isOther(target.topicId, note.targetTopicId)) return { kind: 'recreated', side: 'target', topic: targetTopic }
  return undefined
}

function isOther(now: string | undefined, noted: string): boolean {
  return now !== undefined && now !== 'none' && now !== NO_UUID && noted !== NO_UUID && now !== noted
}

/** A note may be a second old, so this says nothing while an engine runs, which watches for it itself. */
function lostOffsets({ source }: PartitionEvidence, note: PartitionNote): Obstacle | undefined {
  const { start, highWatermark } = source
  if (start !== null && start > note.sourceNext) return { kind: 'truncated', from: note.sourceNext, to: start }
  if (highWatermark !== null && highWatermark < note.sourceNext) {
    return { kind: 'diverged', from: highWatermark, to: note.sourceNext, epoch: -1, epochBefore: -1 }
  }
  return undefined
}

/** The engine asks the target how far it is and goes back so far; until then, nobody can say what is missing. */
function lossOnTarget({ targetEnd }: PartitionNote, { highWatermark }: SideEvidence): string | null {
  if (highWatermark === null || highWatermark >= targetEnd) return null
  return `the target ends at offset ${highWatermark}, but had acknowledged everything before ${targetEnd}: it has lost records, which are copied again when it runs`
}
