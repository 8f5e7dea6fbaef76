import type { Api } from '../api.js'

/** Kafka: `ResourceType.TOPIC` and `PatternType.LITERAL`. */
export const TOPIC_RESOURCE = 2
export const LITERAL_PATTERN = 3

/** Kafka: `AclOperation`. */
export const AclOperation = {
  All: 2,
  Read: 3,
  Write: 4,
  Create: 5,
  Delete: 6,
  Alter: 7,
  Describe: 8,
  ClusterAction: 9,
  DescribeConfigs: 10,
  AlterConfigs: 11,
  IdempotentWrite: 12,
} as const
/** Kafka: `AclPermissionType`. */
export const AclPermission = { Deny: 2, Allow: 3 } as const

/** One rule about one topic; operation and permission are Kafka's numbers, those we do not know among them. */
export interface Acl {
  topic: string
  /** `User:name`, or `User:*` for everyone. */
  principal: string
  host: string
  operation: number
  permission: number
}

/*
 * CreateAcls Request (Version: 1) => [creations]
 *   creations => resource_type INT8, resource_name STRING, pattern_type INT8, principal STRING, host STRING,
 *                operation INT8, permission_type INT8
 * CreateAcls Response (Version: 1) => throttle_time_ms [results]
 *   results => error_code error_message
 *
 * The results are in the order of the request. A rule that is there already is taken without a word.
 */
export const createTopicAcls: Api<readonly Acl[], { errorCode: number; errorMessage: string | null }[]> = {
  name: 'CreateAcls',
  key: 30,
  version: 1,
  flexible: false,
  write: (writer, acls) => {
    writer.array(acls, ({ topic, principal, host, operation, permission }) => {
      writer.int8(TOPIC_RESOURCE).string(topic).int8(LITERAL_PATTERN)
      writer.string(principal).string(host).int8(operation).int8(permission)
    })
  },
  read: reader => {
    reader.int32()
    return reader.array(() => ({ errorCode: reader.int16(), errorMessage: reader.nullableString() }))
  },
}
