import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Aligned,
  align,
  FROM,
  type History,
  harm,
  histories,
  historyOf,
  type Place,
  recordsOf,
  wrongPairs,
} from './align-model.js'

/*
 * A log in words, one an offset from 1000 on: a letter is a record, twins bear the same letter · m is a marker · -A, -m
 * are no longer there · A~ has crossed, and the target's cleaner has removed it · A? is not shown by the source (yet).
 */
const RUNS = 2_000
const aligned = (sourceNext: number, matched: number, removed = 0) => ({
  kind: 'aligned',
  sourceNext,
  matched,
  removed,
})
const sourceEnds = (unmatched: number) => ({ kind: 'source-ends', unmatched })
const mismatch = (sourceOffset: number, targetOffset: number) => ({ kind: 'mismatch', sourceOffset, targetOffset })

describe.each<[string, [log: string, crossed: number, expected: object][]]>([
  [
    'nothing was removed',
    [
      ['', 0, aligned(1000, 0)],
      ['A B C', 0, aligned(1000, 0)],
      ['A B C', 2, aligned(1002, 2)],
      ['A B C', 3, aligned(1003, 3)],
      ['m A m B m C', 2, aligned(1004, 2)],
      ['m m A', 0, aligned(1000, 0)],
      ['A A A A', 2, aligned(1002, 2)],
    ],
  ],
  [
    'a cleaner or retention has removed records of the source',
    [
      ['-A B C', 2, aligned(1002, 1, 1)],
      ['A -B -C D E', 4, aligned(1004, 2, 2)],
      ['-A -B C', 1, aligned(1001, 0, 1)],
      ['-A -B C', 2, aligned(1002, 0, 2)],
      ['A -B C', 2, aligned(1001, 1, 1)],
      ['A -m B C', 2, aligned(1003, 2)],
      ['-m A B', 1, aligned(1002, 1)],
    ],
  ],
  [
    'a cleaner has removed records of the target',
    [
      ['A~ B C', 2, aligned(1002, 2)],
      ['A~ B~ C', 2, aligned(1002, 2)],
      ['m A~ m B C', 2, aligned(1004, 2)],
      ['-A~ B C', 2, aligned(1002, 1, 1)],
    ],
  ],
  [
    'neither log proves where to go on',
    [
      ['-m A~ B', 1, mismatch(1001, -1)],
      ['A -m B~ C D', 3, mismatch(1002, -1)],
    ],
  ],
  [
    'the source shows less than has crossed',
    [
      ['A? B?', 2, sourceEnds(2)],
      ['A B? C?', 2, sourceEnds(1)],
      ['A B C?', 2, aligned(1002, 2)],
      ['-A B C?', 3, sourceEnds(1)],
    ],
  ],
])('%s', (_name, cases) => {
  test.each(cases)('"%s", of which %i crossed', async (log, crossed, expected) => {
    expect((await align(historyOf(log, crossed))).alignment).toEqual(expected)
  })
})

describe('it says that it does not know, rather than guess', () => {
  test('where the source holds other records than those that crossed', async () => {
    const { alignment } = await align({ ...historyOf('A B C', 2), ...crossedInstead('A X') })
    expect(alignment).toEqual(mismatch(1001, 502))
  })

  test('where more has crossed than was removed', async () => {
    const { alignment } = await align({ ...historyOf('-A B C', 2), ...crossedInstead('X Y Z') })
    expect(alignment).toEqual(mismatch(1001, 500))
  })

  test('a hole before a record that crossed is no place for one that crossed behind it', async () => {
    expect((await align(historyOf('-m A B?', 2))).alignment).toEqual(sourceEnds(1))
  })

  test('an old value that is written again has not crossed when a newer one lies between', async () => {
    // Were it stepped over, the target would keep B for ever where the source says A.
    const history = historyOf('-A -B A C', 2)
    expect(harmOf(history, await align(history))).toEqual(NO_HARM)
  })
})

test('nothing was removed: it is exactly right, always, twins or not', async () => {
  await always(histories({ twins: true }), async history => {
    const { alignment, matches } = await align(history)
    const last = recordsOf(history.log)[history.crossed - 1]
    expect(alignment).toEqual(aligned(last ? last.offset + 1 : FROM, history.crossed))
    expect(wrongPairs(history, matches)).toEqual([])
  })
})

test('only the target was cleaned: it is exactly right, always, twins or not', async () => {
  await always(histories({ twins: true, compactTarget: true }), async history => {
    const { alignment } = await align(history)
    const last = recordsOf(history.log)[history.crossed - 1]
    expect(alignment).toEqual(aligned(last ? last.offset + 1 : FROM, history.crossed))
  })
})

test('the source was cleaned: nothing is lost, nothing doubled, nobody has to be asked', async () => {
  await always(histories({ compactSource: true, othersVanish: true, retention: true }), async history => {
    const answer = await align(history)
    expect(answer.alignment.kind).toBe('aligned')
    expect(harmOf(history, answer)).toEqual(NO_HARM)
    expect(wrongPairs(history, answer.matches)).toEqual([])
  })
})

test('both were cleaned: an answer loses nothing, doubles nothing, and each pair is one record', async () => {
  const wishes = { compactSource: true, othersVanish: true, compactTarget: true, retention: true }
  await always(histories(wishes), async history => {
    const answer = await align(history)
    expect(harmOf(history, answer)).toEqual(NO_HARM)
    expect(wrongPairs(history, answer.matches)).toEqual([])
  })
})

test('the source ends early, nothing was removed: an answer loses nothing and doubles nothing', async () => {
  await always(histories({ twins: true, endsEarly: true }), async history => {
    const answer = await align(history)
    expect(harmOf(history, answer)).toEqual(NO_HARM)
    expect(answer.alignment.kind).not.toBe('mismatch')
  })
})

describe('twins where a cleaner ran', () => {
  test('two histories that look the same get the same answer: it is right in one, and in the other leaves out a twin', async () => {
    const crossedItself = await align(historyOf('-m A', 1))
    const twinCrossed = await align(historyOf('-A A', 1))
    expect(twinCrossed).toEqual(crossedItself)
    expect(harmOf(historyOf('-m A', 1), crossedItself)).toEqual(NO_HARM)
  })

  test('nothing is doubled, and what is left out ends with the twin of a record that crossed', async () => {
    const wishes = { twins: true, compactSource: true, othersVanish: true, retention: true }
    await always(histories(wishes), async history => {
      const { lost, doubled } = harmOf(history, await align(history))
      expect(doubled).toEqual([])
      const crossed = recordsOf(history.log).slice(0, history.crossed)
      const last = recordsOf(history.log).find(({ offset }) => offset === lost.at(-1))
      if (last) expect(crossed.map(({ content }) => content)).toContain(last.content)
    })
  })
})

const NO_HARM = { lost: [], doubled: [] }

function harmOf(history: History, { alignment }: Aligned) {
  return alignment.kind === 'aligned' ? harm(history, alignment.sourceNext) : NO_HARM
}

/** As if the target held these. */
function crossedInstead(letters: string): Pick<History, 'targetLog' | 'crossed'> {
  const targetLog: Place[] = recordsOf(historyOf(letters, 0).log)
  return { targetLog, crossed: targetLog.length }
}

async function always(arbitrary: fc.Arbitrary<History>, check: (history: History) => Promise<void>): Promise<void> {
  await fc.assert(fc.asyncProperty(arbitrary, check), { numRuns: RUNS })
}
