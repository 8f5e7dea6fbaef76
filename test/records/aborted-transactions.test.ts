import { describe, expect, test } from 'vitest'
import { AbortedTransactions } from '../../src/records/aborted-transactions.js'
import { type BatchShape, batchOf, emptiedBatch } from '../support/batches.js'

const [P, Q] = [100, 200]

/** A log written down: producer, offset, and what it is. Each answer of a broker lists the aborted ones it touches. */
type Entry = [producerId: number, baseOffset: number, what: BatchShape]
const data = (records = 1): BatchShape => ({ transactional: true, records })
const abort: BatchShape = { control: 'abort' }
const commit: BatchShape = { control: 'commit' }

function judge(listed: { producerId: number; firstOffset: number }[], log: Entry[]): string[] {
  const transactions = new AbortedTransactions(listed)
  return log.map(([producerId, baseOffset, what]) => transactions.judge(batchOf({ producerId, baseOffset, ...what })))
}

test('what is not listed is committed, transactional or not', () => {
  expect(
    judge(
      [],
      [
        [P, 0, data(3)],
        [P, 3, commit],
        [-1, 4, {}],
      ],
    ),
  ).toEqual(['committed', 'control', 'committed'])
})

test('a listed transaction is aborted from its first offset up to its marker, and not after it', () => {
  const log: Entry[] = [
    [P, 0, data()],
    [P, 1, commit],
    [P, 2, data()],
    [P, 3, data()],
    [P, 4, abort],
    [P, 5, data()],
  ]
  expect(judge([{ producerId: P, firstOffset: 2 }], log)).toEqual([
    'committed',
    'control',
    'aborted',
    'aborted',
    'control',
    'committed',
  ])
})

test('two aborted transactions of one producer in one answer, a committed one between them', () => {
  const listed = [
    { producerId: P, firstOffset: 4 },
    { producerId: P, firstOffset: 0 },
  ]
  const log: Entry[] = [
    [P, 0, data()],
    [P, 1, abort],
    [P, 2, data()],
    [P, 3, commit],
    [P, 4, data()],
    [P, 5, abort],
  ]
  expect(judge(listed, log)).toEqual(['aborted', 'control', 'committed', 'control', 'aborted', 'control'])
})

test('two aborted transactions of one producer, one right after the other', () => {
  const listed = [
    { producerId: P, firstOffset: 0 },
    { producerId: P, firstOffset: 2 },
  ]
  const log: Entry[] = [
    [P, 0, data()],
    [P, 1, abort],
    [P, 2, data()],
    [P, 3, abort],
    [P, 4, data()],
  ]
  expect(judge(listed, log)).toEqual(['aborted', 'control', 'aborted', 'control', 'committed'])
})

test('interleaved producers: each is judged by its own markers', () => {
  const log: Entry[] = [
    [P, 0, data()],
    [Q, 1, data()],
    [-1, 2, {}],
    [P, 3, data()],
    [Q, 4, commit],
    [Q, 5, data()],
    [P, 6, abort],
    [P, 7, data()],
  ]
  expect(judge([{ producerId: P, firstOffset: 0 }], log)).toEqual([
    'aborted',
    'committed',
    'committed',
    'aborted',
    'control',
    'committed',
    'control',
    'committed',
  ])
})

describe('over several fetches', () => {
  test('a transaction whose marker comes in a later answer is listed in both', () => {
    const listed = [{ producerId: P, firstOffset: 0 }]
    expect(
      judge(listed, [
        [P, 0, data()],
        [P, 1, data()],
      ]),
    ).toEqual(['aborted', 'aborted'])
    expect(
      judge(listed, [
        [P, 2, data()],
        [P, 3, abort],
        [P, 4, data()],
      ]),
    ).toEqual(['aborted', 'control', 'committed'])
  })

  test('an answer that begins behind the first offset of a listed transaction', () => {
    const log: Entry[] = [
      [P, 57, data(2)],
      [P, 59, abort],
    ]
    expect(judge([{ producerId: P, firstOffset: 3 }], log)).toEqual(['aborted', 'control'])
  })
})

describe('what looks like a marker and is none', () => {
  test('a data record whose key is four zero bytes, the key of an abort marker', () => {
    const lookalike = { ...data(), records: [{ key: Buffer.alloc(4), value: Buffer.alloc(6) }] }
    const log: Entry[] = [
      [P, 0, lookalike],
      [P, 1, data()],
      [P, 2, abort],
    ]
    expect(judge([{ producerId: P, firstOffset: 0 }], log)).toEqual(['aborted', 'aborted', 'control'])
    expect(judge([], log.slice(0, 1))).toEqual(['committed'])
  })

  test('a control batch that compaction has emptied ends nothing', () => {
    const transactions = new AbortedTransactions([{ producerId: P, firstOffset: 0 }])
    const emptied = emptiedBatch({ control: 'abort', producerId: P, lastOffsetDelta: 0 })
    expect(transactions.judge(emptied)).toBe('control')
    expect(transactions.judge(batchOf({ producerId: P, baseOffset: 1, ...data() }))).toBe('aborted')
  })

  test('a record of the same producer outside of a transaction', () => {
    expect(
      judge(
        [{ producerId: P, firstOffset: 0 }],
        [
          [P, 0, data()],
          [P, 1, {}],
        ],
      ),
    ).toEqual(['aborted', 'committed'])
  })
})
