import { readStamp } from './commit-stamp.js'

/** One committed offset of a group, and what is known of it on the other side. */
export interface GroupOffsetEvidence {
  /** What the group has committed on the source. */
  sourceOffset: number
  /** What stands beside it there. */
  sourceMetadata: string
  /** Where it begins on the target so that nothing is skipped (`groups/start-for-group.ts`), within the log. */
  exact: number
  /** What it has committed on the target; undefined where it has none. */
  target: { offset: number; metadata: string } | undefined
  /** The commit that this instance wrote last, where it wrote one. */
  written: { offset: number; sourceOffset: number } | undefined
  /** Which replicator asks, and the how-manieth instance of it. */
  replicatorId: string
  generation: number
  followResets: boolean
}

/**
 * `write`: commit `exact` · `back`: the same, though it moves the group back, since it was reset on the source ·
 * `synced`: it stands there already · `ahead`: a consumer of the target, or a better view, has taken it further: never back ·
 * `reset`: it was reset on the source, which is told and not followed · `stale`: a newer instance of this replicator has
 * written it: this one has nothing to say any more.
 */
export type GroupOffsetDecision = 'write' | 'back' | 'synced' | 'ahead' | 'reset' | 'stale'

/** What becomes of an offset of a group on the target: never moved back, unless the source group itself was. */
export function decideGroupOffset(evidence: GroupOffsetEvidence): GroupOffsetDecision {
  const { exact, target, replicatorId, generation, followResets } = evidence
  if (target === undefined) return 'write'
  const stamp = readStamp(target.metadata)
  if (stamp?.replicatorId === replicatorId && stamp.generation > generation) return 'stale'
  if (target.offset === exact) return 'synced'
  if (target.offset < exact) return 'write'
  if (!wasReset(evidence)) return 'ahead'
  return followResets ? 'back' : 'reset'
}

/**
 * What lies on the target is a translation of ours, of a later offset than the source group has now. Where the replicator
 * of the other direction has put the source group there, nobody has reset it: it had been forgotten, or knows less.
 */
export function wasReset({
  sourceOffset,
  sourceMetadata,
  target,
  written,
  replicatorId,
}: Pick<GroupOffsetEvidence, 'sourceOffset' | 'sourceMetadata' | 'target' | 'written' | 'replicatorId'>): boolean {
  if (target === undefined || readStamp(sourceMetadata) !== undefined) return false
  const stamp = readStamp(target.metadata)
  if (stamp !== undefined) return stamp.replicatorId === replicatorId && stamp.sourceOffset > sourceOffset
  // Under an application's own metadata, only what we remember tells that it is ours.
  return written?.offset === target.offset && written.sourceOffset > sourceOffset
}
