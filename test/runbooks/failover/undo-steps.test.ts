import { expect, test } from 'vitest'
import type { Answer } from '../../../src/runbooks/context.ts'
import { fence } from '../../../src/runbooks/failover/fence.ts'
import { freezeGroups } from '../../../src/runbooks/failover/freeze-groups.ts'
import { undoFailover } from '../../../src/runbooks/failover/undo-steps.ts'
import { stopCopying } from '../../../src/runbooks/failover/unplanned-steps.ts'
import { runRunbook } from '../../../src/runbooks/run-runbook.ts'
import type { Step } from '../../../src/runbooks/step.ts'
import type { Asked, RunbookTools } from '../../../src/runbooks/tools.ts'
import type { Acl } from '../../../src/wire/messages/create-acls.ts'
import { storedStatus } from '../../support/stored-status.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { act, fakeContext, newJournal, runbookOf, step } from '../fake-context.ts'

const RULE: Acl = { topic: 'orders', principal: 'User:*', host: '*', operation: 4, permission: 2 }

/** A run with these steps that is then given up: what was done to the world meanwhile. */
async function abortedAfter(
  steps: Step[],
  { tools = {}, asked = null, answer }: { tools?: Partial<RunbookTools>; asked?: Asked | null; answer?: Answer } = {},
) {
  const journal = await newJournal(await temporaryFolder())
  const did: string[] = []
  let lastAsked = asked
  const all: Partial<RunbookTools> = {
    asked: async () => lastAsked,
    control: async ({ deniedTopics, ...change }, by, inNameOf = by) => {
      const before: Omit<Asked, 'by'> = lastAsked ?? { groupSync: 'on', copying: 'on', fencedTopics: [] }
      lastAsked = { ...before, ...change, by: inNameOf }
      did.push(`${JSON.stringify({ ...change, ...(deniedTopics && { deniedTopics }) })} by ${inNameOf}`)
    },
    planFence: async () => [RULE],
    createRules: async rules => void did.push(`create ${rules.length}`),
    deleteRules: async rules => void did.push(`delete ${rules.length}`),
    ...tools,
  }
  const status = async () => storedStatus({ source: { alias: 'east', problem: 'away' }, state: 'failed' })
  const context = fakeContext({ journal, tools: all, status, ...(answer && { answer: () => answer }) })
  const first = await runRunbook(runbookOf(steps), context, async () => {})
  did.length = 0
  const end = await runRunbook(runbookOf(undoFailover('west')), context, async () => {})
  return { first, end, did, lastAsked }
}

const BY = 'failover r-000000'
const GONE = `{"fencedTopics":[],"deniedTopics":[]} by ${BY}`
const RELEASED = `{"groupSync":"on","copying":"on","fencedTopics":[]} by ${BY}, aborted`

test('nothing was changed yet: nothing is', async () => {
  expect(await abortedAfter([step('preflight', {})])).toMatchObject({ end: { exitCode: 0 }, did: [] })
})

test('the fence goes, also one of which nobody knows whether it was put up', async () => {
  const { did } = await abortedAfter([fence])
  expect(did).toEqual(['delete 1', GONE, RELEASED])
  const broken = await abortedAfter([fence], { tools: { createRules: () => Promise.reject(new Error('no answer')) } })
  expect(broken.first.exitCode).toBe(254)
  expect(broken.did).toEqual(['delete 1', GONE, RELEASED])
})

test.each([
  ['freeze-groups', freezeGroups],
  ['stop-copying', stopCopying],
])('after %s the engine copies and moves groups again', async (_name, asks) => {
  expect((await abortedAfter([asks])).did).toEqual([RELEASED])
})

test('what an earlier run had asked is as it was, in its name, whatever this one has asked in between', async () => {
  const asked: Asked = { groupSync: 'frozen', copying: 'on', fencedTopics: ['a'], by: 'failover r-1' }
  expect(await abortedAfter([fence, freezeGroups, stopCopying], { asked })).toMatchObject({
    end: { exitCode: 0 },
    lastAsked: asked,
  })
})

test('that it is over is said once the engine does as before', async () => {
  const journal = await newJournal(await temporaryFolder())
  let heard = 0
  const status = async () => storedStatus({ controlHeard: heard++ > 3 })
  const context = fakeContext({ journal, tools: { control: async () => {} }, status })
  await runRunbook(runbookOf([{ ...freezeGroups, gate: async () => ({ kind: 'passed' }) }]), context, async () => {})
  heard = 0
  expect(await runRunbook(runbookOf(undoFailover('west')), context, async () => {})).toMatchObject({ exitCode: 0 })
  expect(heard).toBe(5)
})

test.each(['start-consumers', 'start-producers'])(
  'after %s it is refused with 5: only a failback brings it home',
  async name => {
    const moved = [freezeGroups, step(name, { act: act(() => {}) })]
    expect(await abortedAfter(moved)).toMatchObject({ end: { exitCode: 5, stoppedAt: 'see-who-moved' }, did: [] })
  },
)

test.each([
  ['nobody-there', 6],
  ['yes', 5],
  ['no', 0],
] as const)(
  'killed while applications were started: whether they were, a person says: %s',
  async (answer, exitCode) => {
    const killed = step('start-consumers', { act: act(() => Promise.reject(new Error('killed'))) })
    const { end, did } = await abortedAfter([freezeGroups, killed], { answer })
    expect(end.exitCode).toBe(exitCode)
    expect(did).toEqual(exitCode === 0 ? [RELEASED] : [])
  },
)
