import { BATCH_HEADER_BYTES, RecordBatch } from '../wire/record-batch.js'
import { walkRecords } from '../wire/record-walk.js'
import { BatchBuilder, type BuiltBatch } from './batch-builder.js'
import type { BufferPool } from './buffer-pool.js'
import type { LoadedCodec } from './codec-shelf.js'
import type { TravellingBatch } from './travelling-batch.js'

export interface RewriteOptions {
  /** Records before this source offset are left out (a start inside a batch). */
  fromOffset: number
  /** A new batch is begun before one would exceed this, uncompressed. */
  maxBytes: number
  /** A new batch is begun after so many records. */
  maxRecords: number
  /** What the fetched batch is compressed with. */
  source: LoadedCodec
  /** What the new batches are compressed with. */
  target: LoadedCodec
}

/**
 * The rewrite lane for one fetched batch: its records in new batches with dense offsets, same order, same bytes but
 * for the two deltas. Compaction gaps close, append times become record times, the codec changes, what is too large is
 * split. A batch whose records are all left out gives none.
 */
export function rewriteBatch(batch: RecordBatch, options: RewriteOptions): BuiltBatch[] {
  const source = options.source.decompress(batch.recordBytes)
  const { baseOffset, baseTimestamp, maxTimestamp, hasLogAppendTime } = batch
  const batches: BuiltBatch[] = []
  let builder = new BatchBuilder(Buffer.allocUnsafe(source.length + BATCH_HEADER_BYTES))
  const finish = () => {
    if (!builder.isEmpty) batches.push(build(builder, options.target))
  }
  walkRecords(source, 0, batch.recordCount, (attributes, timestampDelta, offsetDelta, restStart, end) => {
    const sourceOffset = baseOffset + offsetDelta
    if (sourceOffset < options.fromOffset) return
    const isFull = builder.recordCount >= options.maxRecords || !builder.fits(end - restStart, options.maxBytes)
    if (!builder.isEmpty && isFull) {
      finish()
      builder = new BatchBuilder(Buffer.allocUnsafe(Math.min(options.maxBytes, source.length + BATCH_HEADER_BYTES)))
    }
    // A broker that stamps append times leaves the producer's deltas in place; the one time counts for all.
    const timestamp = hasLogAppendTime ? maxTimestamp : baseTimestamp + timestampDelta
    builder.add({ source, restStart, end, attributes, timestamp, sourceOffset })
  })
  finish()
  return batches
}

/** A merged batch of `MERGED_BYTES` (policy/merge-batches.ts), with room for deltas that take more bytes than before. */
export const MERGE_BUFFER_BYTES = 288 * 1024

/**
 * Several waiting batches of one partition as one; all have the same producer and codec, and it is the target's. It is laid into a
 * buffer of `pool` where one is free.
 */
export function mergeBatches(
  waiting: readonly [TravellingBatch, ...TravellingBatch[]],
  target: LoadedCodec,
  pool: BufferPool,
): TravellingBatch {
  const lease = pool.leaseNow()
  const builder = new BatchBuilder(lease?.room(MERGE_BUFFER_BYTES) ?? Buffer.allocUnsafe(MERGE_BUFFER_BYTES))
  let built: BuiltBatch
  try {
    for (const one of waiting) addAll(builder, one, target)
    built = build(builder, target)
  } catch (error) {
    lease?.release()
    throw error
  }
  return {
    ...built,
    isNew: true,
    isMerged: true,
    leases: [...waiting.flatMap(({ leases }) => leases), ...(lease ? [lease] : [])],
    producer: waiting[0].producer,
    next: (waiting.at(-1) ?? waiting[0]).next,
    baseSequence: -1,
  }
}

function addAll(builder: BatchBuilder, { bytes, runs }: TravellingBatch, { decompress }: LoadedCodec): void {
  const batch = new RecordBatch(bytes, 0, bytes.length)
  const source = decompress(batch.recordBytes)
  const offsets = offsetsOf(runs)
  walkRecords(source, 0, batch.recordCount, (attributes, timestampDelta, _offsetDelta, restStart, end) => {
    const timestamp = batch.baseTimestamp + timestampDelta
    builder.add({ source, restStart, end, attributes, timestamp, sourceOffset: offsets() })
  })
}

function build(builder: BatchBuilder, { codec, compress }: LoadedCodec): BuiltBatch {
  return builder.build(codec, compress)
}

/** Gives the source offsets of runs one after the other. */
function offsetsOf(runs: TravellingBatch['runs']): () => number {
  let run = 0
  let within = 0
  return () => {
    if (within === runs[run]!.count) {
      run++
      within = 0
    }
    return runs[run]!.sourceOffset + within++
  }
}
