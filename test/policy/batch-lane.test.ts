import { expect, test } from 'vitest'
import { laneOf } from '../../src/policy/batch-lane.js'
import { type BatchShape, batchOf, emptiedBatch } from '../support/batches.js'

const PASS = { lane: 'pass' }
const REWRITE = { lane: 'rewrite' }
const ANY = {
  compression: 'PRESERVE',
  maxBytes: Number.POSITIVE_INFINITY,
  maxRecords: Number.POSITIVE_INFINITY,
} as const
const hold = (reason: RegExp) => ({ lane: 'hold', reason: expect.stringMatching(reason) })

test.each<[string, BatchShape, object]>([
  ['an ordinary batch', { records: 3 }, PASS],
  ['a committed transactional batch', { transactional: true }, PASS],
  ['a batch with a delete horizon', { deleteHorizon: true }, PASS],
  ['a batch in the middle of a log', { baseOffset: 10, records: 2 }, PASS],
  ['records missing at the end', { records: 2, lastOffsetDelta: 4 }, REWRITE],
  ['broker append times', { logAppendTime: true }, REWRITE],
  ['a format that nobody knows', { magic: 3 }, hold(/record format 3/)],
])('%s', (_name, shape, lane) => {
  expect(laneOf(batchOf(shape), shape.baseOffset ?? 0, ANY)).toEqual(lane)
})

test('what compaction leaves of an empty batch is stepped over, whatever else it says', () => {
  const batch = emptiedBatch({ lastOffsetDelta: 5, logAppendTime: true, codec: 'GZIP' })
  expect(laneOf(batch, 0, { compression: 'NONE', maxBytes: 10, maxRecords: 1 })).toEqual({ lane: 'skip' })
})

test('a batch that begins before the wanted offset is cut', () => {
  const batch = batchOf({ baseOffset: 10, records: 5 })
  expect(laneOf(batch, 10, ANY)).toEqual(PASS)
  expect(laneOf(batch, 12, ANY)).toEqual(REWRITE)
})

test('a batch above the target’s limit is split', () => {
  const batch = batchOf({ records: 5 })
  expect(laneOf(batch, 0, { ...ANY, maxBytes: batch.sizeBytes })).toEqual(PASS)
  expect(laneOf(batch, 0, { ...ANY, maxBytes: batch.sizeBytes - 1 })).toEqual(REWRITE)
})

test('a batch of more records than may go together is split, to find the one that is refused', () => {
  const batch = batchOf({ records: 5 })
  expect(laneOf(batch, 0, { ...ANY, maxRecords: 5 })).toEqual(PASS)
  expect(laneOf(batch, 0, { ...ANY, maxRecords: 4 })).toEqual(REWRITE)
})

const CODECS = ['NONE', 'GZIP', 'SNAPPY', 'LZ4', 'ZSTD'] as const

test.each(CODECS.flatMap(codec => CODECS.map(asked => [codec, asked] as const)))(
  'a batch of codec %s where %s is asked for',
  (codec, asked) => {
    expect(laneOf(batchOf({ codec }), 0, { ...ANY, compression: asked })).toEqual(codec === asked ? PASS : REWRITE)
    expect(laneOf(batchOf({ codec }), 0, ANY)).toEqual(PASS)
  },
)

test.each([5, 6, 7])('a codec this tool does not know (%i) is held, with PRESERVE too', number => {
  const batch = batchOf()
  batch.buffer.writeInt16BE(number, 21)
  expect(laneOf(batch, 0, ANY)).toEqual(hold(/codec this tool does not know \(it knows NONE, GZIP/))
})
