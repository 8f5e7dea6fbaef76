import type { TargetCompressionType } from '../config/types.js'
import { messageOf } from '../errors.js'
import { laneOf } from '../policy/batch-lane.js'
import { type Codec, hasValidCrc, type RecordBatch } from '../wire/record-batch.js'
import { rewriteBatch } from './batch-rewriter.js'
import type { BufferPool, Lease } from './buffer-pool.js'
import type { CodecShelf } from './codec-shelf.js'
import type { TravellingBatch } from './travelling-batch.js'

/** What all partitions of a replicator have in common on their way. */
export interface CopyRules {
  compression: TargetCompressionType | 'PRESERVE'
  codecs: CodecShelf
  /** Where merged batches are laid. */
  mergePool: BufferPool
}

/**
 * What became of a fetched batch. `travel`: these go to the target, and `crossed` of its records are there already ·
 * `need-codecs`: ask again when they are loaded · `corrupt`: its CRC is wrong.
 */
export type Taken =
  | { kind: 'travel'; batches: TravellingBatch[]; crossed: number }
  | { kind: 'hold'; reason: string }
  | { kind: 'need-codecs'; codecs: Codec[] }
  | { kind: 'corrupt' }

/** What the taking depends on just now. */
export interface Place {
  /** The first source offset still to be copied. */
  fromOffset: number
  /** So many records from there on crossed before a stop and are stepped over. */
  skip: number
  /** The most bytes a batch may have on the target. */
  maxBytes: number
}

/** Turns a committed data batch into what travels: itself where it may pass, new batches where it must be rewritten. */
export function takeBatch(batch: RecordBatch, lease: Lease, place: Place, rules: CopyRules): Taken {
  const lane = laneOf(batch, place.fromOffset, { compression: rules.compression, maxBytes: place.maxBytes })
  if (lane.lane === 'hold') return { kind: 'hold', reason: lane.reason }
  if (lane.lane === 'skip') return { kind: 'travel', batches: [], crossed: 0 }
  const isWhole = lane.lane === 'pass'
  if (isWhole && place.skip >= batch.recordCount) return { kind: 'travel', batches: [], crossed: batch.recordCount }
  if (isWhole && place.skip === 0) return { kind: 'travel', batches: [whole(batch, lease)], crossed: 0 }
  return rewritten(batch, lease, place, rules)
}

function whole(batch: RecordBatch, lease: Lease): TravellingBatch {
  const { bytes, baseOffset, recordCount } = batch
  return {
    bytes,
    isNew: false,
    recordCount,
    runs: [{ sourceOffset: baseOffset, count: recordCount }],
    leases: [lease],
    nextOffset: batch.lastOffset + 1,
    baseSequence: -1,
  }
}

function rewritten(batch: RecordBatch, lease: Lease, place: Place, rules: CopyRules): Taken {
  const sourceCodec = batch.codec ?? 'NONE'
  const targetCodec = rules.compression === 'PRESERVE' ? sourceCodec : rules.compression
  const source = rules.codecs.get(sourceCodec)
  const target = rules.codecs.get(targetCodec)
  if (source === undefined || target === undefined) return { kind: 'need-codecs', codecs: [sourceCodec, targetCodec] }
  // A new CRC would hide that the old one was wrong.
  if (!hasValidCrc(batch)) return { kind: 'corrupt' }
  const { fromOffset, skip, maxBytes } = place
  let result: ReturnType<typeof rewriteBatch>
  try {
    result = rewriteBatch(batch, { fromOffset, dropRecords: skip, maxBytes, source, target })
  } catch (error) {
    // Its checksum is right, so its producer wrote it so: trying again cannot help.
    return { kind: 'hold', reason: `the batch at offset ${batch.baseOffset} cannot be read: ${messageOf(error)}` }
  }
  const { batches, dropped } = result
  const travelling = batches.map(({ bytes, recordCount, runs }) => ({
    bytes,
    isNew: true,
    recordCount,
    runs,
    leases: [lease],
    nextOffset: nextOffsetAfter(runs),
    baseSequence: -1,
  }))
  return { kind: 'travel', batches: travelling, crossed: dropped }
}

function nextOffsetAfter(runs: TravellingBatch['runs']): number {
  const last = runs.at(-1)
  return last === undefined ? -1 : last.sourceOffset + last.count
}
