import { expect, test } from 'vitest'
import { ExitCode } from '../../src/errors.ts'
import type { ControlNote } from '../../src/progress/notes.ts'
import { changedControl, claimedControl, releasedControl } from '../../src/runbooks/cluster-tools.ts'

/** Two runbooks on two machines know of each other by the note on the target alone. */
const [HERE, ELSEWHERE] = ['failover r-aaaaaa', 'failback r-bbbbbb']
const REFUSED = { exitCode: ExitCode.Protected, message: expect.stringContaining(ELSEWHERE) }

function refusal(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}

test('while a run is open elsewhere, another one can neither claim nor change anything: 5, and it says who', () => {
  const open = claimedControl(undefined, ELSEWHERE, false, 1)
  expect(refusal(() => claimedControl(open, HERE, false, 2))).toMatchObject(REFUSED)
  expect(refusal(() => changedControl(open, { groupSync: 'frozen' }, HERE, 2))).toMatchObject(REFUSED)
})

test('a run that was taken over meanwhile changes nothing any more, and does not end the other one', () => {
  const mine = changedControl(claimedControl(undefined, HERE, false, 1), { groupSync: 'frozen' }, HERE, 2)
  const taken = claimedControl(mine, ELSEWHERE, true, 3)
  expect(refusal(() => changedControl(taken, { groupSync: 'on' }, HERE, 4))).toMatchObject(REFUSED)
  expect(releasedControl(taken, HERE)).toBeUndefined()
})

test('a run that is over lets others go on, and what it has asked stays', () => {
  const frozen = changedControl(claimedControl(undefined, HERE, false, 1), { groupSync: 'frozen' }, HERE, 2)
  const over = releasedControl(frozen, HERE) as ControlNote
  expect(over).toEqual({ groupSync: 'frozen', copying: 'on', fencedTopics: [], by: HERE, at: 2 })
  expect(changedControl(over, { groupSync: 'on' }, ELSEWHERE, 5)).toMatchObject({ groupSync: 'on', by: ELSEWHERE })
})

test('to claim asks nothing of the engine: what it has heard of, it has heard of still', () => {
  const asked = changedControl(undefined, { copying: 'stopped' }, HERE, 7)
  expect(claimedControl(asked, ELSEWHERE, false, 9)).toEqual({ ...asked, openRun: ELSEWHERE })
})

test('a change is later than the one before, whatever the clocks of two machines say', () => {
  const later = changedControl(undefined, {}, HERE, 1_000)
  expect(changedControl(later, {}, HERE, 5).at).toBe(1_001)
})

test('what a newer change does not mention stays, rules that are left behind too', () => {
  const fenced = changedControl(undefined, { fencedTopics: ['a'], deniedTopics: ['a'] }, HERE, 1)
  expect(changedControl(fenced, { copying: 'stopped' }, HERE, 2)).toMatchObject({ deniedTopics: ['a'] })
})
