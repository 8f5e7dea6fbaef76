/** Writes Kafka's primitive types into a growing buffer: the mirror of `byte-reader.ts`. */
export class ByteWriter {
  private buffer: Buffer
  private length = 0

  constructor(initialBytes = 256) {
    this.buffer = Buffer.allocUnsafe(initialBytes)
  }

  get size(): number {
    return this.length
  }

  /** The bytes written so far, as a view. */
  bytes(): Buffer {
    return this.buffer.subarray(0, this.length)
  }

  int8(value: number): this {
    const at = this.reserve(1)
    this.buffer.writeInt8(value, at)
    return this
  }

  int16(value: number): this {
    const at = this.reserve(2)
    this.buffer.writeInt16BE(value, at)
    return this
  }

  int32(value: number): this {
    const at = this.reserve(4)
    this.buffer.writeInt32BE(value, at)
    return this
  }

  int64(value: number): this {
    const start = this.reserve(8)
    this.buffer.writeBigInt64BE(BigInt(value), start)
    return this
  }

  bool(value: boolean): this {
    return this.int8(value ? 1 : 0)
  }

  /** 32 hex digits. */
  uuid(hex: string): this {
    const start = this.reserve(16)
    this.buffer.write(hex, start, 16, 'hex')
    return this
  }

  string(value: string): this {
    const size = Buffer.byteLength(value)
    this.int16(size)
    const at = this.reserve(size)
    this.buffer.write(value, at, size, 'utf8')
    return this
  }

  nullableString(value: string | null): this {
    return value === null ? this.int16(-1) : this.string(value)
  }

  compactString(value: string): this {
    const size = Buffer.byteLength(value)
    this.unsignedVarint(size + 1)
    const at = this.reserve(size)
    this.buffer.write(value, at, size, 'utf8')
    return this
  }

  /** A null string or a null array where a compact one may stand: their length plus 1 is 0. */
  compactNull(): this {
    return this.unsignedVarint(0)
  }

  raw(bytes: Uint8Array): this {
    const at = this.reserve(bytes.length)
    this.buffer.set(bytes, at)
    return this
  }

  array<T>(items: readonly T[], element: (item: T) => void): this {
    this.int32(items.length)
    for (const item of items) element(item)
    return this
  }

  compactArray<T>(items: readonly T[], element: (item: T) => void): this {
    this.unsignedVarint(items.length + 1)
    for (const item of items) element(item)
    return this
  }

  unsignedVarint(value: number): this {
    let rest = value
    while (rest >= 0x80) {
      this.uint8((rest % 0x80) | 0x80)
      rest = Math.floor(rest / 0x80)
    }
    return this.uint8(rest)
  }

  /** Zigzag varint, exact for ±2^52 (so it serves for varlong too: times and sizes stay far below). */
  varint(value: number): this {
    return this.unsignedVarint(value >= 0 ? value * 2 : -value * 2 - 1)
  }

  /** The empty set of tagged fields that ends every flexible structure (KIP-482). */
  noTags(): this {
    return this.uint8(0)
  }

  private uint8(value: number): this {
    const at = this.reserve(1)
    this.buffer.writeUInt8(value, at)
    return this
  }

  /** Makes room and answers where it begins. It may replace the buffer, so call it before touching that. */
  private reserve(bytes: number): number {
    const start = this.length
    this.length += bytes
    if (this.length > this.buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.length, this.buffer.length * 2))
      this.buffer.copy(grown, 0, 0, start)
      this.buffer = grown
    }
    return start
  }
}
