import type { EventCode, ReplicationEvent } from '../events.js'

/** What a record is about; the first five are those that MSK Replicator's documentation names. */
export type LogKind =
  | 'TOPIC_AUTHORIZATION'
  | 'RECORD_SIZE'
  | 'OFFSET_COMMITS'
  | 'TOPIC_CREATED'
  | 'CONNECTIVITY'
  | 'REPLICATION'

/** One delivered record (`schemas/output/log-record.schema.json`). AWS does not document the format of its own. */
export interface LogRecord {
  schemaVersion: 1
  /** RFC 3339 in UTC, to the millisecond. */
  timestamp: string
  replicatorName: string
  level: 'INFO' | 'WARN' | 'ERROR'
  kind: LogKind
  code: EventCode
  message: string
  data: ReplicationEvent['data']
}

/** What an error looks like in a reason, by the names that brokers and sockets give them. */
const BY_REASON: readonly [RegExp, LogKind][] = [
  [/AUTHORIZATION_FAILED|not authorized/i, 'TOPIC_AUTHORIZATION'],
  [/MESSAGE_TOO_LARGE|RECORD_LIST_TOO_LARGE|too large|larger than|max\.message\.bytes/i, 'RECORD_SIZE'],
  [/ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|does not answer|connection|silent|certificate|SASL|authenticat/i, 'CONNECTIVITY'],
]

const BY_CODE: Partial<Record<EventCode, LogKind>> = {
  'topic-created': 'TOPIC_CREATED',
  'partitions-added': 'TOPIC_CREATED',
  'groups-committed': 'OFFSET_COMMITS',
  'group-reset': 'OFFSET_COMMITS',
  'group-active': 'OFFSET_COMMITS',
  'groups-frozen': 'OFFSET_COMMITS',
  'cluster-unreachable': 'CONNECTIVITY',
}

/** An event as it is delivered. `at` is in milliseconds since the epoch. */
export function logRecordOf(replicatorName: string, event: ReplicationEvent, at: number): LogRecord {
  const { code, data, level, message } = event
  return {
    schemaVersion: 1,
    timestamp: new Date(at).toISOString(),
    replicatorName,
    level: level.toUpperCase() as LogRecord['level'],
    kind: kindOf(event),
    code,
    message,
    data,
  }
}

/** A reason tells more than the code: a topic may fail for its rights, its records' size or a lost connection. */
function kindOf({ code, level, message }: ReplicationEvent): LogKind {
  const byReason = level === 'info' ? undefined : BY_REASON.find(([pattern]) => pattern.test(message))?.[1]
  return byReason ?? BY_CODE[code] ?? (code === 'group-failed' ? 'OFFSET_COMMITS' : 'REPLICATION')
}
