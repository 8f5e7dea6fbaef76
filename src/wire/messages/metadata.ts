import type { Api } from '../api.js'

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
  write: (writer, { topics }) => {
    if (topics === null) writer.unsignedVarint(0)
    else writer.compactArray(topics, name => writer.uuid(NO_UUID).compactString(name).noTags())
    // Never create a topic by asking for it.
    writer.bool(false).bool(false).bool(false).noTags()
  },
  read: reader => {
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
      reader.int32()
      reader.skipTags()
      return topic
    })
    return { clusterId, controllerId, brokers, topics }
  },
}
