import { expect, test } from 'vitest'
import { earlierFilter, isSelectionOf, type NotedSelection } from '../../src/policy/earlier-selection.js'
import { compilePatterns } from '../../src/policy/topic-patterns.js'

const CASES: [string, NotedSelection | undefined, name: string, wasSelected: boolean][] = [
  ['no discovery was finished', undefined, 'a', false],
  ['a note from before patterns were kept', {}, 'a', true],
  ['it matched', { include: ['a.*'], exclude: [] }, 'ab', true],
  ['it did not match', { include: ['a.*'], exclude: [] }, 'b', false],
  ['it was excluded', { include: ['a.*'], exclude: ['ab'] }, 'ab', false],
  ['nothing was selected', { include: [], exclude: [] }, 'a', false],
]

test.each(CASES)('whether a name was selected earlier: %s', (_, noted, name, wasSelected) => {
  expect(earlierFilter(noted, compilePatterns).matches(name)).toBe(wasSelected)
})

const SELECTION = { include: ['a', 'b'], exclude: ['c'] }
const SAME: [string, NotedSelection | undefined, boolean][] = [
  ['none', undefined, false],
  ['a note from before patterns were kept', {}, false],
  ['itself', SELECTION, true],
  ['in another order', { include: ['b', 'a'], exclude: ['c'] }, true],
  ['one pattern less', { include: ['a'], exclude: ['c'] }, false],
  ['another exclude', { include: ['a', 'b'], exclude: [] }, false],
]

test.each(SAME)('whether a note is of this very selection: %s', (_, noted, isSame) => {
  expect(isSelectionOf(noted, SELECTION)).toBe(isSame)
})
