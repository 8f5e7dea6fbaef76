import type { Api } from '../api.js'
import { type Acl, LITERAL_PATTERN, TOPIC_RESOURCE } from './create-acls.js'

export interface DescribedAcls {
  errorCode: number
  errorMessage: string | null
  acls: Acl[]
}

/** Kafka: `ANY` of `AclOperation` and of `AclPermissionType`. */
const ANY = 1

/*
 * Asks for all rules about topics with the pattern type LITERAL: there is no need for any other question.
 *
 * DescribeAcls Request (Version: 1) => resource_type INT8, resource_name NULLABLE_STRING, pattern_type INT8,
 *                                      principal NULLABLE_STRING, host NULLABLE_STRING, operation INT8, permission INT8
 * DescribeAcls Response (Version: 1) => throttle_time_ms error_code error_message [resources]
 *   resources => resource_type resource_name pattern_type [acls]
 *     acls => principal STRING, host STRING, operation INT8, permission_type INT8
 */
export const describeTopicAcls: Api<undefined, DescribedAcls> = {
  name: 'DescribeAcls',
  key: 29,
  version: 1,
  flexible: false,
  write: writer => {
    writer.int8(TOPIC_RESOURCE).nullableString(null).int8(LITERAL_PATTERN)
    writer.nullableString(null).nullableString(null).int8(ANY).int8(ANY)
  },
  read: reader => {
    reader.int32()
    const errorCode = reader.int16()
    const errorMessage = reader.nullableString()
    const resources = reader.array(() => {
      reader.int8()
      const topic = reader.string()
      reader.int8()
      return reader.array(() => ({
        topic,
        principal: reader.string(),
        host: reader.string(),
        operation: reader.int8(),
        permission: reader.int8(),
      }))
    })
    return { errorCode, errorMessage, acls: resources.flat() }
  },
}
