import type { Api } from '../api.js'

/*
 * A heartbeat of nobody: a broker first sees whether we may read the group, then that it knows no such member. It changes
 * nothing, and any broker answers.
 *
 * Heartbeat Request (Version: 3) => group_id STRING, generation_id INT32, member_id STRING,
 *                                   group_instance_id NULLABLE_STRING
 * Heartbeat Response (Version: 3) => throttle_time_ms INT32, error_code INT16
 */
export const heartbeatOfNobody: Api<string, number> = {
  name: 'Heartbeat',
  key: 12,
  version: 3,
  flexible: false,
  write: (writer, group) => {
    writer.string(group).int32(0).string('kafka-replicator-asks-for-rights').nullableString(null)
  },
  read: reader => {
    reader.int32()
    return reader.int16()
  },
}
