import type { CodecFunctions } from '../codecs/codecs.js'
import { withRightHeaderChecksum } from '../codecs/lz4.js'
import { ByteReader } from '../wire/byte-reader.js'
import { ByteWriter } from '../wire/byte-writer.js'
import { crc32 } from '../wire/crc32.js'
import type { RecordBatch } from '../wire/record-batch.js'
import { CorruptLogError, LogRecord } from './log-record.js'

/*
 * MessageSet => { offset INT64, size INT32, crc UINT32, magic INT8, attributes INT8, [timestamp INT64], key BYTES,
 *               value BYTES } …
 *
 * Formats 0 and 1, before Kafka 0.11; only 1 has a timestamp. Attributes: bits 0-2 codec, bit 3 LogAppendTime. With a
 * codec, the value is a message set of its own. A reader apart from the engine's.
 */
interface Message {
  offset: number
  magic: number
  attributes: number
  timestamp: number
  key: Buffer | null
  value: Buffer | null
}

const CODEC_BITS = 0x07
const APPEND_TIME_BIT = 0x08
const LZ4 = 3
/** What a consumer gets as the time of a record of format 0. */
const NO_TIME = -1

/**
 * The records of a message of format 0 or 1, with key and value encoded as format 2 has them, so that they can be
 * compared with a copy. Throws CorruptLogError where the bytes are damaged.
 */
export function parseOldMessages(batch: RecordBatch, codec: CodecFunctions, expectedOffset: number): LogRecord[] {
  try {
    return parse(batch, codec, expectedOffset)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new CorruptLogError(`the message at offset ${batch.baseOffset} cannot be decoded: ${error.message}`)
  }
}

function parse(batch: RecordBatch, codec: CodecFunctions, expectedOffset: number): LogRecord[] {
  const outer = readMessages(batch.bytes)[0] as Message
  const inner = (outer.attributes & CODEC_BITS) === 0 ? [outer] : readMessages(unpacked(outer, codec))
  // In format 1 the outer offset is the last one's; the inner ones only count from the first.
  const shift = outer.magic === 1 ? outer.offset - (inner.at(-1)?.offset ?? 0) : 0
  let expected = expectedOffset
  return inner.map(message => {
    if (message !== outer && (message.attributes & CODEC_BITS) !== 0) {
      throw new RangeError('it has a compressed message inside a compressed one')
    }
    const offset = message.offset + shift
    const hasAppendTime = outer.magic === 1 && (outer.attributes & APPEND_TIME_BIT) !== 0
    const timestamp = hasAppendTime && message.magic === 1 ? outer.timestamp : message.timestamp
    const content = contentOf(message)
    const place = { offset, timestamp, hasAppendTime, holesBefore: Math.max(0, offset - expected) }
    expected = offset + 1
    return new LogRecord(place, content, 0, content.length)
  })
}

function readMessages(bytes: Buffer): Message[] {
  const reader = new ByteReader(bytes)
  const messages: Message[] = []
  while (reader.position < bytes.length) {
    const offset = reader.int64()
    const end = reader.int32() + reader.position
    const crc = reader.int32() >>> 0
    if (crc32(bytes.subarray(reader.position, end)) !== crc) throw new RangeError('the checksum of a message is wrong')
    const magic = reader.int8()
    if (magic !== 0 && magic !== 1) throw new RangeError(`a message inside it has format ${magic}`)
    const attributes = reader.int8()
    const timestamp = magic === 0 ? NO_TIME : reader.int64()
    messages.push({ offset, magic, attributes, timestamp, key: reader.nullableBytes(), value: reader.nullableBytes() })
    if (reader.position !== end) throw new RangeError(`a message says it ends at byte ${end}, but does not`)
  }
  return messages
}

function unpacked({ magic, attributes, value }: Message, codec: CodecFunctions): Buffer {
  if (value === null) throw new RangeError('it is compressed and has no value')
  const hasWrongHeader = magic === 0 && (attributes & CODEC_BITS) === LZ4
  return codec.decompress(hasWrongHeader ? withRightHeaderChecksum(value) : value)
}

function contentOf({ key, value }: Message): Buffer {
  const writer = new ByteWriter((key?.length ?? 0) + (value?.length ?? 0) + 11)
  for (const field of [key, value]) {
    writer.varint(field?.length ?? -1)
    if (field !== null) writer.raw(field)
  }
  return writer.varint(0).bytes()
}
