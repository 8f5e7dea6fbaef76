import type { GroupsSnapshot } from '../groups/group-sync.js'

/**
 * What a running replicator knows about itself at one moment: shown by the lag table, written as a heartbeat,
 * served as metrics. Unknown numbers are `null`, never 0.
 */
export interface ReplicatorSnapshot {
  replicatorName: string
  state: ReplicatorRunState
  /** Why it is in that state, for `waiting` and `stopped`. */
  reason: string | undefined
  /** Milliseconds since the epoch. */
  at: number
  startedAt: number
  topics: TopicSnapshot[]
  /** The consumer groups; undefined where none are selected. */
  groups: GroupsSnapshot | undefined
  /** The source, then the target; empty until both are reached. */
  clusters: ClusterSnapshot[]
  /** Totals since this process started. */
  recordsCopied: number
  bytesCopied: number
  /** Where its logs are delivered; laid over by whoever delivers them. */
  logSinks?: LogSinkSnapshot[]
}

/** How one of the clusters serves this replicator. */
export interface ClusterSnapshot {
  side: 'source' | 'target'
  alias: string
  /** Whether any broker has answered within the last 45 s; null before the first answer. */
  isAnswering: boolean | null
  /** Connections since this process started that were refused on either side: login, certificate, unreadable secret. */
  authErrors: number
  /** The longest throttling of a fetch or produce within the last minute; null while the cluster does not answer. */
  throttleMsMax: number | null
}

/** One destination of log delivery; counts of records since this process started. */
export interface LogSinkSnapshot {
  sink: 'CloudWatchLogs' | 'S3' | 'Firehose'
  delivered: number
  /** Lost: the sink was down for too long, or too many came at once. */
  dropped: number
  waiting: number
  /** Why the last try failed; undefined where it did not. */
  error: string | undefined
}

/**
 * `starting`: connecting, reading the progress · `running`: copying · `waiting`: a cluster does not answer, it tries
 * again · `draining`: asked to stop, waits for what is in flight · `stopped`.
 */
export type ReplicatorRunState = 'starting' | 'running' | 'waiting' | 'draining' | 'stopped'

export interface TopicSnapshot {
  sourceTopic: string
  targetTopic: string
  partitions: PartitionSnapshot[]
  /**
   * Seconds until the source deletes, by time or size, the first record that is not copied yet; at least, since
   * segments go as a whole. Null or left out: not known, or it never expires.
   */
  retentionHeadroomSeconds?: number | null
}

/**
 * `starting`: asks the target where to resume · `copying`: behind the source's end · `caught-up` ·
 * `waiting`: a broker does not answer or has no leader for it, tries again · `held`: stopped to protect the data,
 * needs a person · `ignored`: not copied any more, as the operator wants it.
 */
export type PartitionState = 'starting' | 'copying' | 'caught-up' | 'waiting' | 'held' | 'ignored'

export interface PartitionSnapshot {
  partition: number
  state: PartitionState
  /** One sentence for `waiting` and `held`. */
  reason: string | undefined
  /** The source's last stable offset: where a committed reader ends today. */
  sourceEnd: number | null
  /** The next source offset to copy: everything before it is acknowledged by the target or was skipped by rule. */
  copied: number | null
  /** Source offsets still to pass: `sourceEnd - copied`. */
  lag: number | null
  /** Recorded gaps since the first life: source offsets that will never be on the target. */
  gapOffsets: number
  recordsCopied: number
  bytesCopied: number
  /** Bytes of all batches read since this process started, with those that are not to be copied (what a loop brings back). */
  bytesRead: number
  /**
   * Of the batch copied last by this process: the times of its first and its newest record as their producers set
   * them, and when the target acknowledged it; milliseconds since the epoch, -1 where a record has no time.
   */
  lastCopied?: { first: number; newest: number; at: number } | undefined
}
