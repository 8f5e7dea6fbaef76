import { readInt64 } from './byte-reader.js'
import { crc32 } from './crc32.js'
import { patchCrc32c } from './crc32c.js'
import { crc32cFast } from './crc32c-native.js'

/**
 * A record batch of format 2, as it lies in a log and on the wire (Kafka: `DefaultRecordBatch`):
 *
 *   offset  0  baseOffset            int64      set by the broker
 *           8  batchLength           int32      bytes after this field
 *          12  partitionLeaderEpoch  int32      set by the broker
 *          16  magic                 int8       2
 *          17  crc                   uint32     CRC-32C of everything from `attributes` on
 *          21  attributes            int16      bits 0-2 codec, 3 LogAppendTime, 4 transactional, 5 control,
 *                                               6 delete horizon, 7-15 unused
 *          23  lastOffsetDelta       int32
 *          27  baseTimestamp         int64
 *          35  maxTimestamp          int64
 *          43  producerId            int64      -1 for none
 *          51  producerEpoch         int16
 *          53  baseSequence          int32
 *          57  recordCount           int32
 *          61  records …
 *
 * Before Kafka 0.11, messages of formats 0 and 1 lay in its place (`old-messages.ts`). They share the first 17 bytes but
 * for the meaning of 12 … 15, which are their CRC; what they do not have reads here as "none".
 */
const AT = {
  batchLength: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
} as const
const OLD_AT = { crc: 12, attributes: 17 } as const
/** A message of format 0 without key and value. */
const OLD_MESSAGE_MIN_BYTES = 26

/** Bytes before the first record. */
export const BATCH_HEADER_BYTES = 61
/** baseOffset and batchLength: what precedes the bytes that `batchLength` counts. */
const LOG_OVERHEAD_BYTES = 12

const CODEC_MASK = 0x07
const LOG_APPEND_TIME_BIT = 0x08
const TRANSACTIONAL_BIT = 0x10
const CONTROL_BIT = 0x20
const DELETE_HORIZON_BIT = 0x40

export const CODECS = ['NONE', 'GZIP', 'SNAPPY', 'LZ4', 'ZSTD'] as const
export type Codec = (typeof CODECS)[number]
const NEWEST_FORMAT = 2

/** A view of one batch inside a fetched buffer. Reading is free of copies; nothing is decoded. */
export class RecordBatch {
  readonly buffer: Buffer
  /** Where the batch begins in `buffer`. */
  readonly start: number
  /** Size in bytes, header and overhead included. */
  readonly sizeBytes: number

  constructor(buffer: Buffer, start: number, sizeBytes: number) {
    this.buffer = buffer
    this.start = start
    this.sizeBytes = sizeBytes
  }

  /** Before format 2 the only offset there is: where several messages are compressed into one, that of the last. */
  get baseOffset(): number {
    return readInt64(this.buffer, this.start)
  }

  /** The epoch of the leader that appended it; only batches of format 2 have one. */
  get leaderEpoch(): number {
    return this.isV2 ? this.buffer.readInt32BE(this.start + AT.leaderEpoch) : -1
  }

  get magic(): number {
    return this.buffer.readInt8(this.start + AT.magic)
  }

  /** Whether it is of format 2, so that there is a header to read. */
  private get isV2(): boolean {
    return this.magic === NEWEST_FORMAT
  }

  /** Whether it is a message of format 0 or 1. */
  get isOld(): boolean {
    return this.hasKnownFormat && !this.isV2
  }

  /** Whether anything but its first 17 bytes can be understood. */
  get hasKnownFormat(): boolean {
    return this.magic >= 0 && this.magic <= NEWEST_FORMAT
  }

  get crc(): number {
    return this.buffer.readUInt32BE(this.start + (this.isV2 ? AT.crc : OLD_AT.crc))
  }

  get attributes(): number {
    return this.isV2
      ? this.buffer.readInt16BE(this.start + AT.attributes)
      : this.buffer.readUInt8(this.start + OLD_AT.attributes)
  }

  /** The codec, or undefined for a number this protocol does not define; zstd came after the old formats. */
  get codec(): Codec | undefined {
    const codec = CODECS[this.attributes & CODEC_MASK]
    return codec === 'ZSTD' && !this.isV2 ? undefined : codec
  }

  get hasLogAppendTime(): boolean {
    return this.magic > 0 && (this.attributes & LOG_APPEND_TIME_BIT) !== 0
  }

  get isTransactional(): boolean {
    return this.isV2 && (this.attributes & TRANSACTIONAL_BIT) !== 0
  }

  get isControl(): boolean {
    return this.isV2 && (this.attributes & CONTROL_BIT) !== 0
  }

  get lastOffsetDelta(): number {
    return this.isV2 ? this.buffer.readInt32BE(this.start + AT.lastOffsetDelta) : 0
  }

  get lastOffset(): number {
    return this.baseOffset + this.lastOffsetDelta
  }

  /** For format 2 only, as `maxTimestamp` and `recordBytes`. */
  get baseTimestamp(): number {
    return readInt64(this.buffer, this.start + AT.baseTimestamp)
  }

  get maxTimestamp(): number {
    return readInt64(this.buffer, this.start + AT.maxTimestamp)
  }

  get producerId(): number {
    return this.isV2 ? readInt64(this.buffer, this.start + AT.producerId) : -1
  }

  get producerEpoch(): number {
    return this.isV2 ? this.buffer.readInt16BE(this.start + AT.producerEpoch) : -1
  }

  get baseSequence(): number {
    return this.isV2 ? this.buffer.readInt32BE(this.start + AT.baseSequence) : -1
  }

  /** -1 before format 2, where only a look inside tells. */
  get recordCount(): number {
    return this.isV2 ? this.buffer.readInt32BE(this.start + AT.recordCount) : -1
  }

  /** The whole batch as a view. */
  get bytes(): Buffer {
    return this.buffer.subarray(this.start, this.start + this.sizeBytes)
  }

  /** Everything behind the header, compressed or not, as a view. */
  get recordBytes(): Buffer {
    return this.buffer.subarray(this.start + BATCH_HEADER_BYTES, this.start + this.sizeBytes)
  }
}

/**
 * The whole batches in the records of a fetch answer. A broker may cut the last batch off anywhere; that rest is left
 * out. Formats 0 and 1 share the first 17 bytes, so their messages come out too.
 */
export function* batchesIn(buffer: Buffer, start: number, end: number): Generator<RecordBatch> {
  let position = start
  while (position + AT.magic + 1 <= end) {
    const sizeBytes = buffer.readInt32BE(position + AT.batchLength) + LOG_OVERHEAD_BYTES
    if (sizeBytes <= AT.magic) throw new RangeError(`a record batch at byte ${position} says it is ${sizeBytes} bytes`)
    if (position + sizeBytes > end) return
    yield new RecordBatch(buffer, position, sizeBytes)
    position += sizeBytes
  }
}

/** Whether the bytes are those that the producer sent. */
export function hasValidCrc(batch: RecordBatch): boolean {
  if (batch.isOld)
    return batch.sizeBytes >= OLD_MESSAGE_MIN_BYTES && crc32(batch.bytes.subarray(AT.magic)) === batch.crc
  return crc32cFast(batch.bytes.subarray(AT.attributes)) === batch.crc
}

/** What a producer stamps on its batches so that a broker appends each exactly once. */
export interface ProducerStamp {
  producerId: number
  producerEpoch: number
  baseSequence: number
}

const PATCHED_FROM = AT.attributes
const PATCHED_TO = AT.recordCount
const difference = new Uint8Array(PATCHED_TO - PATCHED_FROM)

/**
 * Makes a fetched batch ready to be produced under our own session, in place: base offset 0, our stamp, and the
 * attribute bits cleared that a broker refuses or misreads from a client (transactional, LogAppendTime, delete
 * horizon). The records are not touched and the CRC is patched, not recomputed (`crc32c.ts`).
 */
export function stampForProduce(batch: RecordBatch, stamp: ProducerStamp): void {
  const { buffer, start } = batch
  const from = start + PATCHED_FROM
  for (let i = 0; i < difference.length; i++) difference[i] = buffer[from + i]!

  buffer.fill(0, start, start + 8)
  buffer.writeInt16BE(
    batch.attributes & ~(LOG_APPEND_TIME_BIT | TRANSACTIONAL_BIT | DELETE_HORIZON_BIT),
    start + AT.attributes,
  )
  buffer.writeBigInt64BE(BigInt(stamp.producerId), start + AT.producerId)
  buffer.writeInt16BE(stamp.producerEpoch, start + AT.producerEpoch)
  buffer.writeInt32BE(stamp.baseSequence, start + AT.baseSequence)

  for (let i = 0; i < difference.length; i++) difference[i]! ^= buffer[from + i]!
  const bytesBehind = batch.sizeBytes - PATCHED_TO
  buffer.writeUInt32BE(patchCrc32c(batch.crc, difference, bytesBehind), start + AT.crc)
}

/**
 * Stamps a batch that was made anew and computes its CRC whole: it must be the last thing that touches its bytes.
 */
export function sealForProduce(bytes: Buffer, stamp: ProducerStamp): void {
  bytes.writeBigInt64BE(BigInt(stamp.producerId), AT.producerId)
  bytes.writeInt16BE(stamp.producerEpoch, AT.producerEpoch)
  bytes.writeInt32BE(stamp.baseSequence, AT.baseSequence)
  bytes.writeUInt32BE(crc32cFast(bytes.subarray(AT.attributes)), AT.crc)
}

/** Sequence numbers run from 0 to 2^31 - 1 and begin again at 0 (Kafka: `DefaultRecordBatch.incrementSequence`). */
const SEQUENCES = 2 ** 31

/** The sequence number `count` records after `sequence`. */
export function sequenceAfter(sequence: number, count: number): number {
  return (sequence + count) % SEQUENCES
}

/** The sequence number `count` records before `sequence`. */
export function sequenceBefore(sequence: number, count: number): number {
  return (((sequence - count) % SEQUENCES) + SEQUENCES) % SEQUENCES
}

/** Half the circle: beyond it a distance is really one backwards. */
export const LARGEST_SEQUENCE_DISTANCE = 2 ** 30

/** How many records lie from `from` to `to`, going forward round the circle: 0 … 2^31 - 1. */
export function sequenceDistance(from: number, to: number): number {
  return (to - from + SEQUENCES) % SEQUENCES
}
