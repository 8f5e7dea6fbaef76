import type { Api } from '../api.js'
import type { TopicOutcome } from './create-topics.js'

/** Kafka: `ConfigResource.Type.TOPIC`. */
const TOPIC_RESOURCE = 2

export interface ConfigChange {
  name: string
  /** The new value; null takes the override away, so that the broker's default applies. */
  value: string | null
}

export interface IncrementalAlterConfigsRequest {
  topics: { topic: string; changes: ConfigChange[] }[]
}

/*
 * IncrementalAlterConfigs Request (Version: 0) => [resources] validate_only BOOLEAN
 *   resources => resource_type INT8, resource_name STRING, [configs]
 *     configs => name STRING, config_operation INT8 (0 SET, 1 DELETE), value NULLABLE_STRING
 * IncrementalAlterConfigs Response (Version: 0) => throttle_time_ms [responses]
 *   responses => error_code error_message resource_type resource_name
 */
export const incrementalAlterConfigs: Api<IncrementalAlterConfigsRequest, TopicOutcome[]> = {
  name: 'IncrementalAlterConfigs',
  key: 44,
  version: 0,
  flexible: false,
  write: (writer, { topics }) => {
    writer.array(topics, ({ topic, changes }) => {
      writer.int8(TOPIC_RESOURCE).string(topic)
      writer.array(changes, ({ name, value }) => {
        writer
          .string(name)
          .int8(value === null ? 1 : 0)
          .nullableString(value)
      })
    })
    writer.bool(false)
  },
  read: reader => {
    reader.int32()
    return reader.array(() => {
      const errorCode = reader.int16()
      const errorMessage = reader.nullableString()
      reader.int8()
      return { topic: reader.string(), errorCode, errorMessage }
    })
  },
}
