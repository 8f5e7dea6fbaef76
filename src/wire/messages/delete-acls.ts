import type { Api } from '../api.js'
import { type Acl, LITERAL_PATTERN, TOPIC_RESOURCE } from './create-acls.js'

/*
 * Each filter names one rule about one topic in full, so that exactly that rule goes. One that is there no longer matches
 * nothing, which is no error.
 *
 * DeleteAcls Request (Version: 1) => [filters]
 *   filters => resource_type INT8, resource_name NULLABLE_STRING, pattern_type INT8, principal NULLABLE_STRING,
 *              host NULLABLE_STRING, operation INT8, permission_type INT8
 * DeleteAcls Response (Version: 1) => throttle_time_ms [filter_results]
 *   filter_results => error_code error_message [matching_acls]
 *     matching_acls => error_code error_message resource_type resource_name pattern_type principal host operation
 *                      permission_type
 */
export const deleteTopicAcls: Api<
  readonly Acl[],
  { errorCode: number; errorMessage: string | null; matched: number }[]
> = {
  name: 'DeleteAcls',
  key: 31,
  version: 1,
  flexible: false,
  write: (writer, acls) => {
    writer.array(acls, ({ topic, principal, host, operation, permission }) => {
      writer.int8(TOPIC_RESOURCE).nullableString(topic).int8(LITERAL_PATTERN)
      writer.nullableString(principal).nullableString(host).int8(operation).int8(permission)
    })
  },
  read: reader => {
    reader.int32()
    return reader.array(() => {
      const [errorCode, errorMessage] = [reader.int16(), reader.nullableString()]
      const matches = reader.array(() => {
        const match = { errorCode: reader.int16(), errorMessage: reader.nullableString() }
        reader.int8()
        reader.string()
        reader.int8()
        reader.string()
        reader.string()
        reader.int8()
        reader.int8()
        return match
      })
      const failed = matches.find(match => match.errorCode !== 0)
      return { ...(failed ?? { errorCode, errorMessage }), matched: matches.length }
    })
  },
}
