import type { Api } from '../api.js'

/** What we are allowed to do with a group. */
export interface GroupRights {
  group: string
  errorCode: number
  /** A bit for each of Kafka's `AclOperation` numbers; undefined where the broker does not tell. */
  operations: number | undefined
}

/** Kafka: `DescribeGroupsResponse.AUTHORIZED_OPERATIONS_OMITTED`. */
const OPERATIONS_OMITTED = -0x80000000

/*
 * Version 5 (Kafka 2.4 … 4.x) answers for groups that do not exist, too: they are Dead, without an error.
 *
 * DescribeGroups Request (Version: 5) => [groups] include_authorized_operations _tags
 * DescribeGroups Response (Version: 5) => throttle_time_ms [groups] _tags
 *   groups => error_code group_id group_state protocol_type protocol_data [members] authorized_operations _tags
 *     members => member_id group_instance_id client_id client_host member_metadata member_assignment _tags
 */
export const describeGroupRights: Api<readonly string[], GroupRights[]> = {
  name: 'DescribeGroups',
  key: 15,
  version: 5,
  flexible: true,
  write: (writer, groups) => {
    writer
      .compactArray(groups, group => writer.compactString(group))
      .bool(true)
      .noTags()
  },
  read: reader => {
    reader.int32()
    return reader.compactArray(() => {
      const [errorCode, group] = [reader.int16(), reader.compactString()]
      for (let text = 0; text < 3; text++) reader.compactString()
      reader.compactArray(() => {
        reader.compactString()
        reader.compactNullableString()
        reader.compactString()
        reader.compactString()
        // The bytes of metadata and assignment: a length that counts one more, then they themselves.
        for (let bytes = 0; bytes < 2; bytes++) reader.skip(Math.max(0, reader.unsignedVarint() - 1))
        reader.skipTags()
      })
      const operations = reader.int32()
      reader.skipTags()
      return { group, errorCode, operations: operations === OPERATIONS_OMITTED ? undefined : operations }
    })
  },
}
