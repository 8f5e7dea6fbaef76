import type { CodecFunctions } from '../codecs/codecs.js'
import { crc32cFast } from '../wire/crc32c-native.js'
import { BATCH_HEADER_BYTES, type RecordBatch } from '../wire/record-batch.js'
import { CorruptLogError, type LogRecord, type RecordRun } from './log-record.js'
import { parseRecords } from './parse-records.js'

/** The CRC covers a batch from its attributes on. */
const CRC_FROM = 21

/** Throws CorruptLogError unless the batch is of format 2 and its header says something that can be. */
export function assertFormat(batch: RecordBatch, where: string): void {
  const at = `the batch at offset ${batch.baseOffset} of ${where}`
  if (batch.magic !== 2) {
    throw new CorruptLogError(`${at} has the old format ${batch.magic} (before Kafka 0.11), which verify does not read`)
  }
  if (batch.sizeBytes < BATCH_HEADER_BYTES) throw new CorruptLogError(`${at} is shorter than its header`)
  if (batch.codec === undefined) throw new CorruptLogError(`${at} is compressed in an unknown way`)
  if (batch.lastOffsetDelta < 0 || batch.recordCount < 0) throw new CorruptLogError(`${at} has a negative count`)
}

/** Throws CorruptLogError unless the bytes of the batch are those that were written. */
export function assertChecksum(batch: RecordBatch, where: string): void {
  const actual = crc32cFast(batch.bytes.subarray(CRC_FROM))
  if (actual === batch.crc) return
  throw new CorruptLogError(
    `the batch at offset ${batch.baseOffset} of ${where} carries the checksum ${hex(batch.crc)}, but its bytes give ${hex(actual)}: they are damaged`,
  )
}

/** Which offsets of a batch count, and what is known about the offsets before it. */
export interface RunRange {
  /** The first offset wanted. */
  from: number
  /** The first offset no longer wanted. */
  to: number
  /** The first offset after the batch before. */
  expectedOffset: number
}

/** The part of a sound batch that lies in a range, as a run; undefined where nothing does. */
export function readRun(batch: RecordBatch, codec: CodecFunctions, range: RunRange): RecordRun | undefined {
  const isWhole = batch.baseOffset >= range.from && batch.lastOffset < range.to
  if (batch.recordCount === 0) return undefined
  const records = () => parseBatch(batch, codec, range)
  const isDense = batch.recordCount === batch.lastOffsetDelta + 1
  if (isWhole && isDense) {
    return {
      count: batch.recordCount,
      firstOffset: batch.baseOffset,
      lastOffset: batch.lastOffset,
      sizeBytes: batch.sizeBytes,
      whole: wholeOf(batch),
      records,
    }
  }
  const parsed = records()
  const [first, last] = [parsed[0], parsed.at(-1)]
  if (first === undefined || last === undefined) return undefined
  return {
    count: parsed.length,
    firstOffset: first.offset,
    lastOffset: last.offset,
    sizeBytes: batch.sizeBytes,
    whole: isWhole ? wholeOf(batch) : undefined,
    records: () => parsed,
  }
}

function wholeOf(batch: RecordBatch): RecordRun['whole'] {
  const { codec, baseTimestamp, hasLogAppendTime, recordBytes } = batch
  return { codec: codec ?? 'unknown', baseTimestamp, hasAppendTime: hasLogAppendTime, recordBytes }
}

function parseBatch(batch: RecordBatch, codec: CodecFunctions, { from, to, expectedOffset }: RunRange): LogRecord[] {
  const { baseOffset, recordCount, baseTimestamp } = batch
  const appendTime = batch.hasLogAppendTime ? batch.maxTimestamp : undefined
  const header = { baseOffset, recordCount, baseTimestamp, appendTime, expectedOffset }
  const records = parseRecords(codec.decompress(batch.recordBytes), header)
  return records.filter(({ offset }) => offset >= from && offset < to)
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0')
}
