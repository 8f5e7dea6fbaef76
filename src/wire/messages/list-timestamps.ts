import type { Api } from '../api.js'

/** In each of these partitions, the first record whose timestamp is not below `timestamp` (milliseconds since the epoch). */
export interface ListTimestampsRequest {
  topic: string
  partitions: readonly { partition: number; timestamp: number }[]
}

export interface FoundTimestamp {
  topic: string
  partition: number
  errorCode: number
  /** -1 for both where there is no such record. */
  offset: number
  timestamp: number
}

/*
 * ListOffsets Request (Version: 5) => replica_id isolation_level [topics]
 *   topics => name [partitions]
 *     partitions => partition_index current_leader_epoch timestamp
 * ListOffsets Response (Version: 5) => throttle_time_ms [topics]
 *   topics => name [partitions]
 *     partitions => partition_index error_code timestamp offset leader_epoch
 */
export const listTimestamps: Api<readonly ListTimestampsRequest[], FoundTimestamp[]> = {
  name: 'ListOffsets',
  key: 2,
  version: 5,
  flexible: false,
  write: (writer, topics) => {
    writer.int32(-1).int8(0)
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
        const [timestamp, offset] = [reader.int64(), reader.int64()]
        reader.int32()
        return { topic, partition, errorCode, offset, timestamp }
      })
    })
    return topics.flat()
  },
}
