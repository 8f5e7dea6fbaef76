/**
 * How a group stands on one partition, seen from its source.
 *
 * `synced`: on the target it begins exactly where it left off on the source · `syncing`: it is about to be · `waiting-for-copy`:
 * the group has consumed more than has been copied; it follows as the copy proceeds · `active-on-target`: it has members
 * there, whose offsets are never touched · `ahead-on-target`: a consumer there has taken it further · `reset-on-source`: it
 * was moved back on the source, which is not followed · `no-mapping`: where its offset lies on the target is not known ·
 * `failed`: a cluster has refused it · `unknown`: a cluster did not answer.
 */
export type GroupState =
  | 'synced'
  | 'syncing'
  | 'waiting-for-copy'
  | 'active-on-target'
  | 'ahead-on-target'
  | 'reset-on-source'
  | 'no-mapping'
  | 'failed'
  | 'unknown'

/** What says how a group stands on one partition. */
export interface GroupStateEvidence {
  /** What the group has committed on the source. */
  sourceOffset: number
  /** Everything before this source offset has been copied or passed over; null where that is not known. */
  copied: number | null
  /** Where it begins on the target so that nothing is skipped; undefined where that is not known. */
  exact: number | undefined
  /** What it has committed there; undefined for nothing. */
  targetOffset: number | undefined
  /** Whether it has members there. */
  isActiveOnTarget: boolean
  /** Whether it was moved back on the source since its offset was translated. */
  wasReset: boolean
}

/** The first of these that is so. */
export function judgeGroup(evidence: GroupStateEvidence): GroupState {
  const { sourceOffset, copied, exact, targetOffset, isActiveOnTarget, wasReset } = evidence
  if (isActiveOnTarget) return 'active-on-target'
  if (exact === undefined) return 'no-mapping'
  if (targetOffset === undefined || targetOffset < exact) return 'syncing'
  if (wasReset) return 'reset-on-source'
  if (targetOffset > exact) return 'ahead-on-target'
  return copied === null || copied >= sourceOffset ? 'synced' : 'waiting-for-copy'
}

/** The state that says most of several: what needs a person first. */
export function worstGroupState(states: readonly GroupState[]): GroupState {
  return BY_URGENCY.find(state => states.includes(state)) ?? 'synced'
}

const BY_URGENCY: readonly GroupState[] = [
  'failed',
  'no-mapping',
  'unknown',
  'reset-on-source',
  'waiting-for-copy',
  'syncing',
  'active-on-target',
  'ahead-on-target',
]
