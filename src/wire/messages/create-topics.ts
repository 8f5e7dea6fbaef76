import type { Api } from '../api.js'

export interface CreateTopicsRequest {
  topics: readonly {
    topic: string
    partitions: number
    replicationFactor: number
    configs: Readonly<Record<string, string>>
  }[]
  /** How long the controller waits for the topics to be there before it answers. */
  timeoutMs: number
}

/** What became of one topic of a request that names several. */
export interface TopicOutcome {
  topic: string
  errorCode: number
  errorMessage: string | null
}

/*
 * CreateTopics Request (Version: 4) => [topics] timeout_ms INT32 validate_only BOOL
 *   topics => name STRING, num_partitions INT32, replication_factor INT16, [assignments], [configs]
 *     configs => name STRING, value NULLABLE_STRING
 * CreateTopics Response (Version: 4) => throttle_time_ms [topics]
 *   topics => name error_code error_message
 */
export const createTopics: Api<CreateTopicsRequest, TopicOutcome[]> = {
  name: 'CreateTopics',
  key: 19,
  version: 4,
  flexible: false,
  write: (writer, { topics, timeoutMs }) => {
    writer.array(topics, ({ topic, partitions, replicationFactor, configs }) => {
      writer.string(topic).int32(partitions).int16(replicationFactor)
      writer.array([], () => {})
      writer.array(Object.entries(configs), ([name, value]) => writer.string(name).string(value))
    })
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
