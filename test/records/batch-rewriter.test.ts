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

const PRODUCER = { producerId: 7, producerEpoch: 0 }
const NO_LIMITS = { maxBytes: Number.POSITIVE_INFINITY, maxRecords: Number.POSITIVE_INFINITY }
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
        const batches = rewrite(records, { source: from, target: to })
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
        const batches = rewrite(records)
        const offsets = batches.flatMap(({ runs }) =>
          runs.flatMap(({ sourceOffset, count }) => Array.from({ length: count }, (_, n) => sourceOffset + n)),
        )
        expect(offsets).toEqual(records.map(({ offset }) => offset))
      }),
    )
  })

  test('leaves out what lies before the start, and is none where that is all', () => {
    fc.assert(
      fc.property(anyRecords, fc.integer({ min: 990, max: 1_100 }), (records, fromOffset) => {
        const wanted = records.filter(({ offset }) => offset >= fromOffset)
        const batches = rewrite(records, { fromOffset })
        expect(batches).toHaveLength(wanted.length === 0 ? 0 : 1)
        expect(batches.flatMap(({ bytes }) => decode(bytes, 'NONE').map(({ rest }) => rest))).toEqual(
          wanted.map(({ rest }) => rest),
        )
      }),
    )
  })

  test('is split where it is too large: in order, complete, and never above the limit but for single records', () => {
    fc.assert(
      fc.property(anyRecords, fc.integer({ min: 62, max: 2_000 }), (records, maxBytes) => {
        const batches = rewrite(records, { maxBytes })
        const rests = batches.flatMap(({ bytes }) => decode(bytes, 'NONE').map(({ rest }) => rest))
        expect(rests).toEqual(records.map(({ rest }) => rest))
        for (const { bytes, recordCount } of batches) {
          if (recordCount > 1) expect(bytes.length).toBeLessThanOrEqual(maxBytes)
        }
      }),
    )
  })

  test('is split after so many records as may go together', () => {
    fc.assert(
      fc.property(anyRecords, fc.integer({ min: 1, max: 50 }), (records, maxRecords) => {
        const batches = rewrite(records, { maxRecords })
        const rests = batches.flatMap(({ bytes }) => decode(bytes, 'NONE').map(({ rest }) => rest))
        expect(rests).toEqual(records.map(({ rest }) => rest))
        const full = Array.from({ length: Math.floor(records.length / maxRecords) }, () => maxRecords)
        const last = records.length % maxRecords
        expect(batches.map(({ recordCount }) => recordCount)).toEqual(last === 0 ? full : [...full, last])
      }),
    )
  })

  test('takes the append time of its batch for all its records', () => {
    const records = [5, 3, 9].map((timestamp, n) => ({ offset: n, timestamp, rest: Buffer.from('xyz') }))
    const batches = rewrite(records, { appendTime: 7_000 })
    expect(decode(batches[0]!.bytes, 'NONE').map(({ timestamp }) => timestamp)).toEqual([7_000, 7_000, 7_000])
  })

  test.each(CODECS)('that is no %s inside is an error, not wrong records', name => {
    const bytes = encode([{ offset: 0, timestamp: 0, rest: Buffer.from('xyz') }], 'NONE')
    bytes.fill(0xee, 61)
    const options = { fromOffset: 0, ...NO_LIMITS, source: codec(name), target: codec('NONE') }
    expect(() => rewriteBatch(new RecordBatch(bytes, 0, bytes.length), options)).toThrow()
  })
})

test('merged batches have all records in order, with their times and where they were', () => {
  fc.assert(
    fc.property(fc.array(anyRecords, { minLength: 2, maxLength: 5 }), anyCodec, (lists, name) => {
      const [first, ...others] = lists.map((records, n): TravellingBatch => {
        const [built] = rewrite(records, { target: name })
        const next = { offset: records.at(-1)!.offset + 1, epoch: n }
        return { ...built!, isNew: true, leases: [], producer: PRODUCER, next, baseSequence: -1 }
      })
      const merged = mergeBatches([first!, ...others], codec(name), mergePool)
      expect(decode(merged.bytes, name)).toEqual(dense(lists.flat()))
      expect(merged.recordCount).toBe(lists.flat().length)
      expect(merged.next).toEqual({ offset: lists.at(-1)!.at(-1)!.offset + 1, epoch: lists.length - 1 })
      expect(merged.producer).toBe(PRODUCER)
      expect(merged.runs.reduce((sum, { count }) => sum + count, 0)).toBe(merged.recordCount)
    }),
    { numRuns: 40 },
  )
})

interface Wish {
  fromOffset?: number
  maxBytes?: number
  maxRecords?: number
  source?: Codec
  target?: Codec
  appendTime?: number
}

function rewrite(records: LoggedRecord[], wish: Wish = {}) {
  const { fromOffset = 0, source = 'NONE', target = 'NONE', appendTime, ...limits } = wish
  const bytes = encode(records, source, appendTime)
  return rewriteBatch(new RecordBatch(bytes, 0, bytes.length), {
    ...{ fromOffset, ...NO_LIMITS, ...limits },
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
