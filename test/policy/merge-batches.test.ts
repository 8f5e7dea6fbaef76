import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mergeCount, type WaitingBatch } from '../../src/policy/merge-batches.js'

const UNLIMITED = Number.POSITIVE_INFINITY
const KIB = 1024
const batch = (sizeKib: number, codec: WaitingBatch['codec'] = 'NONE'): WaitingBatch => ({
  sizeBytes: sizeKib * KIB,
  codec,
})

test.each<[string, WaitingBatch[], number]>([
  ['one alone', [batch(1)], 1],
  ['small ones', [batch(1), batch(2), batch(3)], 3],
  ['a large one first', [batch(100), batch(1)], 1],
  ['a large one behind small ones', [batch(1), batch(1), batch(100), batch(1)], 2],
  ['another codec behind them', [batch(1), batch(1), batch(1, 'GZIP')], 2],
  ['tiny compressed ones', [batch(1, 'ZSTD'), batch(1, 'ZSTD')], 2],
  ['compressed ones that are not tiny', [batch(8, 'ZSTD'), batch(8, 'ZSTD')], 1],
  ['more than fit into one', Array(20).fill(batch(40)), 6],
])('%s', (_name, waiting, count) => {
  expect(mergeCount(waiting, UNLIMITED)).toBe(count)
})

test('the target’s limit is kept', () => {
  expect(mergeCount([batch(1), batch(1), batch(1)], 2 * KIB)).toBe(2)
  expect(mergeCount([batch(10), batch(1)], 2 * KIB)).toBe(1)
})

test('what is merged fits, has one codec, and there is always something to send', () => {
  const codec = fc.constantFrom('NONE', 'GZIP', 'LZ4') as fc.Arbitrary<WaitingBatch['codec']>
  const anyBatch = fc.record({ sizeBytes: fc.integer({ min: 62, max: 100 * KIB }), codec })
  fc.assert(
    fc.property(fc.array(anyBatch, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1 }), (waiting, maxBytes) => {
      const count = mergeCount(waiting, maxBytes)
      const merged = waiting.slice(0, count)
      expect(count).toBeGreaterThanOrEqual(1)
      expect(merged).toHaveLength(count)
      expect(new Set(merged.map(one => one.codec)).size).toBe(1)
      if (count > 1) expect(merged.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).toBeLessThanOrEqual(maxBytes)
    }),
  )
})
