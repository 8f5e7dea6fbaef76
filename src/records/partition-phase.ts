import type { PartitionSnapshot, PartitionState } from '../replication/snapshot.js'
import type { CopyProgress } from './copy-progress.js'

/**
 * `resuming`: the target is being asked how far it is · `active`: reads and writes · `failing`: the target refused or
 * was lost; waits until nothing is in flight · `stopping`: it met an obstacle; what is in line goes out first ·
 * `obstructed`: it is being decided what becomes of it · `held`: stopped to protect the data · `ignored`: not
 * copied any more, as the operator wants it.
 */
export type Phase = 'resuming' | 'active' | 'failing' | 'stopping' | 'obstructed' | 'held' | 'ignored'

/** Which partition of which topics, by names and ids. */
export interface PartitionNames {
  sourceTopic: string
  targetTopic: string
  sourceTopicId: string
  targetTopicId: string
  partition: number
}

/** A partition as those outside see it. */
export function describePartition({
  partition,
  phase,
  reason,
  sourceEnd,
  progress,
}: {
  partition: number
  phase: Phase
  reason: string | undefined
  sourceEnd: number | null
  progress: CopyProgress
}): PartitionSnapshot {
  const copied = progress.hasBegun ? progress.next.offset : null
  const lag = sourceEnd === null || copied === null ? null : Math.max(0, sourceEnd - copied)
  return {
    partition,
    state: stateFor(phase, reason, lag),
    reason,
    sourceEnd,
    copied,
    lag,
    gapOffsets: progress.gapOffsets,
    recordsCopied: progress.recordsCopied,
    bytesCopied: progress.bytesCopied,
    bytesRead: progress.bytesRead,
    lastCopied: progress.lastCopied,
  }
}

function stateFor(phase: Phase, reason: string | undefined, lag: number | null): PartitionState {
  if (phase === 'held' || phase === 'ignored') return phase
  if (reason !== undefined) return 'waiting'
  if (phase !== 'active' || lag === null) return 'starting'
  return lag === 0 ? 'caught-up' : 'copying'
}
