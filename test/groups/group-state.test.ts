import { describe, expect, test } from 'vitest'
import { type GroupState, type GroupStateEvidence, judgeGroup, worstGroupState } from '../../src/groups/group-state.js'

/** It has consumed up to 10, which is 100 on the target, and stands there. */
const EVIDENCE: GroupStateEvidence = {
  ...{ sourceOffset: 10, copied: 10, exact: 100, targetOffset: 100, isActiveOnTarget: false, wasReset: false },
}

const CASES: [what: string, evidence: Partial<GroupStateEvidence>, state: GroupState][] = [
  ['where it left off', {}, 'synced'],
  ['where it left off, far more is copied', { copied: 1_000 }, 'synced'],
  ['where it left off, by what is known; how much is copied is not', { copied: null }, 'synced'],
  ['nothing on the target yet', { targetOffset: undefined }, 'syncing'],
  ['behind', { targetOffset: 99 }, 'syncing'],
  ['behind, and more to be copied', { targetOffset: 99, copied: 9 }, 'syncing'],
  ['at the end of what is copied', { copied: 9 }, 'waiting-for-copy'],
  ['further', { targetOffset: 101 }, 'ahead-on-target'],
  ['further, and more to be copied', { targetOffset: 101, copied: 9 }, 'ahead-on-target'],
  ['further, since it was reset', { targetOffset: 101, wasReset: true }, 'reset-on-source'],
  ['reset and behind', { targetOffset: 99, wasReset: true }, 'syncing'],
  ['nobody knows where it would be', { exact: undefined }, 'no-mapping'],
  ['nobody knows, and nothing is there', { exact: undefined, targetOffset: undefined, copied: null }, 'no-mapping'],
  ['active', { isActiveOnTarget: true }, 'active-on-target'],
  ['active and behind', { isActiveOnTarget: true, targetOffset: 1 }, 'active-on-target'],
  ['active, and nobody knows', { isActiveOnTarget: true, exact: undefined }, 'active-on-target'],
]

test.each(CASES)('%s', (_what, evidence, state) => {
  expect(judgeGroup({ ...EVIDENCE, ...evidence })).toBe(state)
})

describe('of several', () => {
  const ORDER: GroupState[] = [
    ...(['failed', 'no-mapping', 'unknown', 'reset-on-source', 'waiting-for-copy', 'syncing'] as const),
    ...(['active-on-target', 'ahead-on-target', 'synced'] as const),
  ]

  test.each(ORDER.map((state, n) => [state, ORDER.slice(n)] as const))(
    '%s before what needs a person less',
    (state, rest) => {
      expect(worstGroupState(rest)).toBe(state)
      expect(worstGroupState(rest.toReversed())).toBe(state)
    },
  )

  test('of none it is synced', () => {
    expect(worstGroupState([])).toBe('synced')
  })
})
