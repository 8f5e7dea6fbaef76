import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { MERGE_BUFFER_BYTES, mergeBatches, rewriteBatch } from '../../src/records/batch-rewriter.js'
import { BufferPool } from '../../src/records/buffer-pool.js'
import { CodecShelf, type LoadedCodec } from '../../src/records/codec-shelf.js'
import type { TravellingBatch } from '../../src/records/travelling-batch.js'
import { ByteReader } from '../../src/wire/byte-reader.js'
import { ByteWriter } from '../../src/wire/byte-writer.js'
import { CODECS, type Codec, RecordBatch } from '../../src/wire/record-batch.js'

/** A record as it lies in a log: where, when, and the bytes of key, value and headers. */
interface LoggedRecord {
  offset: number
  timestamp: number
  rest: Buffer
}

const UNLIMITED = Number.POSITIVE_INFINITY
/** Of one buffer, which the first run keeps: the others do without. */
const mergePool = new BufferPool(MERGE_BUFFER_BYTES, 1)
const shelf = new CodecShelf()
const codec = (name: Codec): LoadedCodec => shelf.get(name)!

beforeAll(() => shelf.load(CODECS))

/** Records with gaps between their offsets and times in any order, as compaction and clocks leave them. */
const anyRecords = fc
  .array(
    fc.record({
      gap: fc.nat(3),
      timestamp: fc.integer({ min: 0, max: 2 ** 42 }),
      rest: fc.uint8Array({ minLength: 3, maxLength: 300 }).map(bytes => Buffer.from(bytes)),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map(list => {
    let offset = 1_000
    return list.map(({ gap, timestamp, rest }) => {
      const record = { offset: offset + gap, timestamp, rest }
      offset = record.offset + 1
      return record
    })
  })

const anyCodec = fc.constantFrom(...CODECS)

describe('a rewritten batch', () => {
  test('has the same records at dense offsets, whatever codec comes in and goes out', () => {
    fc.assert(
      fc.property(anyRecords, anyCodec, anyCodec, (records, from, to) => {
        const { batches } = rewrite(records, { source: from, target: to })
        expect(batches).toHaveLength(1)
        expect(decode(batches[0]!.bytes, to)).toEqual(dense(records))
        expect(new RecordBatch(batches[0]!.bytes, 0, batches[0]!.bytes.length)).toMatchObject({
          ...{ codec: to, recordCount: records.length, lastOffsetDelta: records.length - 1, baseOffset: 0 },
          maxTimestamp: Math.max(...records.map(({ timestamp }) => timestamp)),
        })
      }),
      { numRuns: 60 },
    )
  })

  test('knows where each of its records was', () => {
    fc.assert(
      fc.property(anyRecords, records => {
        const { batches } = rewrite(records)
        const offsets = batches.flatMap(({ runs }) =>
          runs.flatMap(({ sourceOffset, count }) => Array.from({ length: count }, (_, n) => sourceOffset + n)),
        )
        expect(offsets).toEqual(records.map(({ offset }) => offset))
      }),
    )
  })

  test('leaves out what lies before the start and what has crossed, and says how many of the latter', () => {
    fc.assert(
      fc.property(anyRecords, fc.integer({ min: 990, max: 1_100 }), fc.nat(50), (records, fromOffset, dropRecords) => {
        const wanted = records.filter(({ offset }) => offset >= fromOffset)
        const { batches, dropped } = rewrite(records, { fromOffset, dropRecords })
        expect(dropped).toBe(Math.min(dropRecords, wanted.length))
        expect(batches.flatMap(({ bytes }) => decode(bytes, 'NONE').map(({ rest }) => rest))).toEqual(
          wanted.slice(dropRecords).map(({ rest }) => rest),
        )
      }),
    )
  })

  test('is split where it is too large: in order, complete, and never above the limit but for single records', () => {
    fc.assert(
      fc.property(anyRecords, fc.integer({ min: 62, max: 2_000 }), (records, maxBytes) => {
        const { batches } = rewrite(records, { maxBytes })
        const rests = batches.flatMap(({ bytes }) => decode(bytes, 'NONE').map(({ rest }) => rest))
        expect(rests).toEqual(records.map(({ rest }) => rest))
        for (const { bytes, recordCount } of batches) {
          if (recordCount > 1) expect(bytes.length).toBeLessThanOrEqual(maxBytes)
        }
      }),
    )
  })

  test('takes the append time of its batch for all its records', () => {
    const records = [5, 3, 9].map((timestamp, n) => ({ offset: n, timestamp, rest: Buffer.from('xyz') }))
    const { batches } = rewrite(records, { appendTime: 7_000 })
    expect(decode(batches[0]!.bytes, 'NONE').map(({ timestamp }) => timestamp)).toEqual([7_000, 7_000, 7_000])
  })

  test.each(CODECS)('that is no %s inside is an error, not wrong records', name => {
    const bytes = encode([{ offset: 0, timestamp: 0, rest: Buffer.from('xyz') }], 'NONE')
    bytes.fill(0xee, 61)
    const options = { fromOffset: 0, dropRecords: 0, maxBytes: UNLIMITED, source: codec(name), target: codec('NONE') }
    expect(() => rewriteBatch(new RecordBatch(bytes, 0, bytes.length), options)).toThrow()
  })
})

test('merged batches have all records in order, with their times and where they were', () => {
  fc.assert(
    fc.property(fc.array(anyRecords, { minLength: 2, maxLength: 5 }), anyCodec, (lists, name) => {
      const waiting = lists.map((records): TravellingBatch => {
        const [built] = rewrite(records, { target: name }).batches
        return { ...built!, isNew: true, leases: [], nextOffset: records.at(-1)!.offset + 1, baseSequence: -1 }
      })
      const merged = mergeBatches(waiting, codec(name), mergePool)
      expect(decode(merged.bytes, name)).toEqual(dense(lists.flat()))
      expect(merged.recordCount).toBe(lists.flat().length)
      expect(merged.nextOffset).toBe(lists.at(-1)!.at(-1)!.offset + 1)
      expect(merged.runs.reduce((sum, { count }) => sum + count, 0)).toBe(merged.recordCount)
    }),
    { numRuns: 40 },
  )
})

interface Wish {
  fromOffset?: number
  dropRecords?: number
  maxBytes?: number
  source?: Codec
  target?: Codec
  appendTime?: number
}

function rewrite(records: LoggedRecord[], wish: Wish = {}) {
  const { fromOffset = 0, dropRecords = 0, maxBytes = UNLIMITED, source = 'NONE', target = 'NONE' } = wish
  const bytes = encode(records, source, wish.appendTime)
  return rewriteBatch(new RecordBatch(bytes, 0, bytes.length), {
    ...{ fromOffset, dropRecords, maxBytes },
    ...{ source: codec(source), target: codec(target) },
  })
}

/** A batch as a broker holds it, with gaps where the offsets have some. */
function encode(records: LoggedRecord[], name: Codec, appendTime?: number): Buffer {
  const [first, last] = [records[0]!, records.at(-1)!]
  const body = new ByteWriter()
  for (const { offset, timestamp, rest } of records) {
    const deltas = new ByteWriter()
      .int8(0)
      .varint(timestamp - first.timestamp)
      .varint(offset - first.offset)
    body
      .varint(deltas.size + rest.length)
      .raw(deltas.bytes())
      .raw(rest)
  }
  const content = codec(name).compress(body.bytes())
  const attributes = CODECS.indexOf(name) | (appendTime === undefined ? 0 : 8)
  const times = records.map(({ timestamp }) => timestamp)
  return new ByteWriter()
    .int64(first.offset)
    .int32(49 + content.length)
    .int32(0)
    .int8(2)
    .int32(0)
    .int16(attributes)
    .int32(last.offset - first.offset)
    .int64(first.timestamp)
    .int64(appendTime ?? Math.max(...times))
    .int64(-1)
    .int16(-1)
    .int32(-1)
    .int32(records.length)
    .raw(content)
    .bytes()
}

function decode(bytes: Buffer, name: Codec): LoggedRecord[] {
  const batch = new RecordBatch(bytes, 0, bytes.length)
  const reader = new ByteReader(codec(name).decompress(batch.recordBytes))
  return Array.from({ length: batch.recordCount }, () => {
    const size = reader.varint()
    const end = reader.position + size
    reader.int8()
    const timestamp = batch.baseTimestamp + reader.varlong()
    const offset = batch.baseOffset + reader.varint()
    const rest = Buffer.from(reader.buffer.subarray(reader.position, end))
    reader.position = end
    return { offset, timestamp, rest }
  })
}

function dense(records: LoggedRecord[]): LoggedRecord[] {
  return records.map((record, offset) => ({ ...record, offset }))
}
