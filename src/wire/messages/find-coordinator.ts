import type { Api } from '../api.js'

/** Kafka: `FindCoordinatorRequest.CoordinatorType.GROUP`. */
const GROUP_KEY = 0

export interface FoundCoordinator {
  group: string
  /** -1 where there is an error. */
  nodeId: number
  errorCode: number
  errorMessage: string | null
}

/*
 * Version 4 (Kafka 3.0 … 4.x) is the first that takes many keys (KIP-699).
 *
 * FindCoordinator Request (Version: 4) => key_type [coordinator_keys] _tags
 * FindCoordinator Response (Version: 4) => throttle_time_ms [coordinators] _tags
 *   coordinators => key node_id host port error_code error_message _tags
 */
export const findCoordinators: Api<readonly string[], FoundCoordinator[]> = {
  name: 'FindCoordinator',
  key: 10,
  version: 4,
  flexible: true,
  write: (writer, groups) => {
    writer.int8(GROUP_KEY)
    writer.compactArray(groups, group => writer.compactString(group)).noTags()
  },
  read: reader => {
    reader.int32()
    const found = reader.compactArray(() => {
      const [group, nodeId] = [reader.compactString(), reader.int32()]
      reader.compactString()
      reader.int32()
      const [errorCode, errorMessage] = [reader.int16(), reader.compactNullableString()]
      reader.skipTags()
      return { group, nodeId, errorCode, errorMessage }
    })
    reader.skipTags()
    return found
  },
}

/*
 * FindCoordinator Request (Version: 3) => key key_type _tags
 * FindCoordinator Response (Version: 3) => throttle_time_ms error_code error_message node_id host port _tags
 */
export const findCoordinator: Api<string, Omit<FoundCoordinator, 'group'>> = {
  name: 'FindCoordinator',
  key: 10,
  version: 3,
  flexible: true,
  write: (writer, group) => {
    writer.compactString(group).int8(GROUP_KEY).noTags()
  },
  read: reader => {
    reader.int32()
    const [errorCode, errorMessage] = [reader.int16(), reader.compactNullableString()]
    return { errorCode, errorMessage, nodeId: reader.int32() }
  },
}
