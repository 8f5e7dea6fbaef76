import { crc32cFast } from '../wire/crc32c-native.js'
import { RecordBatch } from '../wire/record-batch.js'
import { walkRecords } from '../wire/record-walk.js'
import type { BuiltBatch } from './batch-builder.js'
import type { LoadedCodec } from './codec-shelf.js'
import { rewriteOldBatch } from './old-batch-rewriter.js'

/** 2^52 different values: two records that differ are taken for the same once in 10^15 comparisons. */
const CRC_SHARE = 2 ** 20

/** Visits the records of a batch of format 2: their offset deltas, and a number for time, key, value and headers. */
export function fingerprints(
  batch: RecordBatch,
  { decompress }: LoadedCodec,
  /** The times of its records; undefined where each has its own. */
  appendTime: number | undefined,
  visit: (offsetDelta: number, fingerprint: number) => void,
): void {
  const bytes = decompress(batch.recordBytes)
  const { baseTimestamp, recordCount } = batch
  walkRecords(bytes, 0, recordCount, (_attributes, timestampDelta, offsetDelta, restStart, end) => {
    const timestamp = appendTime ?? baseTimestamp + timestampDelta
    const mixed = (((timestamp * 31 + end - restStart) % CRC_SHARE) + CRC_SHARE) % CRC_SHARE
    visit(offsetDelta, crc32cFast(bytes.subarray(restStart, end)) * CRC_SHARE + mixed)
  })
}

/** The same for a batch of any format as the source holds it, with offsets; records look as they do on the target. */
export function sourceFingerprints(
  batch: RecordBatch,
  codec: LoadedCodec,
  visit: (offset: number, fingerprint: number) => void,
): void {
  if (batch.isOld) {
    for (const built of asNewBatches(batch, codec)) visitBuilt(built, visit)
    return
  }
  // A broker that stamps append times leaves the producer's deltas in place; the one time counts for all.
  const appendTime = batch.hasLogAppendTime ? batch.maxTimestamp : undefined
  fingerprints(batch, codec, appendTime, (delta, fingerprint) => visit(batch.baseOffset + delta, fingerprint))
}

function asNewBatches(batch: RecordBatch, source: LoadedCodec): BuiltBatch[] {
  const unlimited = Number.POSITIVE_INFINITY
  return rewriteOldBatch(batch, { fromOffset: 0, maxBytes: unlimited, maxRecords: unlimited, source, target: PLAIN })
}

function visitBuilt({ bytes, runs }: BuiltBatch, visit: (offset: number, fingerprint: number) => void): void {
  const offsets = runs.flatMap(({ sourceOffset, count }) => Array.from({ length: count }, (_, n) => sourceOffset + n))
  fingerprints(new RecordBatch(bytes, 0, bytes.length), PLAIN, undefined, (delta, fingerprint) =>
    visit(offsets[delta] as number, fingerprint),
  )
}

const PLAIN: LoadedCodec = { codec: 'NONE', compress: bytes => bytes, decompress: bytes => bytes }
