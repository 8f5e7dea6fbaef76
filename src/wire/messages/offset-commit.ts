import type { Api } from '../api.js'
import { byTopic } from '../by-topic.js'

export interface OffsetToCommit {
  topic: string
  partition: number
  offset: number
  /** At most `offset.metadata.max.bytes` of the broker, 4096 unless set otherwise. */
  metadata: string
}

export interface OffsetCommitRequest {
  group: string
  offsets: readonly OffsetToCommit[]
}

export interface CommitResult {
  topic: string
  partition: number
  errorCode: number
}

/** Nobody's generation and nobody's member id: a coordinator takes these for a group that has no members. */
const NO_GENERATION = -1
const NO_MEMBER = ''
/** The epoch that is known belongs to the log of another cluster. */
const NO_LEADER_EPOCH = -1

/*
 * Version 8 (Kafka 2.4 … 4.x) is the last before members of the new protocol (KIP-848) commit with it; we are none.
 *
 * OffsetCommit Request (Version: 8) => group_id generation_id member_id group_instance_id [topics] _tags
 *   topics => name [partitions] _tags
 *     partitions => partition_index committed_offset committed_leader_epoch committed_metadata _tags
 * OffsetCommit Response (Version: 8) => throttle_time_ms [topics] _tags
 *   topics => name [partitions] _tags
 *     partitions => partition_index error_code _tags
 */
export const offsetCommit: Api<OffsetCommitRequest, CommitResult[]> = {
  name: 'OffsetCommit',
  key: 8,
  version: 8,
  flexible: true,
  write: (writer, { group, offsets }) => {
    writer.compactString(group).int32(NO_GENERATION).compactString(NO_MEMBER).compactNull()
    const topics = byTopic(
      offsets,
      ({ topic }) => topic,
      row => row,
    )
    writer.compactArray(topics, ({ topic, partitions }) => {
      writer.compactString(topic).compactArray(partitions, ({ partition, offset, metadata }) => {
        writer.int32(partition).int64(offset).int32(NO_LEADER_EPOCH).compactString(metadata).noTags()
      })
      writer.noTags()
    })
    writer.noTags()
  },
  read: reader => {
    reader.int32()
    const topics = reader.compactArray(() => {
      const topic = reader.compactString()
      const partitions = reader.compactArray(() => {
        const row = { topic, partition: reader.int32(), errorCode: reader.int16() }
        reader.skipTags()
        return row
      })
      reader.skipTags()
      return partitions
    })
    reader.skipTags()
    return topics.flat()
  },
}
