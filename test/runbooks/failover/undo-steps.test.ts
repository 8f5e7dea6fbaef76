import { expect, test } from 'vitest'
import { fence } from '../../../src/runbooks/failover/fence.ts'
import { undoFailover } from '../../../src/runbooks/failover/undo-steps.ts'
import { runRunbook } from '../../../src/runbooks/run-runbook.ts'
import type { Step } from '../../../src/runbooks/step.ts'
import type { RunbookTools } from '../../../src/runbooks/tools.ts'
import type { Acl } from '../../../src/wire/messages/create-acls.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { act, fakeContext, newJournal, runbookOf, step } from '../fake-context.ts'

const RULE: Acl = { topic: 'orders', principal: 'User:*', host: '*', operation: 4, permission: 2 }

/** A run with these steps that is then given up: what was done to the world meanwhile. */
async function abortedAfter(steps: Step[], tools: Partial<RunbookTools> = {}) {
  const journal = await newJournal(await temporaryFolder())
  const did: string[] = []
  const all: Partial<RunbookTools> = {
    control: async change => void did.push(JSON.stringify(change)),
    planFence: async () => [RULE],
    createRules: async rules => void did.push(`create ${rules.length}`),
    deleteRules: async rules => void did.push(`delete ${rules.length}`),
    ...tools,
  }
  const context = fakeContext({ journal, tools: all })
  const first = await runRunbook(runbookOf(steps), context, async () => {})
  did.length = 0
  return { first, end: await runRunbook(runbookOf(undoFailover('west')), context, async () => {}), did }
}

const RELEASED = JSON.stringify({ groupSync: 'on', copying: 'on', fencedTopics: [] })

test('nothing was changed yet: nothing is', async () => {
  expect(await abortedAfter([step('preflight', {})])).toMatchObject({ end: { exitCode: 0 }, did: [] })
})

test('the fence goes, also one of which nobody knows whether it was put up', async () => {
  const { did } = await abortedAfter([fence])
  expect(did).toEqual(['delete 1', '{"fencedTopics":[]}', RELEASED])
  const broken = await abortedAfter([fence], { createRules: () => Promise.reject(new Error('no answer')) })
  expect(broken.first.exitCode).toBe(254)
  expect(broken.did).toEqual(['delete 1', '{"fencedTopics":[]}', RELEASED])
})

test.each(['freeze-groups', 'stop-copying'])('after %s the engine copies and moves groups again', async name => {
  expect((await abortedAfter([step(name, { act: act(() => {}) })])).did).toEqual([RELEASED])
})

test.each(['start-consumers', 'start-producers'])(
  'after %s it is refused with 5: only a failback brings it home',
  async name => {
    const moved = [step('freeze-groups', { act: act(() => {}) }), step(name, { act: act(() => {}) })]
    expect(await abortedAfter(moved)).toMatchObject({ end: { exitCode: 5, stoppedAt: 'see-who-moved' }, did: [] })
  },
)
