import { expect, test } from 'vitest'
import { AgeBound } from '../../src/runbooks/age-bound.ts'
import { storedPartition, storedStatus, storedTopic } from '../support/stored-status.ts'

const START = Date.parse('2026-01-02T14:00:00.000Z')
/** Second of the look, end of the source, copied. */
type Look = [at: number, end: number | null, copied: number | null]

function ages(...looks: Look[]): (number | null)[] {
  const bound = new AgeBound()
  return looks.map(([at, end, copied]) => bound.look(statusAt(at, [[end, copied]])))
}

function statusAt(at: number, rows: [number | null, number | null][]) {
  const partitions = rows.map(([end, copied], i) => storedPartition(i, 'copying', end, copied))
  return storedStatus({ at: new Date(START + at * 1_000).toISOString(), topics: [storedTopic('orders', partitions)] })
}

test.each<[string, Look[], (number | null)[]]>([
  ['all is copied: nothing waits', [[0, 100, 100]], [0]],
  ['a first look with a lag says nothing', [[0, 100, 90]], [null]],
  [
    'what was there 5 s ago is copied: what is left is younger',
    [
      [0, 100, 90],
      [5, 120, 110],
    ],
    [null, 5_000],
  ],
  [
    'what was there is not copied: still unknown',
    [
      [0, 100, 90],
      [5, 120, 99],
    ],
    [null, null],
  ],
  [
    'it was all copied once: since then',
    [
      [0, 100, 100],
      [5, 200, 150],
      [60, 300, 150],
    ],
    [0, 5_000, 60_000],
  ],
  [
    'a mark is passed late',
    [
      [0, 100, 90],
      [5, 200, 95],
      [30, 300, 150],
      [35, 400, 300],
    ],
    [null, null, 30_000, 5_000],
  ],
  [
    'what is not known is unknown, and forgets nothing',
    [
      [0, 100, 100],
      [5, null, 100],
      [9, 120, 110],
    ],
    [0, null, 9_000],
  ],
  [
    'a clock that goes back: never less than nothing',
    [
      [5, 100, 100],
      [0, 120, 110],
    ],
    [0, 0],
  ],
])('%s', (_, looks, expected) => {
  expect(ages(...looks)).toEqual(expected)
})

test('the worst partition counts; one that is unknown makes all unknown; no partition is unknown', () => {
  const bound = new AgeBound()
  bound.look(
    statusAt(0, [
      [100, 100],
      [100, 100],
    ]),
  )
  expect(
    bound.look(
      statusAt(7, [
        [100, 100],
        [120, 110],
      ]),
    ),
  ).toBe(7_000)
  expect(
    bound.look(
      statusAt(9, [
        [100, 100],
        [120, null],
      ]),
    ),
  ).toBeNull()
  expect(bound.look(statusAt(9, []))).toBeNull()
})
