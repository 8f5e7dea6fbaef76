/** What the outside client is asked and answers. Offsets are bigint, bytes are Buffers; null is not empty. */

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
export type Isolation = 'read_committed' | 'read_uncommitted'
export type Bytes = Buffer | string | null

/** A record to write; without a partition Kafka's own partitioner chooses. */
export interface OutsideRecord {
  partition?: number
  key?: Bytes
  value: Bytes
  /** In order; a key may come twice. */
  headers?: readonly (readonly [string, Bytes])[]
  /** Milliseconds since the epoch; default now. */
  timestamp?: number
}

/** Settings of the Java producer, with Kafka's meaning. */
export interface ProducerSettings {
  /** Default none. */
  compression?: Compression
  /** Bytes; default 16384. */
  batchSize?: number
  /** Default 0. */
  lingerMs?: number
  /** Default true. */
  idempotent?: boolean
}

/** `leaveOpen` keeps the transaction and its producer until `endTransaction`, or for ever. */
export type TransactionOutcome = 'commit' | 'abort' | 'leaveOpen'

export interface ProduceSettings extends ProducerSettings {
  transactional?: { id: string; outcome: TransactionOutcome }
}

export interface LoadRequest extends ProducerSettings {
  topic: string
  /** Record n goes to partition n modulo this. */
  partitions: number
  records: number
  /** Bytes of each value; it begins with "partition:sequence:". Keys are null. */
  recordSize: number
  /** Default: as fast as it can. */
  ratePerSecond?: number
  /** The same seed gives the same values. */
  seed?: number
}

export interface LoadResult {
  records: number
  seconds: number
  recordsPerSecond: number
}

export interface ReadSettings {
  /** Default all. */
  partitions?: readonly number[]
  /** Per partition, where to begin; default the beginning. An offset that is not there is an error. */
  from?: 'beginning' | Readonly<Record<number, bigint | number>>
  /** Stop after this many; at most 200,000 fit into an answer. */
  maxRecords?: number
  /** Default read_committed. */
  isolation?: Isolation
  /** How long reading may take; default 60 s. */
  timeoutMs?: number
}

export interface ReadRecord {
  partition: number
  offset: bigint
  timestamp: number
  timestampType: 'CreateTime' | 'LogAppendTime' | 'NoTimestampType'
  key: Buffer | null
  value: Buffer | null
  headers: [string, Buffer | null][]
}

/** Equal `records` and `sha256` mean: the same timestamps, keys, values and headers in the same order. */
export interface PartitionDigest {
  partition: number
  records: number
  /** Null when the partition has no records. */
  firstOffset: bigint | null
  lastOffset: bigint | null
  sha256: string
}

export interface PartitionOffsets {
  partition: number
  beginning: bigint
  end: bigint
}

export interface TopicPartition {
  topic: string
  partition: number
}

export interface GroupOffset extends TopicPartition {
  offset: bigint
  metadata: string
}

export interface OffsetToCommit extends TopicPartition {
  offset: bigint | number
  /** Default empty. */
  metadata?: string
}

export interface GroupListing {
  group: string
  /** In Kafka's words, for example Stable or Empty; "Unknown" or null where the broker does not say. */
  state: string | null
  /** `Classic` or `Consumer`; null from brokers that know one type only. */
  type: string | null
}

export interface MemberRequest {
  group: string
  topics: readonly string[]
  /** `consumer` is the protocol of KIP-848, for 4.0 and newer. Default classic. */
  protocol?: 'classic' | 'consumer'
  /** Default read_committed. */
  isolation?: Isolation
  /** Where it begins without a committed offset; `none` makes that an error. Default earliest. */
  autoOffsetReset?: 'earliest' | 'latest' | 'none'
  /** For a member that stays: every 200 ms and at the end; default false. For `consume`: default true. */
  commit?: boolean
}

export interface ConsumeRequest extends MemberRequest {
  /** At most 200,000 fit into an answer. */
  maxRecords?: number
  /** How long reading may take; default 60 s. */
  timeoutMs?: number
}

export interface ConsumedRecord extends TopicPartition {
  offset: bigint
  key: Buffer | null
  value: Buffer | null
}

export interface TopicDescription {
  partitions: number
  topicId: string
  /** Those that differ from the broker's. */
  configs: Record<string, string>
}

/** An access rule (ACL), in the Java clients' words. */
export interface AccessRule {
  resource: 'TOPIC' | 'GROUP' | 'CLUSTER'
  /** `kafka-cluster` for the cluster. */
  name: string
  pattern: 'LITERAL' | 'PREFIXED'
  /** `User:name`. */
  principal: string
  host: string
  /** An `AclOperation`, for example READ; `operation` is the name of the request itself. */
  rule: string
  permission: 'ALLOW' | 'DENY'
}

export interface LatencyRequest extends ProducerSettings {
  sourceBootstrap: string
  targetBootstrap: string
  sourceTopic: string
  /** Must be there already. */
  targetTopic: string
  partitions: number
  /** At least 16 bytes. */
  recordSize: number
  ratePerSecond: number
  seconds: number
  /** Seconds at the start that are not counted; default 0. */
  warmupSeconds?: number
}

/** Milliseconds from when a record was due at the source to when it was read from the target; null without records. */
export interface LatencyResult {
  sent: number
  received: number
  p50Ms: number | null
  p95Ms: number | null
  p99Ms: number | null
  maxMs: number | null
}
