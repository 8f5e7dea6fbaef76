import { crc32cFast } from '../wire/crc32c-native.js'
import type { RecordBatch } from '../wire/record-batch.js'
import { walkRecords } from '../wire/record-walk.js'
import type { LoadedCodec } from './codec-shelf.js'

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
