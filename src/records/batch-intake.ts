import type { TargetCompressionType } from '../config/types.js'
import { messageOf } from '../errors.js'
import { laneOf } from '../policy/batch-lane.js'
import type { Origins } from '../provenance/origins.js'
import type { ProducerSession } from '../provenance/path-producers.js'
import { type Codec, hasValidCrc, type RecordBatch } from '../wire/record-batch.js'
import type { BuiltBatch } from './batch-builder.js'
import { rewriteBatch } from './batch-rewriter.js'
import type { BufferPool, Lease } from './buffer-pool.js'
import type { CodecShelf } from './codec-shelf.js'
import { rewriteOldBatch } from './old-batch-rewriter.js'
import type { TravellingBatch } from './travelling-batch.js'

/** What all partitions of a replicator have in common on their way. */
export interface CopyRules {
  compression: TargetCompressionType | 'PRESERVE'
  codecs: CodecShelf
  /** Who wrote what. */
  origins: Pick<Origins, 'of'>
  /** Milliseconds since the epoch. */
  now: () => number
  /** Where merged batches are laid. */
  mergePool: BufferPool
}

/**
 * What became of a fetched batch. `travel`: these go to the target · `need-codecs`: ask again when they are loaded ·
 * `corrupt`: its CRC is wrong.
 */
export type Taken =
  | { kind: 'travel'; batches: TravellingBatch[] }
  | { kind: 'hold'; reason: string }
  | { kind: 'need-codecs'; codecs: Codec[] }
  | { kind: 'corrupt' }

/** What the taking depends on just now. */
export interface Place {
  /** The first source offset still to be copied. */
  fromOffset: number
  /** The most bytes and records a batch may have on the target. */
  maxBytes: number
  maxRecords: number
  /** Under which producer its records are written. */
  producer: ProducerSession
}

/** Turns a committed data batch into what travels: itself where it may pass, new batches where it must be rewritten. */
export function takeBatch(batch: RecordBatch, lease: Lease, place: Place, rules: CopyRules): Taken {
  const lane = laneOf(batch, place.fromOffset, { ...place, compression: rules.compression })
  if (lane.lane === 'hold') return { kind: 'hold', reason: lane.reason }
  if (lane.lane === 'skip') return { kind: 'travel', batches: [] }
  if (lane.lane === 'pass') return { kind: 'travel', batches: [whole(batch, lease, place)] }
  return rewritten(batch, lease, place, rules)
}

function whole(batch: RecordBatch, lease: Lease, { producer }: Place): TravellingBatch {
  const { bytes, baseOffset, recordCount } = batch
  return {
    bytes,
    isNew: false,
    recordCount,
    runs: [{ sourceOffset: baseOffset, count: recordCount }],
    leases: [lease],
    producer,
    next: { offset: batch.lastOffset + 1, epoch: batch.leaderEpoch },
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
  const { fromOffset, maxBytes, maxRecords, producer } = place
  let built: BuiltBatch[]
  try {
    built = (batch.isOld ? rewriteOldBatch : rewriteBatch)(batch, { fromOffset, maxBytes, maxRecords, source, target })
  } catch (error) {
    // Its checksum is right, so its producer wrote it so: trying again cannot help.
    return { kind: 'hold', reason: `the batch at offset ${batch.baseOffset} cannot be read: ${messageOf(error)}` }
  }
  const batches = built.map(({ bytes, recordCount, runs }) => ({
    bytes,
    isNew: true,
    recordCount,
    runs,
    leases: [lease],
    producer,
    next: { offset: nextOffsetAfter(runs), epoch: batch.leaderEpoch },
    baseSequence: -1,
  }))
  return { kind: 'travel', batches }
}

function nextOffsetAfter(runs: TravellingBatch['runs']): number {
  const last = runs.at(-1)
  return last === undefined ? -1 : last.sourceOffset + last.count
}
