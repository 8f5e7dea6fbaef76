import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stampText } from '../../src/policy/commit-stamp.js'
import {
  decideGroupOffset,
  type GroupOffsetDecision,
  type GroupOffsetEvidence,
  wasReset,
} from '../../src/policy/group-offset-decision.js'

/** Whose commit lies on the target, of which source offset. */
const ours = (sourceOffset: number, generation = 2) => stampText({ replicatorId: 'me', generation, sourceOffset })
const theirs = (sourceOffset: number) => stampText({ replicatorId: 'other', generation: 9, sourceOffset })

/** The group has consumed up to 10, which is 100 on the target. */
const EVIDENCE: GroupOffsetEvidence = {
  ...{ sourceOffset: 10, sourceMetadata: '', exact: 100, target: undefined, written: undefined },
  ...{ replicatorId: 'me', generation: 2, followResets: false },
}
const at = (offset: number, metadata = '') => ({ target: { offset, metadata } })

const CASES: [what: string, evidence: Partial<GroupOffsetEvidence>, decision: GroupOffsetDecision][] = [
  ['nothing there', {}, 'write'],
  ['at the beginning', at(0), 'write'],
  ['one behind', at(99), 'write'],
  ['one behind, ours', at(99, ours(9)), 'write'],
  ['one behind, of another replicator', at(99, theirs(9)), 'write'],
  ['exact', at(100), 'synced'],
  ['exact, ours', at(100, ours(10)), 'synced'],
  ['exact, of an earlier instance', at(100, ours(10, 1)), 'synced'],
  ['one further', at(101), 'ahead'],
  ['one further, of the same source offset: a better view', at(101, ours(10)), 'ahead'],
  ['one further, of an earlier source offset', at(101, ours(9)), 'ahead'],
  ['one further, of a later source offset, another replicator', at(101, theirs(11)), 'ahead'],
  ['one further, ours of a later source offset', at(101, ours(11)), 'reset'],
  ['the same, to be followed', { ...at(101, ours(11)), followResets: true }, 'back'],
  ['the same, of an earlier instance', { ...at(101, ours(11, 1)), followResets: true }, 'back'],
  [
    'the same, but the source group was put there by the other direction',
    { ...at(101, ours(11)), sourceMetadata: theirs(5), followResets: true },
    'ahead',
  ],
  ['further by a consumer, to be followed', { ...at(101), followResets: true }, 'ahead'],
  ['ours under its own metadata', { ...at(101, 'app'), written: { offset: 101, sourceOffset: 11 } }, 'reset'],
  ['the same, moved by a consumer', { ...at(102, 'app'), written: { offset: 101, sourceOffset: 11 } }, 'ahead'],
  ['the same, at an earlier source offset', { ...at(101, 'app'), written: { offset: 101, sourceOffset: 9 } }, 'ahead'],
  ['a stamp counts more than memory', { ...at(101, ours(9)), written: { offset: 101, sourceOffset: 11 } }, 'ahead'],
  ['of a newer instance, behind', at(50, ours(5, 3)), 'stale'],
  ['of a newer instance, exact', at(100, ours(10, 3)), 'stale'],
  ['of a newer instance, further', { ...at(150, ours(15, 3)), followResets: true }, 'stale'],
]

test.each(CASES)('%s', (_what, evidence, decision) => {
  expect(decideGroupOffset({ ...EVIDENCE, ...evidence })).toBe(decision)
})

test.each([
  ['nothing there', undefined, false],
  ['ours, of a later source offset', { offset: 150, metadata: ours(11) }, true],
  ['ours, of this source offset', { offset: 100, metadata: ours(10) }, false],
])('was reset: %s', (_what, target, expected) => {
  expect(wasReset({ ...EVIDENCE, target })).toBe(expected)
})

describe('whatever is there', () => {
  const offset = fc.nat({ max: 20 })
  const metadata = fc.oneof(
    fc.constant(''),
    fc.constant('app'),
    fc
      .record({ sourceOffset: offset, generation: fc.nat({ max: 4 }) })
      .map(one => ours(one.sourceOffset, one.generation)),
    offset.map(theirs),
  )
  const evidence = fc.record({
    ...{ sourceOffset: offset, sourceMetadata: metadata, exact: offset },
    ...{ replicatorId: fc.constant('me'), generation: fc.nat({ max: 4 }) },
    target: fc.option(fc.record({ offset, metadata }), { nil: undefined }),
    written: fc.option(fc.record({ offset, sourceOffset: offset }), { nil: undefined }),
    followResets: fc.boolean(),
  })

  test('a write never moves a group back, and "back" only does where a reset is to be followed', () => {
    fc.assert(
      fc.property(evidence, one => {
        const decision = decideGroupOffset(one)
        if (decision === 'write') expect(one.target?.offset ?? -1).toBeLessThan(one.exact)
        if (decision === 'back') expect([one.followResets, wasReset(one)]).toEqual([true, true])
        if (!one.followResets) expect(decision).not.toBe('back')
      }),
    )
  })

  test('what was written is synced, and stays so', () => {
    fc.assert(
      fc.property(evidence, one => {
        if (!['write', 'back'].includes(decideGroupOffset(one))) return
        const metadata = stampText({ replicatorId: 'me', generation: one.generation, sourceOffset: one.sourceOffset })
        const written = { offset: one.exact, sourceOffset: one.sourceOffset }
        expect(decideGroupOffset({ ...one, target: { offset: one.exact, metadata }, written })).toBe('synced')
      }),
    )
  })
})
