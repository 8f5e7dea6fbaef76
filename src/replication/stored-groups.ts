import type { GroupState } from '../groups/group-state.js'

/**
 * The consumer groups of a replicator, seen from outside: part of what `status --output json` prints, so names of fields
 * stay. Unknown numbers are null, never 0. Lags are in offsets, up to each log's last stable offset.
 */
export interface StoredGroups {
  mode: 'legacy' | 'enhanced' | 'off'
  /** Why the groups are not known; null where they are. */
  problem: string | null
  /** Who has frozen them, so that none is moved; null where nobody has. */
  frozenBy: string | null
  /** Whether the engine says that it has heard of what was asked of it last. */
  frozenHeard: boolean
  /** Replicators of the other direction whose maps take part; the names of their state topics. */
  counterparts: string[]
  /** The groups that are selected and have consumed a copied topic. */
  groups: StoredGroup[]
  verdict: GroupsVerdict
}

export interface StoredGroup {
  group: string
  /** As the broker says: Stable, Empty, …; null where it is not known, or there is no such group. */
  sourceState: string | null
  targetState: string | null
  topics: StoredGroupTopic[]
}

/** A group's offsets of one topic, over all partitions that it has committed. */
export interface StoredGroupTopic {
  sourceTopic: string
  targetTopic: string
  state: GroupState
  /** One sentence where there is something to say. */
  reason: string | null
  source: OffsetLag
  target: OffsetLag
  /** Records that it would read again if it went to the target now; null where that is not known. */
  readAgain: number | null
  partitions: StoredGroupPartition[]
}

/** AWS's SumOffsetLag and MaxOffsetLag. */
export interface OffsetLag {
  sumOffsetLag: number | null
  maxOffsetLag: number | null
}

export interface StoredGroupPartition {
  partition: number
  state: GroupState
  reason: string | null
  /** What the group has committed on the source. */
  sourceOffset: number
  sourceLag: number | null
  /** What it has committed on the target; null for nothing. */
  targetOffset: number | null
  targetLag: number | null
  /** Where it would have to begin on the target: the first record that it has not consumed. */
  exactOffset: number | null
  readAgain: number | null
}

/** What a switch to the target at this moment would mean for the groups. */
export interface GroupsVerdict {
  /** Nothing would be read again or skipped; null where that is not known, and where no group is synchronised. */
  safeToSwitch: boolean | null
  /** Records that would be read again; groups that are active on the target already are not counted. */
  readAgain: number | null
  /** Groups with members on the source: their offsets still move. */
  activeOnSource: number
  activeOnTarget: number
  /** Groups of which something is not known, was refused or has no mapping. */
  unclear: number
}
