import { Code, errorName, isRetriable } from '../wire/kafka-errors.js'

/**
 * What an answer to Produce means for its partition. `appended`: it is in the log · `resync`: it may or may not be;
 * ask the target how far it is and go on from there · `hold`: it will never be taken as it is, a person must act.
 */
export type ProduceOutcome = 'appended' | 'resync' | 'hold'

/** The one place that says which answer may be tried again. */
export function produceOutcome(code: number): ProduceOutcome {
  switch (code) {
    case Code.None:
    // The broker has this very batch already: the answer to its first sending was lost.
    case Code.DuplicateSequence:
      return 'appended'
    // Another sender was faster or an answer was lost: the target's last sequence number says which.
    case Code.OutOfOrderSequence:
    case Code.UnknownProducerId:
      return 'resync'
    default:
      return isRetriable(code) ? 'resync' : 'hold'
  }
}

/** The sentence that tells a person why a partition is held after a refusal. */
export function refusalReason(
  code: number,
  batch: { baseOffset: number; nextOffset: number; sizeBytes: number },
  detail: string | null,
): string {
  const records = `source offsets ${batch.baseOffset}-${batch.nextOffset - 1}`
  switch (code) {
    case Code.MessageTooLarge:
      return `the target refused ${records} (${batch.sizeBytes} bytes): larger than its topic's max.message.bytes`
    case Code.InvalidTimestamp:
      return `the target refused ${records}: timestamps outside its message.timestamp.before/after.max.ms`
    case Code.TopicAuthorizationFailed:
      return `the target refused ${records}: the replicator may not Write to this topic`
    default:
      return `the target refused ${records}: ${errorName(code)}${detail ? ` (${detail})` : ''}`
  }
}
