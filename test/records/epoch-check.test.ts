import { expect, test } from 'vitest'
import { divergence } from '../../src/records/epoch-check.js'

test.each([
  ['the epoch goes on', { epoch: 3, endOffset: 50 }],
  ['the epoch ended where reading stopped, and another leader went on', { epoch: 3, endOffset: 42 }],
])('nothing is lost: %s', (_why, end) => {
  expect(divergence({ fetchOffset: 42, fetchEpoch: 3 }, end)).toBeUndefined()
})

test.each([
  ['the epoch ends before', { epoch: 3, endOffset: 40 }, 40, 3],
  ['the epoch is gone, with everything in it', { epoch: 2, endOffset: 30 }, 30, 2],
  ['the epoch is gone, and an older one goes further than was read', { epoch: 2, endOffset: 60 }, 41, -1],
  ['the log knows no such epoch', { epoch: -1, endOffset: -1 }, 41, -1],
])('something is lost: %s', (_why, end, from, epochBefore) => {
  const lost = { kind: 'diverged', from, to: 42, epoch: 3, epochBefore }
  expect(divergence({ fetchOffset: 42, fetchEpoch: 3 }, end)).toEqual(lost)
})
