import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteReader, readInt64 } from '../../src/wire/byte-reader.js'
import { ByteWriter } from '../../src/wire/byte-writer.js'

const int = (bits: number) => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 })
const text = fc.string({ unit: 'binary', maxLength: 300 }).map(value => Buffer.from(value).toString())

/** Each of Kafka's types: values, how they are written and how they are read. */
const TYPES = {
  int8: field(
    int(8),
    w => w.int8,
    r => r.int8,
  ),
  int16: field(
    int(16),
    w => w.int16,
    r => r.int16,
  ),
  int32: field(
    int(32),
    w => w.int32,
    r => r.int32,
  ),
  int64: field(
    fc.maxSafeInteger(),
    w => w.int64,
    r => r.int64,
  ),
  bool: field(
    fc.boolean(),
    w => w.bool,
    r => r.bool,
  ),
  uuid: field(
    fc.uuid().map(id => id.replaceAll('-', '')),
    w => w.uuid,
    r => r.uuid,
  ),
  string: field(
    text,
    w => w.string,
    r => r.string,
  ),
  nullableString: field(
    fc.option(text),
    w => w.nullableString,
    r => r.nullableString,
  ),
  compactString: field(
    text,
    w => w.compactString,
    r => r.compactString,
  ),
  unsignedVarint: field(
    fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    w => w.unsignedVarint,
    r => r.unsignedVarint,
  ),
  varint: field(
    int(32),
    w => w.varint,
    r => r.varint,
  ),
  varlong: field(
    fc.integer({ min: -(2 ** 52), max: 2 ** 52 }),
    w => w.varint,
    r => r.varlong,
  ),
}

describe.each(Object.entries(TYPES))('%s', (_name, { values, write, read }) => {
  test('what was written is read, and exactly its bytes', () => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 20 }), list => {
        const writer = new ByteWriter(1)
        for (const value of list) write(writer, value)
        const reader = new ByteReader(writer.bytes())
        expect(list.map(() => read(reader))).toEqual(list)
        expect(reader.position).toBe(writer.size)
      }),
    )
  })

  test('a value cut short anywhere is a RangeError, never a wrong value', () => {
    fc.assert(
      fc.property(values, value => {
        const writer = new ByteWriter()
        write(writer, value)
        for (let length = 0; length < writer.size; length++) {
          expect(() => read(new ByteReader(writer.bytes().subarray(0, length)))).toThrow(RangeError)
        }
      }),
      { numRuns: 20 },
    )
  })
})

test('arrays of both kinds come back; null arrays read as empty', () => {
  const writer = new ByteWriter()
  writer.array([1, 2, 3], n => writer.int32(n)).compactArray([4, 5], n => writer.int16(n))
  writer.int32(-1).unsignedVarint(0)
  const reader = new ByteReader(writer.bytes())
  expect(reader.array(() => reader.int32())).toEqual([1, 2, 3])
  expect(reader.compactArray(() => reader.int16())).toEqual([4, 5])
  expect([reader.array(() => 0), reader.compactArray(() => 0)]).toEqual([[], []])
})

test('an array that claims more elements than bytes are left is refused before any memory is taken', () => {
  const reader = new ByteReader(new ByteWriter().int32(0x7fffffff).bytes())
  expect(() => reader.array(() => reader.int8())).toThrow(/2147483647 elements/)
})

test('tagged fields are stepped over', () => {
  const writer = new ByteWriter().unsignedVarint(2)
  for (const size of [0, 3]) writer.unsignedVarint(7).unsignedVarint(size).raw(Buffer.alloc(size, 0xff))
  const reader = new ByteReader(writer.int8(42).bytes())
  reader.skipTags()
  expect(reader.int8()).toBe(42)
})

test('nullable bytes are a view of the buffer, and null is not empty', () => {
  const bytes = new ByteWriter().int32(-1).int32(0).int32(2).raw(Buffer.from('ab')).bytes()
  const reader = new ByteReader(bytes)
  expect([reader.nullableBytes(), reader.nullableBytes()]).toEqual([null, Buffer.alloc(0)])
  const view = reader.nullableBytes()!
  bytes[bytes.length - 1] = 'c'.charCodeAt(0)
  expect(view.toString()).toBe('ac')
})

test('an int64 beyond 2^53 is refused, since a number could not hold it', () => {
  const buffer = Buffer.alloc(8)
  buffer.writeBigInt64BE(2n ** 53n)
  expect(() => readInt64(buffer, 0)).toThrow(/beyond 2\^53/)
})

test('a varint that does not end is refused', () => {
  expect(() => new ByteReader(Buffer.alloc(11, 0xff)).varint()).toThrow(/longer than 5 bytes/)
  expect(() => new ByteReader(Buffer.alloc(11, 0xff)).varlong()).toThrow(/longer than 10 bytes/)
})

function field<T>(
  values: fc.Arbitrary<T>,
  writeOf: (writer: ByteWriter) => (value: T) => unknown,
  readOf: (reader: ByteReader) => () => T,
) {
  return {
    values: values as fc.Arbitrary<unknown>,
    write: (writer: ByteWriter, value: unknown) => writeOf(writer).call(writer, value as T),
    read: (reader: ByteReader): unknown => readOf(reader).call(reader),
  }
}
