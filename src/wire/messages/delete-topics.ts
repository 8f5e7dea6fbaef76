import type { Api } from '../api.js'
import type { TopicOutcome } from './create-topics.js'

export interface DeleteTopicsRequest {
  topics: readonly string[]
  /** How long the controller waits for the topics to be gone before it answers. */
  timeoutMs: number
}

/*
 * DeleteTopics Request (Version: 1) => [topic_names] timeout_ms INT32
 * DeleteTopics Response (Version: 1) => throttle_time_ms [responses]
 *   responses => name error_code
 */
export const deleteTopics: Api<DeleteTopicsRequest, TopicOutcome[]> = {
  name: 'DeleteTopics',
  key: 20,
  version: 1,
  flexible: false,
  write: (writer, { topics, timeoutMs }) => {
    writer.array(topics, topic => writer.string(topic)).int32(timeoutMs)
  },
  read: reader => {
    reader.int32()
    return reader.array(() => ({ topic: reader.string(), errorCode: reader.int16(), errorMessage: null }))
  },
}
