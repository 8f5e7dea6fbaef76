import { expect, test } from 'vitest'
import { claiming, letGo } from '../../src/runbooks/claim.ts'
import { plannedFailover } from '../../src/runbooks/failover/planned-steps.ts'
import { unplannedFailover } from '../../src/runbooks/failover/unplanned-steps.ts'
import { runRunbook } from '../../src/runbooks/run-runbook.ts'
import type { RunbookTools } from '../../src/runbooks/tools.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { fakeContext, newJournal, runbookOf, step } from './fake-context.ts'

async function world(tools: Partial<RunbookTools> = {}) {
  const did: string[] = []
  const all: Partial<RunbookTools> = {
    claim: async (by, takesOver) => void did.push(`claim ${by} ${takesOver}`),
    letGo: async by => void did.push(`let go ${by}`),
    ...tools,
  }
  return { did, context: fakeContext({ journal: await newJournal(await temporaryFolder()), tools: all }) }
}

test('a run that has claimed its replicator lets go of it in the end; one that has not touches nothing', async () => {
  const { did, context } = await world()
  await letGo(context)
  expect(did).toEqual([])
  await runRunbook(runbookOf([step('confirm', claiming)]), context, async () => {})
  await letGo(context)
  expect(did).toEqual(['claim failover r-000000 false', 'let go failover r-000000'])
})

test('whether it could claim may not be known: it lets go all the same', async () => {
  const { did, context } = await world({ claim: () => Promise.reject(new Error('no answer')) })
  expect((await runRunbook(runbookOf([step('confirm', claiming)]), context, async () => {})).exitCode).toBe(254)
  await letGo(context)
  expect(did).toEqual(['let go failover r-000000'])
})

test('nothing is changed before the claim', async () => {
  const { options } = (await world()).context
  for (const steps of [plannedFailover(options, {}, true), unplannedFailover(options, {})]) {
    const first = steps.find(({ act }) => act !== undefined)
    expect(first?.act).toBe(claiming.act)
  }
})
