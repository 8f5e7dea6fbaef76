import type { CodecFunctions } from '../codecs/codecs.js'
import { crc32 } from '../wire/crc32.js'
import { crc32cFast } from '../wire/crc32c-native.js'
import { BATCH_HEADER_BYTES, type RecordBatch } from '../wire/record-batch.js'
import { CorruptLogError, type LogRecord, type RecordRun } from './log-record.js'
import { parseOldMessages } from './parse-old-messages.js'
import { parseRecords } from './parse-records.js'

/** The CRC covers a batch from its attributes on. */
const CRC_FROM = 21
/** A message from before Kafka 0.11 without key and value. */
const OLD_MESSAGE_MIN_BYTES = 26
/** Its CRC covers it from its format on. */
const OLD_CRC_FROM = 16

/** Throws CorruptLogError unless the batch is of a known format and its header says something that can be. */
export function assertFormat(batch: RecordBatch, where: string): void {
  const at = `the batch at offset ${batch.baseOffset} of ${where}`
  if (!batch.hasKnownFormat) throw new CorruptLogError(`${at} has format ${batch.magic}, which verify does not read`)
  if (batch.sizeBytes < (batch.isOld ? OLD_MESSAGE_MIN_BYTES : BATCH_HEADER_BYTES))
    throw new CorruptLogError(`${at} is shorter than its header`)
  if (batch.codec === undefined) throw new CorruptLogError(`${at} is compressed in an unknown way`)
  if (!batch.isOld && (batch.lastOffsetDelta < 0 || batch.recordCount < 0))
    throw new CorruptLogError(`${at} has a negative count`)
}

/** Throws CorruptLogError unless the bytes of the batch are those that were written. */
export function assertChecksum(batch: RecordBatch, where: string): void {
  const { bytes, isOld } = batch
  const actual = isOld ? crc32(bytes.subarray(OLD_CRC_FROM)) : crc32cFast(bytes.subarray(CRC_FROM))
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
  // Which offsets lie in it only a look inside tells, and no copy has the same bytes.
  if (batch.isOld) return runOfRecords(parseBatch(batch, codec, range), batch.sizeBytes, undefined)
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
  return runOfRecords(records(), batch.sizeBytes, isWhole ? wholeOf(batch) : undefined)
}

/** Records as a run; `whole` where they are all that their batch holds. Undefined for none. */
export function runOfRecords(
  records: LogRecord[],
  sizeBytes: number,
  whole: RecordRun['whole'],
): RecordRun | undefined {
  const [first, last] = [records[0], records.at(-1)]
  if (first === undefined || last === undefined) return undefined
  const [firstOffset, lastOffset] = [first.offset, last.offset]
  return { count: records.length, firstOffset, lastOffset, sizeBytes, whole, records: () => records }
}

function wholeOf(batch: RecordBatch): RecordRun['whole'] {
  const { codec, baseTimestamp, hasLogAppendTime, recordBytes } = batch
  return { codec: codec ?? 'unknown', baseTimestamp, hasAppendTime: hasLogAppendTime, recordBytes }
}

function parseBatch(batch: RecordBatch, codec: CodecFunctions, range: RunRange): LogRecord[] {
  const records = batch.isOld
    ? parseOldMessages(batch, codec, range.expectedOffset)
    : parseNewBatch(batch, codec, range.expectedOffset)
  return records.filter(({ offset }) => offset >= range.from && offset < range.to)
}

function parseNewBatch(batch: RecordBatch, codec: CodecFunctions, expectedOffset: number): LogRecord[] {
  const { baseOffset, recordCount, baseTimestamp } = batch
  const appendTime = batch.hasLogAppendTime ? batch.maxTimestamp : undefined
  const header = { baseOffset, recordCount, baseTimestamp, appendTime, expectedOffset }
  return parseRecords(codec.decompress(batch.recordBytes), header)
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0')
}
