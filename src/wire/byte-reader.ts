/**
 * Reads Kafka's primitive types from a buffer, in order. Offsets and ids are int64 on the wire and plain numbers here:
 * exact up to 2^53, which a log of a million records a second reaches after 285 years; beyond, it throws.
 *
 * Grammar: https://kafka.apache.org/protocol#protocol_types
 */
export class ByteReader {
  readonly buffer: Buffer
  position: number

  constructor(buffer: Buffer, position = 0) {
    this.buffer = buffer
    this.position = position
  }

  int8(): number {
    return this.buffer.readInt8(this.advance(1))
  }

  int16(): number {
    return this.buffer.readInt16BE(this.advance(2))
  }

  int32(): number {
    return this.buffer.readInt32BE(this.advance(4))
  }

  int64(): number {
    return readInt64(this.buffer, this.advance(8))
  }

  bool(): boolean {
    return this.int8() !== 0
  }

  /** 16 bytes as lower-case hex; all zeros means "none". */
  uuid(): string {
    const start = this.advance(16)
    return this.buffer.toString('hex', start, start + 16)
  }

  string(): string {
    return this.nullableString() ?? ''
  }

  nullableString(): string | null {
    const length = this.int16()
    return length < 0 ? null : this.utf8(length)
  }

  compactString(): string {
    return this.compactNullableString() ?? ''
  }

  compactNullableString(): string | null {
    const length = this.unsignedVarint() - 1
    return length < 0 ? null : this.utf8(length)
  }

  /** An int32 length and that many bytes as a view, not a copy; null for a negative length. */
  nullableBytes(): Buffer | null {
    const length = this.int32()
    if (length < 0) return null
    const start = this.advance(length)
    return this.buffer.subarray(start, start + length)
  }

  /** Steps over bytes and answers where they begin. */
  skip(bytes: number): number {
    return this.advance(bytes)
  }

  /** An int32 count and that many elements; a null array reads as empty. */
  array<T>(element: () => T): T[] {
    return this.elements(this.int32(), element)
  }

  compactArray<T>(element: () => T): T[] {
    return this.elements(this.unsignedVarint() - 1, element)
  }

  unsignedVarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.buffer[this.advance(1)] as number
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new RangeError(`a varint at byte ${this.position} is longer than 5 bytes: is this a Kafka response?`)
  }

  /** Zigzag varint of up to 32 bits. */
  varint(): number {
    const raw = this.unsignedVarint()
    return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2
  }

  /** Zigzag varint of up to 64 bits; exact up to 2^53. */
  varlong(): number {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.buffer[this.advance(1)] as number
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return Number((value >> 1n) ^ -(value & 1n))
    }
    throw new RangeError(`a varlong at byte ${this.position} is longer than 10 bytes`)
  }

  /** Skips the tagged fields at the end of a flexible structure (KIP-482); we use none. */
  skipTags(): void {
    const count = this.unsignedVarint()
    for (let i = 0; i < count; i++) {
      this.unsignedVarint()
      const size = this.unsignedVarint()
      this.advance(size)
    }
  }

  private elements<T>(count: number, element: () => T): T[] {
    if (count > this.buffer.length - this.position) {
      throw new RangeError(`an array of ${count} elements does not fit into the rest of the response`)
    }
    const result: T[] = []
    for (let i = 0; i < count; i++) result.push(element())
    return result
  }

  private utf8(length: number): string {
    const start = this.advance(length)
    return this.buffer.toString('utf8', start, start + length)
  }

  private advance(bytes: number): number {
    const start = this.position
    if (start + bytes > this.buffer.length) {
      throw new RangeError(`a response ends at byte ${this.buffer.length}, but ${start + bytes} are needed`)
    }
    this.position = start + bytes
    return start
  }
}

const TWO_POW_32 = 4294967296

/** Reads a big-endian int64 as a number; throws beyond ±2^53. */
export function readInt64(buffer: Buffer, position: number): number {
  const value = buffer.readInt32BE(position) * TWO_POW_32 + buffer.readUInt32BE(position + 4)
  if (!Number.isSafeInteger(value)) throw new RangeError(`an int64 at byte ${position} is beyond 2^53`)
  return value
}
