import { gunzipSync, gzipSync } from 'node:zlib'
import { crc32c, Input, Output } from '../bytes.js'

/** A record as it lies in a batch; `rest` is key, value and headers, which nobody on the way may touch. */
export interface StoredRecord {
  offset: number
  timestamp: number
  attributes: number
  rest: Buffer
}

/** What stands in a batch's header (Kafka: `DefaultRecordBatch`). */
export interface BatchHeader {
  baseOffset: number
  sizeBytes: number
  leaderEpoch: number
  magic: number
  crc: number
  isGzip: boolean
  isLogAppendTime: boolean
  isTransactional: boolean
  isControl: boolean
  hasDeleteHorizon: boolean
  codecNumber: number
  lastOffsetDelta: number
  baseTimestamp: number
  maxTimestamp: number
  producerId: number
  producerEpoch: number
  baseSequence: number
  recordCount: number
}

const HEADER_BYTES = 61

export function headerOf(bytes: Buffer): BatchHeader {
  const input = new Input(bytes)
  const baseOffset = input.int64()
  const sizeBytes = input.int32() + 12
  const leaderEpoch = input.int32()
  const magic = input.int8()
  const crc = input.int32() >>> 0
  const attributes = input.int16()
  return {
    baseOffset,
    sizeBytes,
    leaderEpoch,
    magic,
    crc,
    codecNumber: attributes & 7,
    isGzip: (attributes & 7) === 1,
    isLogAppendTime: (attributes & 8) !== 0,
    isTransactional: (attributes & 16) !== 0,
    isControl: (attributes & 32) !== 0,
    hasDeleteHorizon: (attributes & 64) !== 0,
    lastOffsetDelta: input.int32(),
    baseTimestamp: input.int64(),
    maxTimestamp: input.int64(),
    producerId: input.int64(),
    producerEpoch: input.int16(),
    baseSequence: input.int32(),
    recordCount: input.int32(),
  }
}

export function hasRightCrc(bytes: Buffer): boolean {
  return crc32c(bytes, 21) === bytes.readUInt32BE(17)
}

/** The records with the times that a consumer sees. */
export function recordsOf(bytes: Buffer, header = headerOf(bytes)): StoredRecord[] {
  if (header.codecNumber > 1) throw new Error(`a batch with codec ${header.codecNumber} came into the simulation`)
  const body = bytes.subarray(HEADER_BYTES)
  const input = new Input(header.isGzip && body.length > 0 ? gunzipSync(body) : body)
  const records = Array.from({ length: header.recordCount }, () => {
    const length = input.varint()
    const end = input.position + length
    const attributes = input.int8()
    const timestampDelta = input.varint()
    const offset = header.baseOffset + input.varint()
    const timestamp = header.isLogAppendTime ? header.maxTimestamp : header.baseTimestamp + timestampDelta
    return { offset, timestamp, attributes, rest: input.raw(end - input.position) }
  })
  if (!input.isAtEnd) throw new Error('a batch has bytes behind its last record')
  return records
}

/** A batch from records; of the header what is not given is that of a plain batch. */
export function encodeBatch(records: readonly StoredRecord[], given: Partial<BatchHeader>): Buffer {
  const baseOffset = given.baseOffset ?? records[0]?.offset ?? 0
  const baseTimestamp = given.baseTimestamp ?? records[0]?.timestamp ?? -1
  const body = new Output()
  for (const { offset, timestamp, attributes, rest } of records) {
    const one = new Output().int8(attributes)
    one.varint(timestamp - baseTimestamp).varint(offset - baseOffset)
    const head = one.done()
    body
      .varint(head.length + rest.length)
      .raw(head)
      .raw(rest)
  }
  const laid = given.isGzip && records.length > 0 ? gzipSync(body.done(), { level: 1 }) : body.done()
  const attributes =
    (given.isGzip ? 1 : 0) |
    (given.isLogAppendTime ? 8 : 0) |
    (given.isTransactional ? 16 : 0) |
    (given.isControl ? 32 : 0) |
    (given.hasDeleteHorizon ? 64 : 0)
  const bytes = new Output()
    .int64(baseOffset)
    .int32(HEADER_BYTES - 12 + laid.length)
    .int32(given.leaderEpoch ?? -1)
    .int8(2)
    .int32(0)
    .int16(attributes)
    .int32(given.lastOffsetDelta ?? records.length - 1)
    .int64(baseTimestamp)
    .int64(given.maxTimestamp ?? Math.max(-1, ...records.map(({ timestamp }) => timestamp)))
    .int64(given.producerId ?? -1)
    .int16(given.producerEpoch ?? -1)
    .int32(given.baseSequence ?? -1)
    .int32(records.length)
    .raw(laid)
    .done()
  return seal(bytes)
}

/** Puts the right checksum on changed bytes. */
export function seal(bytes: Buffer): Buffer {
  bytes.writeUInt32BE(crc32c(bytes, 21), 17)
  return bytes
}

/** What stands behind a record's deltas. */
export function restOf(key: string | null, value: string | null, headers: readonly [string, string][]): Buffer {
  const out = new Output()
  for (const field of [key, value]) {
    if (field === null) out.varint(-1)
    else out.varint(Buffer.byteLength(field)).raw(Buffer.from(field))
  }
  out.varint(headers.length)
  for (const pair of headers) for (const text of pair) out.varint(text.length).raw(Buffer.from(text))
  return out.done()
}

/** A record's key as text, or null. */
export function keyOf({ rest }: StoredRecord): string | null {
  const input = new Input(rest)
  const length = input.varint()
  return length < 0 ? null : input.raw(length).toString()
}

export function isTombstone({ rest }: StoredRecord): boolean {
  const input = new Input(rest)
  input.raw(Math.max(0, input.varint()))
  return input.varint() < 0
}

export function controlBatch(kind: 'commit' | 'abort', timestamp: number, producer: Partial<BatchHeader>): Buffer {
  const rest = new Output()
    .varint(4)
    .int16(0)
    .int16(kind === 'commit' ? 1 : 0)
    .varint(6)
    .int16(0)
    .int32(0)
    .varint(0)
    .done()
  const record = { offset: 0, timestamp, attributes: 0, rest }
  return encodeBatch([record], { ...producer, isControl: true, isTransactional: true, baseSequence: -1 })
}

export function textOf({ rest }: StoredRecord): string | null {
  const input = new Input(rest)
  input.raw(Math.max(0, input.varint()))
  const length = input.varint()
  return length < 0 ? null : input.raw(length).toString()
}
