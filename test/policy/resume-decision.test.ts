import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decideResume } from '../../src/policy/resume-decision.js'

const LAST = 2 ** 31 - 1
const CIRCLE = 2 ** 31
/** Two of our producers: what is native to the source, and what came to it from elsewhere. */
const [NATIVE, THROUGH] = [5, 6]
const AT_NOTE = { kind: 'at-note' }
const LOOK = { kind: 'look' }
const back = (lostRecords: number | undefined) => ({ kind: 'back', lostRecords })
const hold = (reason: RegExp) => ({ kind: 'hold', reason: expect.stringMatching(reason) })

type Numbers = [producerId: number, number: number][]

test.each<[string, { noted?: Numbers; end: number; last?: Numbers }, object]>([
  ['the target holds what the note says', { noted: [[NATIVE, 10]], end: 50, last: [[NATIVE, 9]] }, AT_NOTE],
  ['others wrote since the note', { noted: [[NATIVE, 10]], end: 90, last: [[NATIVE, 9]] }, AT_NOTE],
  ['five records crossed after the note', { noted: [[NATIVE, 10]], end: 60, last: [[NATIVE, 14]] }, LOOK],
  ['the first batch crossed, its note was never made', { end: 53, last: [[NATIVE, 2]] }, LOOK],
  [
    'one record crossed, the last number before the wrap',
    { noted: [[NATIVE, LAST]], end: 60, last: [[NATIVE, LAST]] },
    LOOK,
  ],
  ['records crossed on both sides of the wrap', { noted: [[NATIVE, LAST - 1]], end: 60, last: [[NATIVE, 2]] }, LOOK],
  ['right behind the wrap, nothing new', { noted: [[NATIVE, 0]], end: 60, last: [[NATIVE, LAST]] }, AT_NOTE],
  ['the target has lost four records', { noted: [[NATIVE, 10]], end: 60, last: [[NATIVE, 5]] }, back(4)],
  [
    'it has lost records, and its end lies before the note too',
    { noted: [[NATIVE, 10]], end: 46, last: [[NATIVE, 5]] },
    back(4),
  ],
  [
    'it has lost records on both sides of the wrap',
    { noted: [[NATIVE, 3]], end: 60, last: [[NATIVE, LAST - 4]] },
    back(7),
  ],
  ['only others have lost their tail', { noted: [[NATIVE, 10]], end: 49, last: [[NATIVE, 9]] }, back(undefined)],
  ['a target without any memory of us ends before the note', { noted: [[NATIVE, 10]], end: 0 }, back(undefined)],
  ['it has forgotten us, and nobody wrote since', { noted: [[NATIVE, 10]], end: 50 }, AT_NOTE],
  ['it has forgotten us, and somebody wrote since: maybe we', { noted: [[NATIVE, 10]], end: 51 }, LOOK],
  ['never written, nobody wrote since', { end: 50 }, AT_NOTE],
  ['never written as far as is known, and somebody wrote since', { end: 51 }, LOOK],

  [
    'two producers, both as noted',
    {
      noted: [
        [NATIVE, 10],
        [THROUGH, 4],
      ],
      end: 80,
      last: [
        [THROUGH, 3],
        [NATIVE, 9],
      ],
    },
    AT_NOTE,
  ],
  [
    'two producers, one went on',
    {
      noted: [
        [NATIVE, 10],
        [THROUGH, 4],
      ],
      end: 80,
      last: [
        [NATIVE, 9],
        [THROUGH, 4],
      ],
    },
    LOOK,
  ],
  [
    'a second producer began after the note',
    {
      noted: [[NATIVE, 10]],
      end: 51,
      last: [
        [NATIVE, 9],
        [THROUGH, 0],
      ],
    },
    LOOK,
  ],
  [
    'two producers, both lost records',
    {
      noted: [
        [NATIVE, 10],
        [THROUGH, 4],
      ],
      end: 40,
      last: [
        [NATIVE, 7],
        [THROUGH, 1],
      ],
    },
    back(4),
  ],
  [
    'two producers, only one lost records',
    {
      noted: [
        [NATIVE, 10],
        [THROUGH, 4],
      ],
      end: 48,
      last: [
        [NATIVE, 9],
        [THROUGH, 1],
      ],
    },
    back(2),
  ],
  [
    'of two producers one is forgotten, nobody wrote since',
    {
      noted: [
        [NATIVE, 10],
        [THROUGH, 4],
      ],
      end: 50,
      last: [[NATIVE, 9]],
    },
    AT_NOTE,
  ],
  [
    'of two producers one is forgotten, somebody wrote since',
    {
      noted: [
        [NATIVE, 10],
        [THROUGH, 4],
      ],
      end: 51,
      last: [[NATIVE, 9]],
    },
    LOOK,
  ],
  [
    'one producer has lost records and another one has new ones',
    {
      noted: [
        [NATIVE, 10],
        [THROUGH, 4],
      ],
      end: 60,
      last: [
        [NATIVE, 7],
        [THROUGH, 5],
      ],
    },
    hold(/lost 2 records under one producer id .* holds 2 new ones under another/),
  ],
])('%s', (_name, { noted = [], end, last = [] }, decision) => {
  expect(decideResume(progressWith(noted), { end, lastSequences: new Map(last) })).toEqual(decision)
})

test('a producer that is not remembered may have lost all its records: then those of another do not count all that is lost', () => {
  const noted = progressWith([
    [NATIVE, 10],
    [THROUGH, 4],
  ])
  const decision = decideResume(noted, { end: 60, lastSequences: new Map([[NATIVE, 7]]) })
  expect(decision).not.toEqual(back(2))
})

const anyNumber = fc.oneof(fc.nat(LAST), fc.integer({ min: 0, max: 3 }), fc.integer({ min: LAST - 3, max: LAST }))
const fewRecords = fc.integer({ min: 0, max: 1_000_000 })

test('what crossed since the note is looked for, wherever on the circle of numbers', () => {
  fc.assert(
    fc.property(anyNumber, fewRecords, anyNumber, fewRecords, (first, crossed, second, crossedToo) => {
      const decision = decideResume(
        progressWith([
          [NATIVE, first],
          [THROUGH, second],
        ]),
        {
          end: 50 + crossed + crossedToo,
          lastSequences: new Map([
            [NATIVE, lastBefore(first + crossed)],
            [THROUGH, lastBefore(second + crossedToo)],
          ]),
        },
      )
      expect(decision).toEqual(crossed + crossedToo > 0 ? LOOK : AT_NOTE)
    }),
  )
})

test('what was lost is counted over all producers, wherever on the circle of numbers', () => {
  fc.assert(
    fc.property(anyNumber, fewRecords, anyNumber, fewRecords, fc.nat(100), (first, lost, second, lostToo, end) => {
      const decision = decideResume(
        progressWith([
          [NATIVE, first],
          [THROUGH, second],
        ]),
        {
          end,
          lastSequences: new Map([
            [NATIVE, lastBefore(first - lost)],
            [THROUGH, lastBefore(second - lostToo)],
          ]),
        },
      )
      if (lost + lostToo > 0) expect(decision).toEqual(back(lost + lostToo))
      else expect(decision).toEqual(end < 50 ? back(undefined) : AT_NOTE)
    }),
  )
})

/** The note of a partition whose target was known up to offset 50. */
function progressWith(sequences: Numbers) {
  return { sourceNext: 1_000, sourceEpoch: 3, sequences: new Map(sequences), targetEnd: 50 }
}

/** The number of the record before the one that gets `next`. */
function lastBefore(next: number): number {
  return (((next - 1) % CIRCLE) + CIRCLE) % CIRCLE
}
