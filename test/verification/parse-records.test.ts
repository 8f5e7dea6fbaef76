import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CorruptLogError } from '../../src/verification/log-record.js'
import { parseContent, parseRecords } from '../../src/verification/parse-records.js'
import { encodeTestBatch } from './memory-log.js'

const HEADER = { baseOffset: 0, baseTimestamp: 0, appendTime: undefined, expectedOffset: 0 }

test('what was written is read: null and empty, headers in order, times and offsets of any size', () => {
  const text = fc.option(fc.string({ unit: 'binary' }))
  const record = fc.record({
    key: text,
    value: text,
    headers: fc.array(fc.tuple(fc.string(), text), { maxLength: 4 }),
    // Differences of times stay exact in what the test writes.
    timestamp: fc.maxSafeNat().map(time => Math.floor(time / 8)),
  })
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), fc.nat(100), (records, stride) => {
      const placed = records.map((one, n) => ({ ...one, offset: n * (stride + 1) }))
      const batch = encodeTestBatch(placed)
      const { recordCount, baseTimestamp, recordBytes } = batch
      const parsed = parseRecords(recordBytes, { ...HEADER, baseTimestamp, recordCount })
      expect(parsed.map(({ offset, timestamp }) => ({ offset, timestamp }))).toEqual(
        placed.map(({ offset, timestamp }) => ({ offset, timestamp })),
      )
      expect(parsed.map(one => parseContent(one))).toEqual(
        placed.map(({ key, value, headers }) => ({
          key: bytesOf(key),
          value: bytesOf(value),
          headers: headers.map(([name, its]) => [bytesOf(name), bytesOf(its)]),
        })),
      )
      expect(parsed.slice(1).every(({ holesBefore }) => holesBefore === stride)).toBe(true)
    }),
  )
})

test('any damage leads to records or a CorruptLogError, never to a read beyond the bytes', () => {
  const records = Array.from({ length: 5 }, (_, n) => ({
    key: 'k',
    value: `value ${n}`,
    headers: [['h', 'x']] as [string, string][],
    timestamp: n,
    offset: n,
  }))
  const { recordBytes } = encodeTestBatch(records)
  fc.assert(
    fc.property(fc.nat(recordBytes.length - 1), fc.nat(255), fc.nat(recordBytes.length), (at, value, length) => {
      const damaged = Buffer.from(recordBytes.subarray(0, Math.max(1, length)))
      damaged[at % damaged.length] = value
      try {
        for (const record of parseRecords(damaged, { ...HEADER, recordCount: 5 })) parseContent(record)
      } catch (error) {
        expect(error).toBeInstanceOf(CorruptLogError)
      }
    }),
    { numRuns: 2_000 },
  )
})

test('records left over or missing are found', () => {
  const { recordBytes } = encodeTestBatch([{ key: null, value: 'x', timestamp: 0, offset: 0 }])
  expect(() => parseRecords(recordBytes, { ...HEADER, recordCount: 0 })).toThrow(/bytes are left after 0 records/)
  expect(() => parseRecords(recordBytes, { ...HEADER, recordCount: 2 })).toThrow(CorruptLogError)
})

function bytesOf(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text)
}
