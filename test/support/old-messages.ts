import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'
import { RecordBatch } from '../../src/wire/record-batch.js'
import { xxhash32 } from '../codecs/xxhash32.js'

const require = createRequire(import.meta.url)
const snappy = require('snappy') as typeof import('snappy')
const lz4 = require('lz4-napi') as typeof import('lz4-napi')

/* Messages of formats 0 and 1 made by hand, sharing nothing with the code that reads them. */

export const OLD_CODECS = ['NONE', 'GZIP', 'SNAPPY', 'LZ4'] as const
export type OldCodec = (typeof OLD_CODECS)[number]

export interface OldRecord {
  offset: number
  timestamp: number
  key: Buffer | null
  value: Buffer | null
}

export interface SetShape {
  magic: 0 | 1
  codec?: OldCodec
  /** The broker has set the time of all. */
  appendTime?: number
}

/** One message; its offset is written as it is given. */
export function messageBytes(
  { magic }: SetShape,
  { offset, timestamp, key, value }: OldRecord,
  attributes = 0,
): Buffer {
  const time = Buffer.alloc(magic === 0 ? 0 : 8)
  if (magic === 1) time.writeBigInt64BE(BigInt(timestamp))
  const body = Buffer.concat([Buffer.from([magic, attributes]), time, field(key), field(value)])
  const head = Buffer.alloc(16)
  head.writeBigInt64BE(BigInt(offset))
  head.writeInt32BE(4 + body.length, 8)
  head.writeUInt32BE(bitwiseCrc32(body), 12)
  return Buffer.concat([head, body])
}

/** The records as a log holds them: one by one, or compressed into one message. */
export function oldLog(shape: SetShape, records: readonly OldRecord[]): Buffer {
  const { magic, codec = 'NONE', appendTime } = shape
  const attributes = appendTime === undefined ? 0 : 8
  if (codec === 'NONE') {
    const stamped = records.map(record => ({ ...record, timestamp: appendTime ?? record.timestamp }))
    return Buffer.concat(stamped.map(record => messageBytes(shape, record, attributes)))
  }
  const first = magic === 0 ? 0 : records[0]!.offset
  const inside = records.map(record => messageBytes(shape, { ...record, offset: record.offset - first }))
  return wrapperBytes(shape, records.at(-1)!.offset, Buffer.concat(inside), attributes)
}

/** A message that holds others. */
export function wrapperBytes(shape: SetShape, offset: number, inside: Buffer, attributes = 0): Buffer {
  const { magic, codec = 'NONE', appendTime } = shape
  const value = compressed(inside, codec, magic)
  const timestamp = appendTime ?? 1_234
  return messageBytes(shape, { offset, timestamp, key: null, value }, attributes | OLD_CODECS.indexOf(codec))
}

/** A view of what lies in `bytes`, a single message. */
export function oldBatch(bytes: Buffer): RecordBatch {
  return new RecordBatch(bytes, 0, bytes.length)
}

/** With the right checksum for changed bytes. */
export function withRightCrc(message: Buffer): Buffer {
  const bytes = Buffer.from(message)
  bytes.writeUInt32BE(bitwiseCrc32(bytes.subarray(16)), 12)
  return bytes
}

function compressed(bytes: Buffer, codec: OldCodec, magic: 0 | 1): Buffer {
  if (codec === 'GZIP') return gzipSync(bytes)
  if (codec === 'SNAPPY') return snappy.compressSync(bytes)
  if (codec === 'NONE') return bytes
  const frame = lz4.compressFrameSync(bytes)
  // KAFKA-3160: the magic of the frame was summed up too.
  if (magic === 0) frame[headerEnd(frame)] = (xxhash32(frame.subarray(0, headerEnd(frame))) >>> 8) & 0xff
  return frame
}

function headerEnd(frame: Buffer): number {
  return frame[4]! & 0x08 ? 14 : 6
}

/** Bit by bit, as the definition has it. */
export function bitwiseCrc32(bytes: Buffer): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return ~crc >>> 0
}

function field(bytes: Buffer | null): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(bytes?.length ?? -1)
  return bytes === null ? length : Buffer.concat([length, bytes])
}

/**
 * What a broker of Kafka 2.8.1 wrote for a topic with `message.format.version` 0.9.0 (format 0) and 0.10.0 (format 1), out
 * of its log file: a message alone, and three that a producer sent together. LZ4 of format 0 has the header checksum that
 * Kafka's clients computed wrongly then.
 */
const HEX = {
  '0 NONE': [
    '000000000000000000000018917ae742000000000005666972737400000005616c6f6e65000000000000000100000012dcd921640000',
    '000000016b000000036f6e6500000000000000020000000e795748e00000ffffffff0000000000000000000000030000000e3d314895',
    '000000000000ffffffff',
  ].join(''),
  '0 GZIP': [
    '000000000000000000000018917ae742000000000005666972737400000005616c6f6e65000000000000000300000052ce7b5f9e0001',
    'ffffffff000000441f8b08000000000000ff63600003462016ba73533105c2cb0612ccf979a91049062620e6ab0cf778c0c0f01f0818',
    '10801924636be83115c205c902004921fd3f52000000',
  ].join(''),
  '0 SNAPPY': [
    '000000000000000000000018917ae742000000000005666972737400000005616c6f6e6500000000000000030000006849d8f6d30002',
    'ffffffff0000005a82534e41505059000000000100000001000000465200000901200100000012dcd92164050f20016b000000036f6e',
    '65050e400000020000000e795748e00000ffffffff0d1601010003011a343d314895000000000000ffffffff',
  ].join(''),
  '0 LZ4': [
    '000000000000000000000018917ae742000000000005666972737400000005616c6f6e6500000000000000030000006409faa5090003',
    'ffffffff0000005604224d1860401a4700000012000100910100000012dcd921640f0091016b000000036f6e650e00f0020000020000',
    '000e795748e00000ffffffff130003020010031a00e03d314895000000000000ffffffff00000000',
  ].join(''),
  '1 NONE': [
    '000000000000000000000020d4d8f52f01000000018bcfe5680000000005666972737400000005616c6f6e6500000000000000010000',
    '001af372dbed01000000018bcfe56801000000016b000000036f6e650000000000000002000000161a3b433101000000018bcfe56807',
    'ffffffff0000000000000000000000030000001603b1124801000000018bcfe5680300000000ffffffff',
  ].join(''),
  '1 GZIP': [
    '000000000000000000000020d4d8f52f01000000018bcfe5680000000005666972737400000005616c6f6e6500000000000000030000',
    '006337f85b3701010000018bcfe56807ffffffff0000004d1f8b08000000000000ff63608003a9cf45b7df3202198cdde79f668019d9',
    '4082393f2f15aa0224262665ed6c0857c5fe1f08104630308154306f14f280ab60060983540100b17dd9856a000000',
  ].join(''),
  '1 SNAPPY': [
    '000000000000000000000020d4d8f52f01000000018bcfe5680000000005666972737400000005616c6f6e6500000000000000030000',
    '00774915b1e601020000018bcfe56807ffffffff0000006182534e415050590000000001000000010000004d6a00001901341af372db',
    'ed01000000018bcfe56805091c6b000000036f6e650d25011410161a3b4331010905261007ffffffff0d1e010120020000001603b112',
    '481522200300000000ffffffff',
  ].join(''),
  '1 LZ4': [
    '000000000000000000000020d4d8f52f01000000018bcfe5680000000005666972737400000005616c6f6e6500000000000000030000',
    '00744f3fb42201030000018bcfe56807ffffffff0000005e04224d186040824f00000016000100e11af372dbed01000000018bcfe568',
    '0900836b000000036f6e65250000140050161a3b433109000126005307ffffffff1e0000020095020000001603b11248220090030000',
    '0000ffffffff00000000',
  ].join(''),
} as const

/** Format and codec, and the log. */
export const BROKER_LOGS = Object.entries(HEX).map(([name, hex]) => {
  const [magic, codec] = name.split(' ') as [string, OldCodec]
  return { name, magic: Number(magic) as 0 | 1, codec, log: Buffer.from(hex, 'hex') }
})

/** What was sent; format 0 has no times. */
export function sentRecords(magic: 0 | 1) {
  const records = [
    { offset: 0, timestamp: 1_700_000_000_000, key: 'first', value: 'alone' },
    { offset: 1, timestamp: 1_700_000_000_001, key: 'k', value: 'one' },
    { offset: 2, timestamp: 1_700_000_000_007, key: null, value: '' },
    { offset: 3, timestamp: 1_700_000_000_003, key: '', value: null },
  ]
  return records.map(record => ({ ...record, timestamp: magic === 0 ? -1 : record.timestamp }))
}
