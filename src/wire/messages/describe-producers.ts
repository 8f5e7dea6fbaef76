import type { Api } from '../api.js'

export interface DescribeProducersRequest {
  topics: { topic: string; partitions: number[] }[]
}

export interface PartitionProducers {
  topic: string
  partition: number
  errorCode: number
  errorMessage: string | null
  producers: { producerId: number; producerEpoch: number; lastSequence: number }[]
}

/*
 * DescribeProducers Request (Version: 0) => [topics] _tags
 *   topics => name [partition_indexes] _tags
 * DescribeProducers Response (Version: 0) => throttle_time_ms [topics] _tags
 *   topics => name [partitions] _tags
 *     partitions => partition_index error_code error_message [active_producers] _tags
 *       active_producers => producer_id INT64, producer_epoch INT32, last_sequence INT32, last_timestamp INT64,
 *                           coordinator_epoch INT32, current_txn_start_offset INT64, _tags
 */
export const describeProducers: Api<DescribeProducersRequest, PartitionProducers[]> = {
  name: 'DescribeProducers',
  key: 61,
  version: 0,
  flexible: true,
  write: (writer, { topics }) => {
    writer.compactArray(topics, ({ topic, partitions }) => {
      writer.compactString(topic)
      writer.compactArray(partitions, partition => writer.int32(partition)).noTags()
    })
    writer.noTags()
  },
  read: reader => {
    reader.int32()
    const topics = reader.compactArray(() => {
      const topic = reader.compactString()
      const partitions = reader.compactArray(() => {
        const partition = reader.int32()
        const errorCode = reader.int16()
        const errorMessage = reader.compactNullableString()
        const producers = reader.compactArray(() => {
          const producer = { producerId: reader.int64(), producerEpoch: reader.int32(), lastSequence: reader.int32() }
          reader.int64()
          reader.int32()
          reader.int64()
          reader.skipTags()
          return producer
        })
        reader.skipTags()
        return { topic, partition, errorCode, errorMessage, producers }
      })
      reader.skipTags()
      return partitions
    })
    return topics.flat()
  },
}
