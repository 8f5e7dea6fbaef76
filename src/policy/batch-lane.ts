import type { TargetCompressionType } from '../config/types.js'
import { CODECS, type RecordBatch } from '../wire/record-batch.js'

/**
 * What may happen to a batch. `pass`: its bytes may be forwarded under our stamp · `skip`: it holds nothing to copy ·
 * `hold`: it would arrive altered or be refused, so its partition stops before it.
 */
export type Lane = { lane: 'pass' } | { lane: 'skip' } | { lane: 'hold'; reason: string }

const PASS: Lane = { lane: 'pass' }
const SKIP: Lane = { lane: 'skip' }

/**
 * Decides by the header alone whether a committed data batch can take the pass-through lane.
 *
 * @param nextOffset the first source offset still to be copied
 * @param compression the codec each batch must have, or PRESERVE for its own
 */
export function laneOf(batch: RecordBatch, nextOffset: number, compression: TargetCompressionType | 'PRESERVE'): Lane {
  if (batch.magic !== 2) {
    return hold(`record format ${batch.magic} (before Kafka 0.11), which targets no longer take as it is`)
  }
  if (batch.recordCount === 0) return SKIP // what compaction leaves of a batch to keep its producer's sequence
  const at = `the batch at offsets ${batch.baseOffset}-${batch.lastOffset}`
  if (batch.baseOffset < nextOffset) {
    return hold(`${at} begins before offset ${nextOffset}, where copying continues; it would have to be cut`)
  }
  if (batch.recordCount !== batch.lastOffsetDelta + 1) {
    return hold(`${at} has gaps left by compaction (${batch.recordCount} records); it would have to be rewritten`)
  }
  if (batch.hasLogAppendTime) {
    return hold(`${at} has broker append times (LogAppendTime); keeping them needs a rewrite`)
  }
  return codecLane(batch, at, compression)
}

function codecLane(batch: RecordBatch, at: string, compression: TargetCompressionType | 'PRESERVE'): Lane {
  if (batch.codec === undefined) {
    return hold(`${at} has a compression codec this tool does not know (it knows ${CODECS.join(', ')})`)
  }
  if (compression === 'PRESERVE' || batch.codec === compression) return PASS
  return hold(
    `${at} is compressed with ${batch.codec}, but TargetCompressionType asks for ${compression}; it would have to be compressed anew`,
  )
}

function hold(reason: string): Lane {
  return { lane: 'hold', reason }
}
