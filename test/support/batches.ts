import { crc32c } from '../../src/wire/crc32c.js'
import { BATCH_HEADER_BYTES, CODECS, type Codec, RecordBatch } from '../../src/wire/record-batch.js'
import { encodeBatch, type OwnRecord } from '../../src/wire/records.js'

/** What a test wants to be different from an ordinary batch of `records` records. */
export interface BatchShape {
  baseOffset?: number
  records?: number | readonly OwnRecord[]
  magic?: number
  codec?: Codec
  transactional?: boolean
  control?: 'commit' | 'abort'
  logAppendTime?: boolean
  deleteHorizon?: boolean
  producerId?: number
  /** For what compaction leaves: how far the batch's offsets reach, and how many records it has. */
  lastOffsetDelta?: number
  recordCount?: number
}

/** The bytes of a batch as a broker holds it, with the right CRC. */
export function batchBytes(shape: BatchShape = {}): Buffer {
  const { baseOffset = 0, producerId = -1 } = shape
  const bytes = encodeBatch(recordsOf(shape), 1_700_000_000_000)
  bytes.writeBigInt64BE(BigInt(baseOffset), 0)
  bytes.writeInt8(shape.magic ?? 2, 16)
  bytes.writeInt16BE(attributesOf(shape), 21)
  if (shape.lastOffsetDelta !== undefined) bytes.writeInt32BE(shape.lastOffsetDelta, 23)
  bytes.writeBigInt64BE(BigInt(producerId), 43)
  if (shape.recordCount !== undefined) bytes.writeInt32BE(shape.recordCount, 57)
  bytes.writeUInt32BE(crc32c(bytes, 21), 17)
  return bytes
}

export function batchOf(shape: BatchShape = {}): RecordBatch {
  const bytes = batchBytes(shape)
  return new RecordBatch(bytes, 0, bytes.length)
}

/** A batch that compaction has emptied: only its header is left. */
export function emptiedBatch(shape: BatchShape & { lastOffsetDelta: number }): RecordBatch {
  const bytes = Buffer.from(batchBytes({ ...shape, recordCount: 0 }).subarray(0, BATCH_HEADER_BYTES))
  bytes.writeInt32BE(BATCH_HEADER_BYTES - 12, 8)
  bytes.writeUInt32BE(crc32c(bytes, 21), 17)
  return new RecordBatch(bytes, 0, bytes.length)
}

function recordsOf({ records = 1, control }: BatchShape): readonly OwnRecord[] {
  if (control) return [{ key: Buffer.from([0, 0, 0, control === 'commit' ? 1 : 0]), value: Buffer.alloc(6) }]
  if (typeof records !== 'number') return records
  return Array.from({ length: records }, (_, n) => ({ key: Buffer.from(`key ${n}`), value: Buffer.from(`value ${n}`) }))
}

function attributesOf({ codec = 'NONE', transactional, control, logAppendTime, deleteHorizon }: BatchShape): number {
  const bits = [
    [logAppendTime, 0x08],
    [transactional || control, 0x10],
    [control, 0x20],
    [deleteHorizon, 0x40],
  ] as const
  return bits.reduce((sum, [isSet, bit]) => (isSet ? sum | bit : sum), CODECS.indexOf(codec))
}
