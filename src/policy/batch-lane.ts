import type { TargetCompressionType } from '../config/types.js'
import { CODECS, type RecordBatch } from '../wire/record-batch.js'

/**
 * What may happen to a batch. `pass`: its bytes may be forwarded under our stamp · `skip`: it holds nothing to copy ·
 * `rewrite`: its records must be laid into a new batch first · `hold`: it cannot be copied, its partition stops.
 */
export type Lane = { lane: 'pass' } | { lane: 'skip' } | { lane: 'rewrite' } | { lane: 'hold'; reason: string }

const PASS: Lane = { lane: 'pass' }
const SKIP: Lane = { lane: 'skip' }
const REWRITE: Lane = { lane: 'rewrite' }

/** What the decision depends on beside the batch. */
export interface LaneRules {
  /** The codec each batch must have, or PRESERVE for its own. */
  compression: TargetCompressionType | 'PRESERVE'
  /** The most bytes and records a batch may have on the target. */
  maxBytes: number
  maxRecords: number
}

/**
 * Decides by the header alone how a committed data batch crosses.
 *
 * @param nextOffset the first source offset still to be copied
 */
export function laneOf(batch: RecordBatch, nextOffset: number, { compression, maxBytes, maxRecords }: LaneRules): Lane {
  if (!batch.hasKnownFormat) return hold(`record format ${batch.magic}, which this tool does not know`)
  if (batch.recordCount === 0) return SKIP // what compaction leaves of a batch to keep its producer's sequence
  if (batch.codec === undefined) {
    return hold(
      `the batch at offsets ${batch.baseOffset}-${batch.lastOffset} has a compression codec this tool does not know (it knows ${CODECS.join(', ')})`,
    )
  }
  const mustChange =
    // From before Kafka 0.11: targets no longer take it as it is.
    batch.isOld ||
    // It begins before the place where copying continues.
    batch.baseOffset < nextOffset ||
    // Compaction has left gaps, which a broker refuses from a producer.
    batch.recordCount !== batch.lastOffsetDelta + 1 ||
    // The times of its records are not those in the records.
    batch.hasLogAppendTime ||
    batch.sizeBytes > maxBytes ||
    batch.recordCount > maxRecords ||
    (compression !== 'PRESERVE' && batch.codec !== compression)
  return mustChange ? REWRITE : PASS
}

function hold(reason: string): Lane {
  return { lane: 'hold', reason }
}
