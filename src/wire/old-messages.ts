import { readInt64 } from './byte-reader.js'
import { crc32 } from './crc32.js'

/**
 * A message of format 0 or 1, as logs have them from before Kafka 0.11 (Kafka: `LegacyRecord`):
 *
 *   offset  0  offset       int64
 *           8  size         int32   bytes after this field
 *          12  crc          uint32  CRC-32 of everything after this field
 *          16  magic        int8    0 or 1
 *          17  attributes   int8    bits 0-2 codec, 3 LogAppendTime (format 1)
 *          18  timestamp    int64   format 1 only
 *              keyLength    int32   -1 for null
 *              key
 *              valueLength  int32   -1 for null
 *              value
 *
 * A message with a codec is a wrapper: its value is a compressed set of messages, one behind the other. Its offset is
 * that of the last one inside. Inside, offsets are absolute in format 0 and relative to the first in format 1.
 */
const AT = { size: 8, crc: 12, magic: 16, attributes: 17, timestamp: 18 } as const
const LOG_OVERHEAD_BYTES = 12
const KEY_AT = [18, 26] as const

const CODEC_MASK = 0x07
const LOG_APPEND_TIME_BIT = 0x08

/** Format 0 has no times; this is what every client says for it (Kafka: `RecordBatch.NO_TIMESTAMP`). */
export const NO_TIMESTAMP = -1

/** Where a key or value lies: from `start` up to `end`. */
export interface ByteRange {
  start: number
  end: number
}

export interface OldMessage {
  /** As it stands there: inside a wrapper of format 1 it is relative. */
  offset: number
  magic: 0 | 1
  isCompressed: boolean
  hasLogAppendTime: boolean
  timestamp: number
  key: ByteRange | null
  value: ByteRange | null
}

/**
 * The messages that fill `bytes`, one behind the other; keys and values are not looked at. Throws RangeError where the
 * bytes are not that, or are not those that their checksum was made of.
 */
export function* oldMessagesIn(bytes: Buffer): Generator<OldMessage> {
  for (let start = 0; start < bytes.length; ) {
    const end = endOf(bytes, start)
    yield messageAt(bytes, start, end)
    start = end
  }
}

function endOf(bytes: Buffer, start: number): number {
  const isWhole = start + KEY_AT[0] <= bytes.length
  const end = isWhole ? start + LOG_OVERHEAD_BYTES + bytes.readInt32BE(start + AT.size) : Number.POSITIVE_INFINITY
  if (end > bytes.length) throw new RangeError(`a message at byte ${start} of a message set is cut off`)
  return end
}

function messageAt(bytes: Buffer, start: number, end: number): OldMessage {
  const magic = bytes.readInt8(start + AT.magic)
  if (magic !== 0 && magic !== 1) throw new RangeError(`a message has format ${magic} inside a set of old messages`)
  const key = fieldAt(bytes, start + KEY_AT[magic], end)
  const value = fieldAt(bytes, key.end, end)
  if (value.end !== end) throw new RangeError(`a message at byte ${start} has bytes behind its value`)
  if (crc32(bytes.subarray(start + AT.magic, end)) !== bytes.readUInt32BE(start + AT.crc)) {
    throw new RangeError(`a message at byte ${start} of a message set has a wrong checksum`)
  }
  const attributes = bytes.readUInt8(start + AT.attributes)
  return {
    offset: readInt64(bytes, start),
    magic,
    isCompressed: (attributes & CODEC_MASK) !== 0,
    hasLogAppendTime: magic === 1 && (attributes & LOG_APPEND_TIME_BIT) !== 0,
    timestamp: magic === 0 ? NO_TIMESTAMP : readInt64(bytes, start + AT.timestamp),
    key: key.range,
    value: value.range,
  }
}

/** A length and so many bytes, and where they end. */
function fieldAt(bytes: Buffer, start: number, messageEnd: number): { range: ByteRange | null; end: number } {
  const from = start + 4
  if (from > messageEnd) throw new RangeError(`a message ends at byte ${messageEnd}, in the middle of a length`)
  const length = bytes.readInt32BE(start)
  if (length < 0) return { range: null, end: from }
  if (from + length > messageEnd) throw new RangeError(`a field of ${length} bytes does not fit into its message`)
  return { range: { start: from, end: from + length }, end: from + length }
}
