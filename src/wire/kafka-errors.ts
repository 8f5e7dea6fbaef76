/**
 * Kafka's error codes that this tool meets (Kafka: `Errors.java`), and for each whether asking again can help.
 * `retriable` is Kafka's own notion; what the data path does with a code is decided in `policy/`.
 */
const ERRORS: Record<number, [name: string, retriable: boolean]> = {
  [-1]: ['UNKNOWN_SERVER_ERROR', false],
  1: ['OFFSET_OUT_OF_RANGE', false],
  2: ['CORRUPT_MESSAGE', true],
  3: ['UNKNOWN_TOPIC_OR_PARTITION', true],
  5: ['LEADER_NOT_AVAILABLE', true],
  6: ['NOT_LEADER_OR_FOLLOWER', true],
  7: ['REQUEST_TIMED_OUT', true],
  8: ['BROKER_NOT_AVAILABLE', true],
  9: ['REPLICA_NOT_AVAILABLE', true],
  10: ['MESSAGE_TOO_LARGE', false],
  12: ['OFFSET_METADATA_TOO_LARGE', false],
  13: ['NETWORK_EXCEPTION', true],
  14: ['COORDINATOR_LOAD_IN_PROGRESS', true],
  15: ['COORDINATOR_NOT_AVAILABLE', true],
  16: ['NOT_COORDINATOR', true],
  17: ['INVALID_TOPIC_EXCEPTION', false],
  18: ['RECORD_LIST_TOO_LARGE', false],
  19: ['NOT_ENOUGH_REPLICAS', true],
  20: ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', true],
  22: ['ILLEGAL_GENERATION', false],
  24: ['INVALID_GROUP_ID', false],
  25: ['UNKNOWN_MEMBER_ID', false],
  27: ['REBALANCE_IN_PROGRESS', false],
  28: ['INVALID_COMMIT_OFFSET_SIZE', false],
  29: ['TOPIC_AUTHORIZATION_FAILED', false],
  30: ['GROUP_AUTHORIZATION_FAILED', false],
  31: ['CLUSTER_AUTHORIZATION_FAILED', false],
  32: ['INVALID_TIMESTAMP', false],
  33: ['UNSUPPORTED_SASL_MECHANISM', false],
  34: ['ILLEGAL_SASL_STATE', false],
  35: ['UNSUPPORTED_VERSION', false],
  36: ['TOPIC_ALREADY_EXISTS', false],
  37: ['INVALID_PARTITIONS', false],
  38: ['INVALID_REPLICATION_FACTOR', false],
  40: ['INVALID_CONFIG', false],
  41: ['NOT_CONTROLLER', true],
  42: ['INVALID_REQUEST', false],
  44: ['POLICY_VIOLATION', false],
  45: ['OUT_OF_ORDER_SEQUENCE_NUMBER', false],
  46: ['DUPLICATE_SEQUENCE_NUMBER', false],
  47: ['INVALID_PRODUCER_EPOCH', false],
  53: ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', false],
  54: ['SECURITY_DISABLED', false],
  56: ['KAFKA_STORAGE_ERROR', true],
  58: ['SASL_AUTHENTICATION_FAILED', false],
  59: ['UNKNOWN_PRODUCER_ID', false],
  68: ['NON_EMPTY_GROUP', false],
  69: ['GROUP_ID_NOT_FOUND', false],
  70: ['FETCH_SESSION_ID_NOT_FOUND', true],
  71: ['INVALID_FETCH_SESSION_EPOCH', true],
  74: ['FENCED_LEADER_EPOCH', true],
  75: ['UNKNOWN_LEADER_EPOCH', true],
  76: ['UNSUPPORTED_COMPRESSION_TYPE', false],
  78: ['OFFSET_NOT_AVAILABLE', true],
  82: ['FENCED_INSTANCE_ID', false],
  86: ['GROUP_SUBSCRIBED_TO_TOPIC', false],
  87: ['INVALID_RECORD', false],
  88: ['UNSTABLE_OFFSET_COMMIT', true],
  89: ['THROTTLING_QUOTA_EXCEEDED', true],
  100: ['UNKNOWN_TOPIC_ID', true],
  103: ['INCONSISTENT_TOPIC_ID', true],
  106: ['FETCH_SESSION_TOPIC_ID_ERROR', true],
  110: ['FENCED_MEMBER_EPOCH', false],
  113: ['STALE_MEMBER_EPOCH', false],
}

/** The numbers this tool decides by. */
export const Code = {
  None: 0,
  OffsetOutOfRange: 1,
  CorruptMessage: 2,
  UnknownTopicOrPartition: 3,
  MessageTooLarge: 10,
  OffsetMetadataTooLarge: 12,
  CoordinatorLoadInProgress: 14,
  CoordinatorNotAvailable: 15,
  NotCoordinator: 16,
  RecordListTooLarge: 18,
  IllegalGeneration: 22,
  UnknownMemberId: 25,
  RebalanceInProgress: 27,
  TopicAuthorizationFailed: 29,
  GroupAuthorizationFailed: 30,
  ClusterAuthorizationFailed: 31,
  InvalidTimestamp: 32,
  TopicAlreadyExists: 36,
  NotController: 41,
  OutOfOrderSequence: 45,
  DuplicateSequence: 46,
  SecurityDisabled: 54,
  UnknownProducerId: 59,
  FetchSessionIdNotFound: 70,
  InvalidFetchSessionEpoch: 71,
  OffsetNotAvailable: 78,
  InvalidRecord: 87,
  FetchSessionTopicIdError: 106,
  StaleMemberEpoch: 113,
} as const

/** The name of a code, as Kafka's documents spell it. */
export function errorName(code: number): string {
  return ERRORS[code]?.[0] ?? `error code ${code}`
}

/** Whether the same request may succeed later. An unknown code counts as final: it is shown rather than hidden. */
export function isRetriable(code: number): boolean {
  return ERRORS[code]?.[1] ?? false
}

/** A broker's refusal, with where in the answer it stood. */
export class KafkaError extends Error {
  override readonly name = 'KafkaError'
  readonly code: number
  readonly retriable: boolean

  /** `where` names request and place, for example `Produce to orders-3`. */
  constructor(code: number, where: string, detail?: string | null) {
    super(`${where}: ${errorName(code)}${detail ? ` (${detail})` : ''}`)
    this.code = code
    this.retriable = isRetriable(code)
  }
}

/** The connection to a broker could not be made or was lost; what was asked may or may not have happened. */
export class ConnectionError extends Error {
  override readonly name: string = 'ConnectionError'
}

/**
 * The two sides do not trust each other: a certificate or a login was refused. It passes when a person has mended it on
 * either side, so it is tried again, but rarely.
 */
export class AccessError extends ConnectionError {
  override readonly name = 'AccessError'
}

/** Whether trying again can help: the connection was lost, or the broker says so. */
export function mayPass(error: unknown): error is ConnectionError | KafkaError {
  return error instanceof ConnectionError || (error instanceof KafkaError && error.retriable)
}

/** Throws when an answer carries an error code. */
export function assertNoError(code: number, where: string, detail?: string | null): void {
  if (code !== Code.None) throw new KafkaError(code, where, detail)
}
