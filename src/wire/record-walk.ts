/**
 * Walks over the records of an uncompressed batch at the level of varints: where each begins, what changes when it
 * moves to another batch (its two deltas), and the rest that never does. Keys, values and headers are not looked at.
 *
 *   record: length varint, attributes int8, timestampDelta varlong, offsetDelta varint, | key, value, headers …
 *                                                                                       ^ restStart
 * `restStart` … `end` are the bytes behind the offset delta.
 */
export type RecordVisitor = (
  attributes: number,
  timestampDelta: number,
  offsetDelta: number,
  restStart: number,
  end: number,
) => void

/** Visits `count` records from `start` on. Throws RangeError where the bytes are not that many records. */
export function walkRecords(bytes: Buffer, start: number, count: number, visit: RecordVisitor): void {
  const cursor = new Cursor(bytes, start)
  for (let i = 0; i < count; i++) {
    const length = cursor.varint()
    const end = cursor.position + length
    if (length < 0 || end > bytes.length) throw new RangeError(`record ${i} of a batch does not fit into it`)
    const attributes = bytes[cursor.position++]!
    const timestampDelta = cursor.varint()
    const offsetDelta = cursor.varint()
    visit(attributes, timestampDelta, offsetDelta, cursor.position, end)
    cursor.position = end
  }
}

/** The bytes a zigzag varint takes. */
export function varintSize(value: number): number {
  let rest = zigzag(value)
  let size = 1
  while (rest >= 0x80) {
    rest = Math.floor(rest / 0x80)
    size++
  }
  return size
}

/** Writes a zigzag varint and answers the position behind it. Exact for safe integers. */
export function writeVarint(bytes: Buffer, position: number, value: number): number {
  let rest = zigzag(value)
  while (rest >= 0x80) {
    bytes[position++] = (rest % 0x80) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  bytes[position++] = rest
  return position
}

function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1
}

class Cursor {
  position: number
  private readonly bytes: Buffer

  constructor(bytes: Buffer, position: number) {
    this.bytes = bytes
    this.position = position
  }

  /** One zigzag varint or varlong; most are one or two bytes long. */
  varint(): number {
    const first = this.next()
    if (first < 0x80) return first & 1 ? -(first + 1) / 2 : first / 2
    let raw = first & 0x7f
    let factor = 0x80
    for (;;) {
      const byte = this.next()
      raw += (byte & 0x7f) * factor
      if (byte < 0x80) break
      factor *= 0x80
    }
    if (raw > Number.MAX_SAFE_INTEGER) throw new RangeError('a delta in a record is beyond 2^53')
    return raw % 2 === 1 ? -(raw + 1) / 2 : raw / 2
  }

  private next(): number {
    const byte = this.bytes[this.position]
    if (byte === undefined) throw new RangeError('a batch ends in the middle of a record')
    this.position++
    return byte
  }
}
