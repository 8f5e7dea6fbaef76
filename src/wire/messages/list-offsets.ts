import type { Api } from '../api.js'

/** Special timestamps of ListOffsets (Kafka: `ListOffsetsRequest`). */
export const LATEST_TIMESTAMP = -1
export const EARLIEST_TIMESTAMP = -2

export interface ListOffsetsRequest {
  /** `read_committed` answers the last stable offset for LATEST, `read_uncommitted` the high watermark. */
  isolation: 'read_committed' | 'read_uncommitted'
  topics: { topic: string; partitions: { partition: number; timestamp: number }[] }[]
}

export interface ListedOffset {
  topic: string
  partition: number
  errorCode: number
  offset: number
}

/*
 * ListOffsets Request (Version: 5) => replica_id isolation_level [topics]
 *   topics => name [partitions]
 *     partitions => partition_index current_leader_epoch timestamp
 * ListOffsets Response (Version: 5) => throttle_time_ms [topics]
 *   topics => name [partitions]
 *     partitions => partition_index error_code timestamp offset leader_epoch
 */
export const listOffsets: Api<ListOffsetsRequest, ListedOffset[]> = {
  name: 'ListOffsets',
  key: 2,
  version: 5,
  flexible: false,
  write: (writer, { isolation, topics }) => {
    writer.int32(-1).int8(isolation === 'read_committed' ? 1 : 0)
    writer.array(topics, ({ topic, partitions }) => {
      writer.string(topic).array(partitions, ({ partition, timestamp }) => {
        writer.int32(partition).int32(-1).int64(timestamp)
      })
    })
  },
  read: reader => {
    reader.int32()
    const topics = reader.array(() => {
      const topic = reader.string()
      return reader.array(() => {
        const [partition, errorCode] = [reader.int32(), reader.int16()]
        reader.int64()
        const offset = reader.int64()
        reader.int32()
        return { topic, partition, errorCode, offset }
      })
    })
    return topics.flat()
  },
}
