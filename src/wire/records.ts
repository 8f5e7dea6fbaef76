import { ByteReader } from './byte-reader.js'
import { ByteWriter } from './byte-writer.js'
import { crc32c } from './crc32c.js'
import { BATCH_HEADER_BYTES } from './record-batch.js'

/**
 * Single records, for the few we write and read ourselves (the state topic). The data path never comes here.
 *
 *   record: length varint, attributes int8, timestampDelta varlong, offsetDelta varint,
 *           keyLength varint, key, valueLength varint, value, headerCount varint,
 *           { headerKeyLength varint, headerKey, headerValueLength varint, headerValue } …
 */
export interface OwnRecord {
  key: Buffer | null
  value: Buffer | null
}

/** One uncompressed batch without producer id. `timestamp` in milliseconds since the epoch. */
export function encodeBatch(records: readonly OwnRecord[], timestamp: number): Buffer {
  const body = new ByteWriter(64 * records.length)
  records.forEach((record, index) => {
    const one = new ByteWriter(64)
    one.int8(0).varint(0).varint(index)
    for (const field of [record.key, record.value]) {
      one.varint(field === null ? -1 : field.length)
      if (field !== null) one.raw(field)
    }
    one.varint(0)
    body.varint(one.size).raw(one.bytes())
  })
  const batch = new ByteWriter(BATCH_HEADER_BYTES + body.size)
  batch
    .int64(0)
    .int32(BATCH_HEADER_BYTES - 12 + body.size)
    .int32(-1)
    .int8(2)
    .int32(0) // the CRC, below
    .int16(0)
    .int32(records.length - 1)
    .int64(timestamp)
    .int64(timestamp)
    .int64(-1)
    .int16(-1)
    .int32(-1)
    .int32(records.length)
    .raw(body.bytes())
  const bytes = batch.bytes()
  bytes.writeUInt32BE(crc32c(bytes, 21), 17)
  return bytes
}

/** The keys and values of `count` uncompressed records, as views. */
export function decodeRecords(recordBytes: Buffer, count: number): OwnRecord[] {
  const reader = new ByteReader(recordBytes)
  const records: OwnRecord[] = []
  for (let i = 0; i < count; i++) {
    const size = reader.varint()
    const end = reader.position + size
    reader.int8()
    reader.varlong()
    reader.varint()
    records.push({ key: varintBytes(reader), value: varintBytes(reader) })
    reader.position = end
  }
  return records
}

function varintBytes(reader: ByteReader): Buffer | null {
  const length = reader.varint()
  if (length < 0) return null
  const view = reader.buffer.subarray(reader.position, reader.position + length)
  reader.position += length
  return view
}
