import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { BuiltBatch } from '../../src/records/batch-builder.js'
import { CodecShelf, type LoadedCodec } from '../../src/records/codec-shelf.js'
import { rewriteOldBatch } from '../../src/records/old-batch-rewriter.js'
import { ByteReader } from '../../src/wire/byte-reader.js'
import { batchesIn, CODECS, type Codec, RecordBatch } from '../../src/wire/record-batch.js'
import {
  BROKER_LOGS,
  messageBytes,
  OLD_CODECS,
  type OldRecord,
  oldBatch,
  oldLog,
  type SetShape,
  sentRecords,
  withRightCrc,
  wrapperBytes,
} from '../support/old-messages.js'

const shelf = new CodecShelf()
const codec = (name: Codec): LoadedCodec => shelf.get(name)!

beforeAll(() => shelf.load(CODECS))

const anyField = fc.option(fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes)))
/** With gaps between the offsets, as compaction leaves them. */
const anyRecords = fc
  .array(
    fc.record({ gap: fc.nat(3), timestamp: fc.integer({ min: -1, max: 2 ** 42 }), key: anyField, value: anyField }),
    { minLength: 1, maxLength: 40 },
  )
  .map(list => {
    let offset = 1_000
    return list.map(({ gap, ...rest }): OldRecord => {
      offset += gap + 1
      return { offset, ...rest }
    })
  })
const anyMagic = fc.constantFrom(0 as const, 1 as const)
const anyOldCodec = fc.constantFrom(...OLD_CODECS)
const anyPacked = fc.constantFrom(...OLD_CODECS.filter(name => name !== 'NONE'))

test.each(BROKER_LOGS)('what a broker wrote is what was sent: $name', ({ log, magic, codec: name }) => {
  const { runs, records } = rewrite(log, { magic, codec: name }, { target: 'GZIP' })
  expect(records.map(one => ({ ...one, key: textOf(one.key), value: textOf(one.value) }))).toEqual(
    sentRecords(magic).map(({ offset: _, ...rest }) => ({ ...rest, headers: 0 })),
  )
  expect(runs).toEqual([0, 1, 2, 3])
})

describe('an old message set', () => {
  test('has the same records in every codec, and knows where each was', () => {
    fc.assert(
      fc.property(anyRecords, anyMagic, anyOldCodec, fc.constantFrom(...CODECS), (records, magic, from, target) => {
        const { runs, records: written } = rewrite(
          oldLog({ magic, codec: from }, records),
          { magic, codec: from },
          { target },
        )
        expect(written).toEqual(expected(records, magic))
        expect(runs).toEqual(records.map(({ offset }) => offset))
      }),
    )
  })

  test('has the time of its wrapper where the broker has set that', () => {
    fc.assert(
      fc.property(anyRecords, anyOldCodec, (records, from) => {
        const shape: SetShape = { magic: 1, codec: from, appendTime: 77_000 }
        const times = rewrite(oldLog(shape, records), shape).records.map(({ timestamp }) => timestamp)
        expect(times).toEqual(records.map(() => 77_000))
      }),
      { numRuns: 20 },
    )
  })

  test('leaves out what lies before the start, and puts no more records together than wanted', () => {
    const anyStart = fc.integer({ min: 990, max: 1_100 })
    fc.assert(
      fc.property(
        anyRecords,
        anyMagic,
        anyPacked,
        anyStart,
        fc.integer({ min: 1, max: 50 }),
        (all, magic, from, fromOffset, maxRecords) => {
          const shape = { magic, codec: from }
          const wanted = all.filter(({ offset }) => offset >= fromOffset)
          const { batches, records, runs } = rewrite(oldLog(shape, all), shape, { fromOffset, maxRecords })
          expect(records).toEqual(expected(wanted, magic))
          expect(runs).toEqual(wanted.map(({ offset }) => offset))
          expect(Math.max(0, ...batches.map(({ recordCount }) => recordCount))).toBeLessThanOrEqual(maxRecords)
        },
      ),
    )
  })

  test('is split where it is too large: in order, complete, and never above the limit but for single records', () => {
    fc.assert(
      fc.property(
        anyRecords,
        anyMagic,
        anyPacked,
        fc.integer({ min: 62, max: 2_000 }),
        (all, magic, from, maxBytes) => {
          const shape = { magic, codec: from }
          const { records, batches } = rewrite(oldLog(shape, all), shape, { maxBytes })
          expect(records).toEqual(expected(all, magic))
          for (const { bytes, recordCount } of batches) {
            if (recordCount > 1) expect(bytes.length).toBeLessThanOrEqual(maxBytes)
          }
        },
      ),
    )
  })
})

describe('is an error, never wrong records:', () => {
  const record: OldRecord = { offset: 9, timestamp: 5, key: null, value: Buffer.from('value') }
  const inner = messageBytes({ magic: 1 }, { ...record, offset: 0 })
  const damagedInside = Buffer.from(inner)
  damagedInside[inner.length - 1]! ^= 1
  const shape: SetShape = { magic: 1, codec: 'GZIP' }
  const wrapperAround = (inside: Buffer, offset = 9) => wrapperBytes(shape, offset, inside)

  test.each<[string, Buffer, RegExp]>([
    ['a wrapper without a value', messageBytes(shape, { ...record, value: null }, 1), /no value/],
    ['a wrapper around nothing', wrapperAround(Buffer.alloc(0)), /holds no messages/],
    ['a wrapper around half a message', wrapperAround(inner.subarray(0, -1)), /cut off/],
    ['a wrapper around another', wrapperAround(wrapperBytes(shape, 0, inner)), /compressed again/],
    ['a damaged message inside', wrapperAround(damagedInside), /wrong checksum/],
    ['offsets that go back', wrapperAround(Buffer.concat([inner, inner])), /not in order/],
    ['no gzip at all', withRightCrc(messageBytes(shape, record, 1)), /GZIP data/],
  ])('%s', (_what, message, reason) => {
    const batch = oldBatch(message)
    const options = {
      fromOffset: 0,
      maxBytes: 1_000,
      maxRecords: 1_000,
      source: codec(batch.codec!),
      target: codec('NONE'),
    }
    expect(() => rewriteOldBatch(batch, options)).toThrow(reason)
  })

  test('absolute offsets behind that of their wrapper', () => {
    const batch = oldBatch(wrapperBytes({ magic: 0, codec: 'GZIP' }, 8, messageBytes({ magic: 0 }, record)))
    const options = { fromOffset: 0, maxBytes: 1_000, maxRecords: 1_000, source: codec('GZIP'), target: codec('NONE') }
    expect(() => rewriteOldBatch(batch, options)).toThrow(/not in order/)
  })
})

interface Wish {
  fromOffset?: number
  maxRecords?: number
  maxBytes?: number
  target?: Codec
}

/** Rewrites each message of a log. */
function rewrite(log: Buffer, { codec: source = 'NONE' }: SetShape, wish: Wish = {}) {
  const unlimited = Number.POSITIVE_INFINITY
  const { fromOffset = 0, maxBytes = unlimited, maxRecords = unlimited, target = 'NONE' } = wish
  const batches = [...batchesIn(log, 0, log.length)].flatMap(batch =>
    rewriteOldBatch(batch, {
      ...{ fromOffset, maxBytes, maxRecords, target: codec(target) },
      source: codec(batch.codec === 'NONE' ? 'NONE' : source),
    }),
  )
  return {
    batches,
    records: batches.flatMap(batch => decode(batch, target)),
    runs: batches.flatMap(({ runs }) =>
      runs.flatMap(({ sourceOffset, count }) => Array.from({ length: count }, (_, n) => sourceOffset + n)),
    ),
  }
}

function decode({ bytes, recordCount }: BuiltBatch, name: Codec) {
  const batch = new RecordBatch(bytes, 0, bytes.length)
  expect(batch).toMatchObject({ magic: 2, codec: name, recordCount, lastOffsetDelta: recordCount - 1, baseOffset: 0 })
  const reader = new ByteReader(codec(name).decompress(batch.recordBytes))
  const records = Array.from({ length: recordCount }, (_, n) => {
    const end = reader.varint() + reader.position
    reader.int8()
    const timestamp = batch.baseTimestamp + reader.varlong()
    expect(reader.varint()).toBe(n)
    const [key, value] = [field(reader), field(reader)]
    const headers = reader.varint()
    expect(reader.position).toBe(end)
    return { timestamp, key, value, headers }
  })
  expect(reader.position).toBe(reader.buffer.length)
  expect(batch.maxTimestamp).toBe(Math.max(...records.map(({ timestamp }) => timestamp)))
  return records
}

function field(reader: ByteReader): Buffer | null {
  const length = reader.varint()
  if (length < 0) return null
  const start = reader.skip(length)
  return Buffer.from(reader.buffer.subarray(start, start + length))
}

function expected(records: readonly OldRecord[], magic: 0 | 1) {
  return records.map(({ timestamp, key, value }) => ({
    ...{ timestamp: magic === 0 ? -1 : timestamp, key, value },
    headers: 0,
  }))
}

function textOf(bytes: Buffer | null): string | null {
  return bytes?.toString() ?? null
}
