/**
 * Kafka's primitive types, read and written here once more: a simulation that borrowed the engine's own coding could
 * not see its mistakes.
 */
export class Input {
  position = 0
  readonly bytes: Buffer

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.position === this.bytes.length
  }

  int8 = (): number => this.bytes.readInt8(this.step(1))
  int16 = (): number => this.bytes.readInt16BE(this.step(2))
  int32 = (): number => this.bytes.readInt32BE(this.step(4))
  int64 = (): number => Number(this.bytes.readBigInt64BE(this.step(8)))

  string(): string | null {
    const length = this.int16()
    return length < 0 ? null : this.raw(length).toString()
  }

  name(): string {
    const text = this.string()
    if (text === null) throw new Error('a name is null')
    return text
  }

  raw(length: number): Buffer {
    const from = this.step(length)
    return this.bytes.subarray(from, from + length)
  }

  list<T>(one: () => T): T[] {
    return Array.from({ length: this.int32() }, one)
  }

  /** Zigzag. */
  varint(): number {
    const raw = this.unsignedVarint()
    return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2
  }

  unsignedVarint(): number {
    let raw = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = this.bytes[this.step(1)]!
      raw += (byte & 127) * factor
      if (byte < 128) return raw
    }
  }

  /** Of flexible versions (KIP-482): one more than its length comes first. */
  compactList<T>(one: () => T): T[] {
    return Array.from({ length: this.unsignedVarint() - 1 }, one)
  }

  /** Null where its length is 0: lengths are one more than what they count. */
  compactString(): string | null {
    const length = this.unsignedVarint() - 1
    return length < 0 ? null : this.raw(length).toString()
  }

  uuid(): string {
    return this.raw(16).toString('hex')
  }

  noTags(): void {
    if (this.unsignedVarint() !== 0) throw new Error('a message has tagged fields that it should not have')
  }

  private step(length: number): number {
    const from = this.position
    if (length < 0 || from + length > this.bytes.length) throw new Error('a message ends too early')
    this.position += length
    return from
  }
}

export class Output {
  private bytes = Buffer.alloc(512)
  private length = 0

  int8 = (value: number): this => this.put(1, at => this.bytes.writeInt8(value, at))
  int16 = (value: number): this => this.put(2, at => this.bytes.writeInt16BE(value, at))
  int32 = (value: number): this => this.put(4, at => this.bytes.writeInt32BE(value, at))
  int64 = (value: number): this => this.put(8, at => this.bytes.writeBigInt64BE(BigInt(value), at))

  string(text: string | null): this {
    if (text === null) return this.int16(-1)
    const bytes = Buffer.from(text)
    return this.int16(bytes.length).raw(bytes)
  }

  raw(bytes: Uint8Array): this {
    return this.put(bytes.length, at => this.bytes.set(bytes, at))
  }

  list<T>(items: readonly T[], one: (item: T) => void): this {
    this.int32(items.length)
    for (const item of items) one(item)
    return this
  }

  /** Zigzag. */
  varint(value: number): this {
    return this.unsignedVarint(value < 0 ? -2 * value - 1 : 2 * value)
  }

  compactList<T>(items: readonly T[], one: (item: T) => void): this {
    this.unsignedVarint(items.length + 1)
    for (const item of items) one(item)
    return this
  }

  compactString(text: string | null): this {
    if (text === null) return this.unsignedVarint(0)
    const bytes = Buffer.from(text)
    return this.unsignedVarint(bytes.length + 1).raw(bytes)
  }

  noTags(): this {
    return this.unsignedVarint(0)
  }

  unsignedVarint(value: number): this {
    let rest = value
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.byte((rest % 128) + 128)
    return this.byte(rest)
  }

  done(): Buffer {
    return this.bytes.subarray(0, this.length)
  }

  private byte(value: number): this {
    return this.put(1, at => this.bytes.writeUInt8(value, at))
  }

  private put(length: number, write: (at: number) => void): this {
    const at = this.length
    this.length += length
    if (this.length > this.bytes.length) this.bytes = Buffer.concat([this.bytes, Buffer.alloc(this.length)])
    write(at)
    return this
  }
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc
})

export function crc32c(bytes: Uint8Array, from: number): number {
  let crc = 0xffffffff
  for (let i = from; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}
