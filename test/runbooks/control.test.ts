import { expect, test } from 'vitest'
import { ExitCode } from '../../src/errors.ts'
import type { ControlNote } from '../../src/progress/notes.ts'
import { changedControl, claimedControl, releasedControl } from '../../src/runbooks/control.ts'

/** Two runbooks on two machines know of each other by the note on the target alone. */
const [HERE, ELSEWHERE] = ['failover r-aaaaaa', 'failback r-bbbbbb']
const REFUSED = { exitCode: ExitCode.Protected, message: expect.stringContaining(ELSEWHERE) }

const changer = (by: string, now: number, inNameOf = by) => ({ by, inNameOf, now })

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
  expect(refusal(() => changedControl(open, { groupSync: 'frozen' }, changer(HERE, 2)))).toMatchObject(REFUSED)
})

test('a run that was taken over meanwhile changes nothing any more, and does not end the other one', () => {
  const mine = changedControl(claimedControl(undefined, HERE, false, 1), { groupSync: 'frozen' }, changer(HERE, 2))
  const taken = claimedControl(mine, ELSEWHERE, true, 3)
  expect(refusal(() => changedControl(taken, { groupSync: 'on' }, changer(HERE, 4)))).toMatchObject(REFUSED)
  expect(releasedControl(taken, HERE)).toBeUndefined()
})

test('a run that is over lets others go on, and what it has asked stays', () => {
  const frozen = changedControl(claimedControl(undefined, HERE, false, 1), { groupSync: 'frozen' }, changer(HERE, 2))
  const over = releasedControl(frozen, HERE) as ControlNote
  expect(over).toEqual({ groupSync: 'frozen', copying: 'on', fencedTopics: [], by: HERE, at: 2 })
  expect(changedControl(over, { groupSync: 'on' }, changer(ELSEWHERE, 5))).toMatchObject({
    groupSync: 'on',
    by: ELSEWHERE,
  })
})

test('to claim asks nothing of the engine: what it has heard of, it has heard of still', () => {
  const asked = changedControl(undefined, { copying: 'stopped' }, changer(HERE, 7))
  expect(claimedControl(asked, ELSEWHERE, false, 9)).toEqual({ ...asked, openRun: ELSEWHERE })
})

test('a change is later than the one before, whatever the clocks of two machines say', () => {
  const later = changedControl(undefined, {}, changer(HERE, 1_000))
  expect(changedControl(later, {}, changer(HERE, 5)).at).toBe(1_001)
})

test('what a newer change does not mention stays, rules that are left behind too', () => {
  const fenced = changedControl(undefined, { fencedTopics: ['a'], deniedTopics: ['a'] }, changer(HERE, 1))
  expect(changedControl(fenced, { copying: 'stopped' }, changer(HERE, 2))).toMatchObject({ deniedTopics: ['a'] })
})

test('what an earlier run had asked is brought back in its name, though another run is open', () => {
  const open = claimedControl(undefined, HERE, false, 1)
  const back = changedControl(open, { groupSync: 'frozen' }, changer(HERE, 2, ELSEWHERE))
  expect(back).toMatchObject({ groupSync: 'frozen', by: ELSEWHERE, openRun: HERE })
})
