import type { Progress } from '../policy/resume-decision.js'

/**
 * What a replicator notes in its state topic on the target, as the rest of the engine sees it. How it lies there is
 * `progress-store.ts`'s matter.
 */

/** Where copying of a partition began: everything before it, on both sides, is none of the replicator's. */
export interface PartitionStart {
  sourceStart: number
  targetStart: number
}

/** A piece of the offset map that will not change any more, or the one that still grows. */
export interface MapSegment {
  number: number
  bytes: Buffer
}

/** What is noted about one partition, beyond how far it is. */
export interface PartitionNote extends Progress, PartitionStart {
  /** The topics' ids on both sides (hex), so that a topic created anew is never taken for the old one. */
  sourceTopicId: string
  targetTopicId: string
  /** The growing end of the offset map; it belongs to exactly this progress. */
  openSegment: MapSegment
  /** Where the offset map begins that had to begin anew: before, it knows nothing (source offset). Undefined for a whole one. */
  mapFrom?: number | undefined
  /** The source's last stable offset as it was when this was noted, for when the source does not answer any more. */
  seenEnd?: number | undefined
  /** Why it is held, for those who look from outside; undefined while it is not. */
  held?: string | undefined
  /** Why the target does not let it write, while it is tried again and again; undefined where it does. */
  forbidden?: string | undefined
  /** Why it is not copied any more, as the operator wanted; undefined while it is. */
  ignored?: string | undefined
}

/** A producer id of ours on the target and the way the records under it have come: the clusters in order, source last. */
export interface ProducerNote {
  producerId: number
  producerEpoch: number
  path: readonly string[]
}

/** What a replicator copies, and the registries of provenance (`provenance/`) that it relies on. */
export interface ReplicatorNote {
  sourceClusterId: string
  naming: 'prefixed' | 'identical'
  /** How it moves the offsets of consumer groups; undefined where it does not. */
  groupSync?: 'legacy' | 'enhanced'
  /** The ids of the topics; null where the source has none yet. */
  sourceRegistry: string | null
  targetRegistry: string
  /** It was deleted: what is left here is for others (`stored-state.ts`). */
  isDeleted?: boolean
}

/** Which names a discovery has selected, once it was finished. */
export interface DiscoveryNote {
  /** Milliseconds since the epoch. */
  at: number
  /** The patterns that it went by; undefined in a note from before they were kept: then it was about all names. */
  include?: readonly string[]
  exclude?: readonly string[]
}

/** What an engine says of itself every few seconds. */
export interface StatusNote {
  state: 'running' | 'stopped' | 'failed'
  /** Milliseconds since the epoch. */
  at: number
  reason?: string
  /** The `at` of what was asked of it last (`ControlNote`), once that holds: frozen groups are not written any more. */
  controlAt?: number
  /** Who says it. */
  instance: InstanceNote
}

/** What somebody else asks of the engine; it hears of it within about a second, and says in its status when it holds. */
export interface ControlNote {
  /** Frozen: no offset of a group is moved, so that a switch of the groups is not undone. */
  groupSync: 'on' | 'frozen'
  /**
   * Stopped: nothing is copied any more, whoever starts the engine. After a failover that left records behind, they must not
   * slip in behind those that were written on the target since, before somebody has decided about them.
   */
  copying: 'on' | 'stopped'
  /** Source topics that producers are fenced off from by rules of ours (ACLs), which must not travel to the target. */
  fencedTopics: readonly string[]
  /**
   * Source topics on which a rule of ours denies Write to everyone: noted before it is created, until it is removed. So
   * whoever comes after a runbook that could not remove it knows what to remove. Undefined: none.
   */
  deniedTopics?: readonly string[]
  /** The run of a runbook that works with the replicator, in the words of `by`, until it is over; undefined: none. */
  openRun?: string | undefined
  /** Who asks, for people: `failover r-1a2b3c`. */
  by: string
  /** Milliseconds since the epoch. */
  at: number
}

/** One run of an engine. */
export interface InstanceNote {
  /** Unique to this run. */
  id: string
  /** One more than that of the run before: of two at once, the higher one stays. */
  generation: number
  host: string
  processId: number
  /** Milliseconds since the epoch. */
  startedAt: number
}

/** Source records that will never be on the target, and why; never silent (`policy/obstacles.ts`). */
export interface GapNote {
  kind: 'truncated' | 'diverged' | 'poison' | 'recreated'
  sourceTopic: string
  partition: number
  /** Of which topics it speaks (ids, hex): it says nothing of those that are copied under the same names later. */
  sourceTopicId: string
  targetTopicId: string
  /** Source offsets `from` … `to - 1`. */
  from: number
  to: number
  reason: string
  /** Milliseconds since the epoch. */
  at: number
}
