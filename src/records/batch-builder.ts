import { BATCH_HEADER_BYTES, CODECS, type Codec } from '../wire/record-batch.js'
import { varintSize, writeVarint } from '../wire/record-walk.js'

/** Source offsets that became neighbours on the target: `count` of them from `sourceOffset` on. */
export interface SourceRun {
  sourceOffset: number
  count: number
}

/** A batch made anew, ready for a stamp; its CRC is still to be computed. */
export interface BuiltBatch {
  bytes: Buffer
  recordCount: number
  runs: SourceRun[]
}

/** A record's length, attributes and both deltas at their longest: 5 + 1 + 10 + 5 bytes. */
const LONGEST_PREFIX_BYTES = 21

/**
 * Collects records into one new batch with dense offsets. The uncompressed records are laid behind room for the
 * header, so that an uncompressed batch is finished in place.
 */
export class BatchBuilder {
  private buffer: Buffer
  private position = BATCH_HEADER_BYTES
  private count = 0
  private baseTimestamp = 0
  private maxTimestamp = Number.NEGATIVE_INFINITY
  private readonly runs: SourceRun[] = []

  /** Begins in `buffer`, and in a larger one of its own when that is full. */
  constructor(buffer: Buffer) {
    this.buffer = buffer.length < BATCH_HEADER_BYTES ? Buffer.allocUnsafe(BATCH_HEADER_BYTES) : buffer
  }

  get recordCount(): number {
    return this.count
  }

  get isEmpty(): boolean {
    return this.count === 0
  }

  /** Bytes so far, uncompressed, header included. */
  get sizeBytes(): number {
    return this.position
  }

  /** Whether a record with so many bytes behind its deltas still fits, uncompressed. */
  fits(restBytes: number, maxBytes: number): boolean {
    return this.position + LONGEST_PREFIX_BYTES + restBytes <= maxBytes
  }

  /** Adds one record: `source` from `restStart` to `end` is what stands behind its deltas. */
  add(record: {
    source: Buffer
    restStart: number
    end: number
    attributes: number
    timestamp: number
    sourceOffset: number
  }): void {
    const { source, restStart, end, timestamp } = record
    const restBytes = end - restStart
    this.reserve(LONGEST_PREFIX_BYTES + restBytes)
    if (this.count === 0) this.baseTimestamp = timestamp
    const timestampDelta = timestamp - this.baseTimestamp
    const length = 1 + varintSize(timestampDelta) + varintSize(this.count) + restBytes
    let position = writeVarint(this.buffer, this.position, length)
    this.buffer[position++] = record.attributes
    position = writeVarint(this.buffer, position, timestampDelta)
    position = writeVarint(this.buffer, position, this.count)
    source.copy(this.buffer, position, restStart, end)
    this.position = position + restBytes
    if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp
    this.count++
    this.extendRuns(record.sourceOffset)
  }

  /** The finished batch in `codec`, without producer id; its CRC field is not valid yet. */
  build(codec: Codec, compress: (bytes: Buffer) => Buffer): BuiltBatch {
    const records = this.buffer.subarray(BATCH_HEADER_BYTES, this.position)
    let bytes = this.buffer.subarray(0, this.position)
    if (codec !== 'NONE') {
      const compressed = compress(records)
      bytes = Buffer.allocUnsafe(BATCH_HEADER_BYTES + compressed.length)
      compressed.copy(bytes, BATCH_HEADER_BYTES)
    }
    this.writeHeader(bytes, codec)
    return { bytes, recordCount: this.count, runs: this.runs }
  }

  /** Fields in the order of `wire/record-batch.ts`. */
  private writeHeader(bytes: Buffer, codec: Codec): void {
    bytes.writeBigInt64BE(0n, 0)
    bytes.writeInt32BE(bytes.length - 12, 8)
    bytes.writeInt32BE(-1, 12)
    bytes.writeInt8(2, 16)
    bytes.writeUInt32BE(0, 17)
    bytes.writeInt16BE(CODECS.indexOf(codec), 21)
    bytes.writeInt32BE(this.count - 1, 23)
    bytes.writeBigInt64BE(BigInt(this.baseTimestamp), 27)
    bytes.writeBigInt64BE(BigInt(this.maxTimestamp), 35)
    bytes.writeBigInt64BE(-1n, 43)
    bytes.writeInt16BE(-1, 51)
    bytes.writeInt32BE(-1, 53)
    bytes.writeInt32BE(this.count, 57)
  }

  private extendRuns(sourceOffset: number): void {
    const last = this.runs.at(-1)
    if (last && last.sourceOffset + last.count === sourceOffset) last.count++
    else this.runs.push({ sourceOffset, count: 1 })
  }

  private reserve(bytes: number): void {
    if (this.position + bytes <= this.buffer.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.position + bytes, this.buffer.length * 2))
    this.buffer.copy(grown, 0, 0, this.position)
    this.buffer = grown
  }
}
