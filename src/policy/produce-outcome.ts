import { Code, errorName, isRetriable } from '../wire/kafka-errors.js'

/**
 * What an answer to Produce means for its partition. `appended`: it is in the log · `resync`: it may or may not be;
 * ask the target how far it is and go on from there · `too-large`: it must be cut into smaller batches · `poison`: one of
 * its records will never be taken · `corrupt`: read it again, once · `forbidden`: we may not write there now, but rights
 * are given and taken while we run (the fence of a runbook is up for minutes), so it waits for them · `hold`: nothing
 * will be taken, a person must act.
 */
export type ProduceOutcome = 'appended' | 'resync' | 'too-large' | 'poison' | 'corrupt' | 'forbidden' | 'hold'

/** The one place that says which answer may be tried again. */
export function produceOutcome(code: number): ProduceOutcome {
  switch (code) {
    case Code.None:
      return 'appended'
    // The broker has this very batch already, but does not say where: its log does.
    case Code.DuplicateSequence:
    // Another sender was faster or an answer was lost: the target's last sequence number says which.
    case Code.OutOfOrderSequence:
    case Code.UnknownProducerId:
      return 'resync'
    case Code.MessageTooLarge:
    case Code.RecordListTooLarge:
      return 'too-large'
    // Outside the target's time window; without a key where the topic is compacted.
    case Code.InvalidTimestamp:
    case Code.InvalidRecord:
      return 'poison'
    case Code.CorruptMessage:
      return 'corrupt'
    case Code.TopicAuthorizationFailed:
      return 'forbidden'
    default:
      return isRetriable(code) ? 'resync' : 'hold'
  }
}

/** The sentence that tells a person what was refused and why; `lacking` says which right would be missing to whom. */
export function refusalReason(
  code: number,
  refused: { firstOffset: number; nextOffset: number; sizeBytes: number; lacking: string },
  detail: string | null,
): string {
  const what = `source offsets ${refused.firstOffset}-${refused.nextOffset - 1}`
  switch (code) {
    case Code.MessageTooLarge:
    case Code.RecordListTooLarge:
      return `the target refused ${what} (${refused.sizeBytes} bytes): larger than its topic's max.message.bytes`
    case Code.InvalidTimestamp:
      return `the target refused ${what}: timestamps outside its message.timestamp.before/after.max.ms`
    case Code.TopicAuthorizationFailed:
      return `the target refused ${what}: ${refused.lacking}`
    case Code.CorruptMessage:
      return `${what} are corrupt: their checksum is wrong, in the source's log or on the way`
    default:
      return `the target refused ${what}: ${errorName(code)}${detail ? ` (${detail})` : ''}`
  }
}
