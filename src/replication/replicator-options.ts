import type { ClusterConnectionOptions } from '../clusters/connection-options.js'
import type { TargetCompressionType } from '../config/types.js'
import type { ObstaclePolicy } from '../policy/obstacle-policy.js'

/** What a replicator is to do: made from the three files by `config/`, independent of where they came from. */
export interface ReplicatorOptions {
  name: string
  /**
   * The identity of its progress on the target, `[A-Za-z0-9._-]+`: the same value resumes, a new one starts afresh.
   * The registry gives the UUID of the replicator's ARN.
   */
  id: string
  source: ClusterConnectionOptions
  target: ClusterConnectionOptions
  topics: TopicSelection
  groups: GroupSelection
  /** The codec every forwarded batch must have; `preserve` keeps each batch's own (a local extra). */
  compression: TargetCompressionType | 'PRESERVE'
  /** What to do where a partition cannot simply go on; STOP_ALWAYS unless the operator says otherwise. */
  obstacles: ObstaclePolicy
  /** Trust the registries of provenance as they are now, after writing down again what is known. */
  repairProvenance: boolean
  /** Begin although an earlier life's notes are gone. */
  startOver: boolean
  /** Copy on though a failover has stopped it. */
  resumeCopying: boolean
}

/** Which consumer groups find their offsets on the target, and how (AWS: ConsumerGroupReplication). */
export interface GroupSelection {
  /** Patterns as those of topics; each must match the whole name. No pattern: no group. */
  include: string[]
  /** Excludes win over includes. */
  exclude: string[]
  synchronise: boolean
  /** Whether groups that appear after the first start are taken too. */
  detectNew: boolean
  /**
   * `enhanced`: the replicator of the other direction takes part, so that consumers and producers may move in any order;
   * a group waits for what that one has read, so it never skips a record of either cluster. `legacy`: it counts where it
   * copies the partition, and where it does not, records move one way only.
   */
  mode: 'legacy' | 'enhanced'
  /** Move a group's offset on the target back too, when it was reset on the source. */
  followResets: boolean
}

/** What a run may change of it. */
export interface RunOverrides {
  compression?: 'PRESERVE'
  obstacles?: Partial<ObstaclePolicy>
  repairProvenance?: boolean
  startOver?: boolean
  followResets?: boolean
  resumeCopying?: boolean
}

export interface TopicSelection {
  /** Patterns in Java's regex syntax as far as RE2 has it; each must match the whole name. */
  include: string[]
  /** Excludes win over includes. */
  exclude: string[]
  /** PREFIXED_WITH_SOURCE_CLUSTER_ALIAS or IDENTICAL in AWS's words. */
  naming: 'prefixed' | 'identical'
  startAt: 'earliest' | 'latest'
  copyConfigurations: boolean
  /** Access rules (ACLs) of copied topics, as far as MSK copies them. */
  copyAccessControlLists: boolean
  /** Whether topics that appear after the first start are taken too. */
  detectNew: boolean
}
