import type { Api } from '../api.js'
import type { ByteReader } from '../byte-reader.js'

/** Kafka: `ConfigResource.Type.TOPIC`. */
const TOPIC_RESOURCE = 2
/** Kafka: `DescribeConfigsResponse.ConfigSource.TOPIC_CONFIG`, an override on the topic itself. */
const TOPIC_OVERRIDE = 1

export interface DescribeConfigsRequest {
  topics: readonly string[]
}

/** The overrides set on one topic; what comes from a broker's defaults is left out. */
export interface DescribedTopic {
  topic: string
  errorCode: number
  errorMessage: string | null
  overrides: Map<string, string>
}

/*
 * DescribeConfigs Request (Version: 1) => [resources] include_synonyms BOOL
 *   resources => resource_type INT8, resource_name STRING, NULLABLE [configuration_keys STRING]
 * DescribeConfigs Response (Version: 1) => throttle_time_ms [results]
 *   results => error_code error_message resource_type resource_name [configs]
 *     configs => name STRING, value NULLABLE_STRING, read_only BOOL, config_source INT8, is_sensitive BOOL, [synonyms]
 *       synonyms => name STRING, value NULLABLE_STRING, source INT8
 */
export const describeConfigs: Api<DescribeConfigsRequest, DescribedTopic[]> = {
  name: 'DescribeConfigs',
  key: 32,
  version: 1,
  flexible: false,
  write: (writer, { topics }) => {
    // Null keys ask for all: there is no way to ask for overrides alone.
    writer.array(topics, topic => writer.int8(TOPIC_RESOURCE).string(topic).int32(-1))
    writer.bool(false)
  },
  read: reader => {
    reader.int32()
    return reader.array(() => {
      const errorCode = reader.int16()
      const errorMessage = reader.nullableString()
      reader.int8()
      return { topic: reader.string(), errorCode, errorMessage, overrides: readOverrides(reader) }
    })
  },
}

/** What some settings of topics are, wherever they come from: the topic, the broker, or Kafka's defaults. */
export interface EffectiveTopic {
  topic: string
  errorCode: number
  errorMessage: string | null
  values: Map<string, string>
}

/** The same request for single settings: answers their values in force, not the overrides alone. */
export const describeSettings: Api<DescribeConfigsRequest & { keys: readonly string[] }, EffectiveTopic[]> = {
  ...{ name: 'DescribeConfigs', key: 32, version: 1, flexible: false },
  write: (writer, { topics, keys }) => {
    writer.array(topics, topic => {
      writer.int8(TOPIC_RESOURCE).string(topic)
      writer.array(keys, key => writer.string(key))
    })
    writer.bool(false)
  },
  read: reader => {
    reader.int32()
    return reader.array(() => {
      const errorCode = reader.int16()
      const errorMessage = reader.nullableString()
      reader.int8()
      return { topic: reader.string(), errorCode, errorMessage, values: readValues(reader) }
    })
  },
}

function readValues(reader: ByteReader): Map<string, string> {
  const values = reader.array((): [string, string | null] => {
    const row: [string, string | null] = [reader.string(), reader.nullableString()]
    reader.bool()
    reader.int8()
    reader.bool()
    reader.array(() => {
      skipString(reader)
      skipString(reader)
      reader.int8()
    })
    return row
  })
  return new Map(values.flatMap(([name, value]) => (value === null ? [] : [[name, value]])))
}

/** A topic has some 35 configurations and overrides a few: the others are stepped over, not made into strings. */
function readOverrides(reader: ByteReader): Map<string, string> {
  const overrides = new Map<string, string>()
  reader.array(() => {
    const nameAt = skipString(reader)
    const valueAt = skipString(reader)
    reader.bool()
    const source = reader.int8()
    const isSensitive = reader.bool()
    reader.array(() => {
      skipString(reader)
      skipString(reader)
      reader.int8()
    })
    if (source !== TOPIC_OVERRIDE || isSensitive) return
    const end = reader.position
    reader.position = nameAt
    const name = reader.string()
    reader.position = valueAt
    overrides.set(name, reader.string())
    reader.position = end
  })
  return overrides
}

/** Steps over a nullable string and answers where it begins. */
function skipString(reader: ByteReader): number {
  const at = reader.position
  reader.skip(Math.max(0, reader.int16()))
  return at
}
