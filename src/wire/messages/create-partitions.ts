import type { Api } from '../api.js'
import type { TopicOutcome } from './create-topics.js'

export interface CreatePartitionsRequest {
  /** `count` is the number of partitions a topic is to have, not how many are added. */
  topics: { topic: string; count: number }[]
  timeoutMs: number
}

/*
 * CreatePartitions Request (Version: 1) => [topics] timeout_ms INT32 validate_only BOOL
 *   topics => name STRING, count INT32, NULLABLE [assignments]
 * CreatePartitions Response (Version: 1) => throttle_time_ms [results]
 *   results => name error_code error_message
 */
export const createPartitions: Api<CreatePartitionsRequest, TopicOutcome[]> = {
  name: 'CreatePartitions',
  key: 37,
  version: 1,
  flexible: false,
  write: (writer, { topics, timeoutMs }) => {
    writer.array(topics, ({ topic, count }) => writer.string(topic).int32(count).int32(-1))
    writer.int32(timeoutMs).bool(false)
  },
  read: reader => {
    reader.int32()
    return reader.array(() => ({
      topic: reader.string(),
      errorCode: reader.int16(),
      errorMessage: reader.nullableString(),
    }))
  },
}
