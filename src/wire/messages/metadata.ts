import type { Api } from '../api.js'
import type { ByteReader } from '../byte-reader.js'
import type { ByteWriter } from '../byte-writer.js'

export interface MetadataRequest {
  /** Topic names; null asks for all topics. */
  topics: string[] | null
}

export interface MetadataResponse {
  clusterId: string | null
  controllerId: number
  brokers: { nodeId: number; host: string; port: number }[]
  topics: TopicMetadata[]
}

export interface TopicMetadata {
  errorCode: number
  name: string
  /** Hex; a topic that is deleted and created again has another one. */
  topicId: string
  isInternal: boolean
  partitions: PartitionMetadata[]
}

export interface PartitionMetadata {
  errorCode: number
  partition: number
  /** Node id of the leader, -1 for none. */
  leader: number
  leaderEpoch: number
}

/** The same, with the operations that we are allowed: a bit for each of Kafka's `AclOperation` numbers (KIP-430). */
export interface MetadataWithRights extends MetadataResponse {
  /** 0 also where we may not describe the cluster; undefined where the broker does not tell. */
  clusterOperations: number | undefined
  topics: (TopicMetadata & { operations: number | undefined })[]
}

/** Kafka: `MetadataResponse.AUTHORIZED_OPERATIONS_OMITTED`. */
const OPERATIONS_OMITTED = -0x80000000

/** The id of a topic where the cluster gives none (brokers whose inter-broker protocol is older than 2.8). */
export const NO_UUID = '0'.repeat(32)

/*
 * Version 10 (Kafka 2.8 … 4.x) is the first with topic ids.
 *
 * Metadata Request (Version: 10) => [topics] allow_auto_topic_creation include_cluster_authorized_operations
 *                                   include_topic_authorized_operations _tags
 *   topics => topic_id UUID, name COMPACT_NULLABLE_STRING, _tags
 * Metadata Response (Version: 10) => throttle_time_ms [brokers] cluster_id controller_id [topics]
 *                                    cluster_authorized_operations _tags
 *   brokers => node_id host port rack _tags
 *   topics => error_code name topic_id is_internal [partitions] topic_authorized_operations _tags
 *     partitions => error_code partition_index leader_id leader_epoch [replicas] [isr] [offline] _tags
 */
export const metadata: Api<MetadataRequest, MetadataResponse> = {
  name: 'Metadata',
  key: 3,
  version: 10,
  flexible: true,
  write: (writer, request) => writeRequest(writer, request, false),
  read: readMetadata,
}

/** Metadata with what we are allowed, for which a broker asks its authorizer about every topic. */
export const metadataWithRights: Api<MetadataRequest, MetadataWithRights> = {
  ...{ name: 'Metadata', key: 3, version: 10, flexible: true },
  write: (writer, request) => writeRequest(writer, request, true),
  read: reader => ({ ...readMetadata(reader), clusterOperations: readOperations(reader) }),
}

function writeRequest(writer: ByteWriter, { topics }: MetadataRequest, withRights: boolean): void {
  if (topics === null) writer.unsignedVarint(0)
  else writer.compactArray(topics, name => writer.uuid(NO_UUID).compactString(name).noTags())
  // Never create a topic by asking for it.
  writer.bool(false).bool(withRights).bool(withRights).noTags()
}

function readMetadata(reader: ByteReader): Omit<MetadataWithRights, 'clusterOperations'> {
  reader.int32()
  const brokers = reader.compactArray(() => {
    const broker = { nodeId: reader.int32(), host: reader.compactString(), port: reader.int32() }
    reader.compactNullableString()
    reader.skipTags()
    return broker
  })
  const clusterId = reader.compactNullableString()
  const controllerId = reader.int32()
  const topics = reader.compactArray(() => {
    const topic = {
      errorCode: reader.int16(),
      name: reader.compactString(),
      topicId: reader.uuid(),
      isInternal: reader.bool(),
      partitions: reader.compactArray(() => {
        const partition = {
          errorCode: reader.int16(),
          partition: reader.int32(),
          leader: reader.int32(),
          leaderEpoch: reader.int32(),
        }
        for (let list = 0; list < 3; list++) reader.compactArray(() => reader.int32())
        reader.skipTags()
        return partition
      }),
    }
    const operations = readOperations(reader)
    reader.skipTags()
    return { ...topic, operations }
  })
  return { clusterId, controllerId, brokers, topics }
}

function readOperations(reader: ByteReader): number | undefined {
  const operations = reader.int32()
  return operations === OPERATIONS_OMITTED ? undefined : operations
}
