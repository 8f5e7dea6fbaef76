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
