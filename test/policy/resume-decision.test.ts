import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decideResume } from '../../src/policy/resume-decision.js'

const LAST = 2 ** 31 - 1
const hold = (reason: RegExp) => ({ kind: 'hold', reason: expect.stringMatching(reason) })
const resume = (skip: number, nextSequence: number) => ({ kind: 'resume', skip, nextSequence })

test.each([
  ['nothing was written since the note', { noted: 10, end: 50, last: undefined }, resume(0, 10)],
  ['nothing of ours, though others wrote', { noted: 10, end: 90, last: undefined }, resume(0, 10)],
  ['the target holds what the note says', { noted: 10, end: 60, last: 9 }, resume(0, 10)],
  ['five records crossed after the note', { noted: 10, end: 60, last: 14 }, resume(5, 15)],
  ['the first batch crossed, its note was never made', { noted: 0, end: 53, last: 2 }, resume(3, 3)],
  ['the number before the wrap', { noted: LAST, end: 60, last: LAST }, resume(1, 0)],
  ['records on both sides of the wrap', { noted: LAST - 1, end: 60, last: 2 }, resume(5, 3)],
  ['right behind the wrap, nothing new', { noted: 0, end: 60, last: LAST }, resume(0, 0)],
  ['the target lost its tail', { noted: 10, end: 49, last: 9 }, hold(/ends at offset 49, .*up to 50/)],
  ['the target was created anew', { noted: 10, end: 0, last: undefined }, hold(/created anew/)],
  [
    'the target is behind our note',
    { noted: 10, end: 60, last: 5 },
    hold(/number of this replicator is 5, before the noted 10/),
  ],
  ['behind our note, over the wrap', { noted: 3, end: 60, last: LAST - 4 }, hold(/before the noted 3/)],
])('%s', (_name, { noted, end, last }, decision) => {
  const progress = { sourceNext: 1_000, nextSequence: noted, targetEnd: 50 }
  expect(decideResume(progress, { end, lastSequence: last })).toEqual(decision)
})

test('whatever crossed since the note is skipped, exactly, wherever on the circle of numbers', () => {
  fc.assert(
    fc.property(fc.nat(LAST), fc.integer({ min: 1, max: 1_000_000 }), (noted, crossed) => {
      const lastSequence = (noted + crossed - 1) % 2 ** 31
      const decision = decideResume({ sourceNext: 0, nextSequence: noted, targetEnd: 0 }, { end: 1, lastSequence })
      expect(decision).toEqual(resume(crossed, (noted + crossed) % 2 ** 31))
    }),
  )
})
