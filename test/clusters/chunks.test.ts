import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chunksOf } from '../../src/clusters/chunks.js'

test.each<[string, number[], number[][]]>([
  ['nothing', [], []],
  ['what fits is one piece', [1, 2, 7], [[1, 2, 7]]],
  ['what does not fit begins the next', [6, 5, 5], [[6], [5, 5]]],
  ['what is heavier than the limit goes alone', [1, 11, 1], [[1], [11], [1]]],
  ['the first may be heavier too', [11, 9, 1], [[11], [9, 1]]],
])('%s', (_name, items, chunks) => {
  expect(chunksOf(items, 10, weight => weight)).toEqual(chunks)
})

test('without weights the limit counts items', () => {
  expect(chunksOf(['a', 'b', 'c'], 2)).toEqual([['a', 'b'], ['c']])
})

test('whatever the weights: nothing is lost or moved, no piece is empty, and only a single one may be too heavy', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(25)), fc.integer({ min: 1, max: 20 }), (weights, limit) => {
      const chunks = chunksOf(weights, limit, weight => weight)
      expect(chunks.flat()).toEqual(weights)
      for (const chunk of chunks) {
        expect(chunk.length).toBeGreaterThan(0)
        const sum = chunk.reduce((total, weight) => total + weight, 0)
        // Those that weigh nothing may stand beside one that is too heavy.
        expect(sum <= limit || chunk.filter(weight => weight > 0).length === 1).toBe(true)
      }
    }),
  )
})
