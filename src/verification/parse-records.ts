import { CorruptLogError, LogRecord } from './log-record.js'

/** What the header of a batch says about all of its records. */
export interface RecordsHeader {
  baseOffset: number
  recordCount: number
  baseTimestamp: number
  /** The time of all records when the broker set it; undefined when each has its own. */
  appendTime: number | undefined
  /** The first offset after the batch before: what lies between is a hole. */
  expectedOffset: number
}

/*
 * Record => length VARINT, attributes INT8, timestampDelta VARLONG, offsetDelta VARINT,
 *           keyLength VARINT, key, valueLength VARINT, value, headerCount VARINT,
 *           { keyLength VARINT, key, valueLength VARINT, value } …
 *
 * A reader of its own, apart from the engine's, and quick: it is called for every record that is verified.
 */

/** All records of an uncompressed batch. Throws CorruptLogError when they are not exactly `recordCount` whole ones. */
export function parseRecords(bytes: Buffer, header: RecordsHeader): LogRecord[] {
  const cursor = { position: 0 }
  const records: LogRecord[] = []
  let expected = header.expectedOffset
  for (let i = 0; i < header.recordCount; i++) {
    const length = readVarint(bytes, cursor)
    const end = cursor.position + length
    if (length < 1 || end > bytes.length) throw corrupt(header, `record ${i} has length ${length}`)
    cursor.position += 1
    const timestampDelta = readVarint(bytes, cursor)
    const offset = header.baseOffset + readVarint(bytes, cursor)
    const place = {
      offset,
      timestamp: header.appendTime ?? header.baseTimestamp + timestampDelta,
      hasAppendTime: header.appendTime !== undefined,
      holesBefore: Math.max(0, offset - expected),
    }
    if (cursor.position > end) throw corrupt(header, `record ${i} is cut off`)
    records.push(new LogRecord(place, bytes, cursor.position, end))
    expected = offset + 1
    cursor.position = end
  }
  if (cursor.position !== bytes.length) {
    throw corrupt(header, `${bytes.length - cursor.position} bytes are left after ${header.recordCount} records`)
  }
  return records
}

/** Key, value and headers of a record. */
export interface RecordContent {
  key: Buffer | null
  value: Buffer | null
  /** In order; a key may come twice, a value may be null. Keys are bytes here: they need not be valid UTF-8. */
  headers: [key: Buffer, value: Buffer | null][]
}

/** Decodes a record's content. Throws CorruptLogError when it is not exactly a key, a value and headers. */
export function parseContent(record: LogRecord): RecordContent {
  const bytes = record.content
  const cursor = { position: 0 }
  const key = readBytes(bytes, cursor)
  const value = readBytes(bytes, cursor)
  const count = readVarint(bytes, cursor)
  const headers: RecordContent['headers'] = []
  for (let i = 0; i < count; i++) {
    const name = readBytes(bytes, cursor)
    if (name === null) throw new CorruptLogError(`header ${i} of the record at offset ${record.offset} has no key`)
    headers.push([name, readBytes(bytes, cursor)])
  }
  if (cursor.position !== bytes.length) {
    throw new CorruptLogError(`the record at offset ${record.offset} has bytes behind its headers`)
  }
  return { key, value, headers }
}

interface Cursor {
  position: number
}

function readBytes(bytes: Buffer, cursor: Cursor): Buffer | null {
  const length = readVarint(bytes, cursor)
  if (length < 0) return null
  const end = cursor.position + length
  if (end > bytes.length) throw new CorruptLogError(`a field of ${length} bytes does not fit into its record`)
  const view = bytes.subarray(cursor.position, end)
  cursor.position = end
  return view
}

/** Beyond this many bits a number no longer fits into 32, and a slower way must be taken. */
const QUICK_BITS = 28

/** Zigzag varint of up to 64 bits, exact up to 2^53. */
function readVarint(bytes: Buffer, cursor: Cursor): number {
  let position = cursor.position
  let raw = 0
  for (let shift = 0; shift < QUICK_BITS; shift += 7) {
    const byte = bytes[position++]
    if (byte === undefined) throw new CorruptLogError('a number is cut off')
    raw |= (byte & 0x7f) << shift
    if (byte < 0x80) {
      cursor.position = position
      return (raw >>> 1) ^ -(raw & 1)
    }
  }
  return readLongVarint(bytes, cursor)
}

function readLongVarint(bytes: Buffer, cursor: Cursor): number {
  let raw = 0n
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = bytes[cursor.position++]
    if (byte === undefined) throw new CorruptLogError('a number is cut off')
    raw |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) {
      const value = Number((raw >> 1n) ^ -(raw & 1n))
      if (!Number.isSafeInteger(value)) throw new CorruptLogError(`a number in a record is beyond 2^53`)
      return value
    }
  }
  throw new CorruptLogError('a number is longer than 10 bytes')
}

function corrupt(header: RecordsHeader, problem: string): CorruptLogError {
  return new CorruptLogError(`the batch at offset ${header.baseOffset} cannot be decoded: ${problem}`)
}
