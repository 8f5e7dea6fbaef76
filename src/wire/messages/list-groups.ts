import type { Api } from '../api.js'
import type { ByteReader } from '../byte-reader.js'

export interface ListedGroup {
  group: string
  /** As the broker says: Empty, Stable, PreparingRebalance, CompletingRebalance, Assigning, Reconciling, Dead … */
  state: string
  /** classic, consumer, share or streams; undefined where the broker does not tell (before ListGroups version 5). */
  type: string | undefined
  /** What its members speak: "consumer", "connect", "share" …; empty for a group that never had one. */
  protocolType: string
}

export interface ListGroupsResponse {
  errorCode: number
  groups: ListedGroup[]
}

/*
 * Version 4 (Kafka 2.6 … 4.x) is the first that tells the state (KIP-518). Empty filters let everything through.
 *
 * ListGroups Request (Version: 4) => [states_filter] _tags
 * ListGroups Response (Version: 4) => throttle_time_ms error_code [groups] _tags
 *   groups => group_id protocol_type group_state _tags
 */
export const listGroups: Api<undefined, ListGroupsResponse> = {
  name: 'ListGroups',
  key: 16,
  version: 4,
  flexible: true,
  write: writer => {
    writer.compactArray([], () => {}).noTags()
  },
  read: reader => readResponse(reader, () => undefined),
}

/*
 * Version 5 (Kafka 3.8 … 4.x) tells the type too (KIP-848).
 *
 * ListGroups Request (Version: 5) => [states_filter] [types_filter] _tags
 * ListGroups Response (Version: 5) => throttle_time_ms error_code [groups] _tags
 *   groups => group_id protocol_type group_state group_type _tags
 */
export const listTypedGroups: Api<undefined, ListGroupsResponse> = {
  name: 'ListGroups',
  key: 16,
  version: 5,
  flexible: true,
  write: writer => {
    const all = () => {}
    writer.compactArray([], all).compactArray([], all).noTags()
  },
  read: reader => readResponse(reader, () => reader.compactString()),
}

function readResponse(reader: ByteReader, readType: () => string | undefined): ListGroupsResponse {
  reader.int32()
  const errorCode = reader.int16()
  const groups = reader.compactArray(() => {
    const [group, protocolType, state] = [reader.compactString(), reader.compactString(), reader.compactString()]
    const listed = { group, state, type: readType(), protocolType }
    reader.skipTags()
    return listed
  })
  reader.skipTags()
  return { errorCode, groups }
}
