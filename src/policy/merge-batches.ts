import type { Codec } from '../wire/record-batch.js'

/** What the decision needs to know of a waiting batch. */
export interface WaitingBatch {
  sizeBytes: number
  codec: Codec
}

/**
 * A broker takes one batch per partition and request, and each costs both sides some 50 µs whatever its size. Above
 * this size that no longer matters.
 */
const SMALL_BATCH_BYTES = 48 * 1024
/** Compressed batches must be opened and compressed again: worth it only where they are tiny. */
const SMALL_COMPRESSED_BATCH_BYTES = 4 * 1024
/** As large as tuned producers make them, well below the 1 MiB that brokers take by default. */
const MERGED_BYTES = 256 * 1024

/**
 * How many of the waiting batches, from the first on, are sent as one: 1 means the first as it is. Only what waits
 * anyway is merged, so nobody ever waits for a merge.
 *
 * @param maxBytes the target's limit for one batch, where it is known
 */
export function mergeCount(waiting: Iterable<WaitingBatch>, maxBytes: number): number {
  const limit = Math.min(MERGED_BYTES, maxBytes)
  let count = 0
  let bytes = 0
  let codec: Codec | undefined
  for (const batch of waiting) {
    codec ??= batch.codec
    bytes += batch.sizeBytes
    if (batch.codec !== codec || !isSmall(batch) || bytes > limit) break
    count++
  }
  return Math.max(1, count)
}

function isSmall({ sizeBytes, codec }: WaitingBatch): boolean {
  return sizeBytes <= (codec === 'NONE' ? SMALL_BATCH_BYTES : SMALL_COMPRESSED_BATCH_BYTES)
}
