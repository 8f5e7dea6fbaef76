import { expect, test } from 'vitest'
import type { StoredGroups } from '../../../src/replication/stored-groups.ts'
import type { StoredStatus } from '../../../src/replication/stored-status.ts'
import { plannedFailover } from '../../../src/runbooks/failover/planned-steps.ts'
import { runRunbook } from '../../../src/runbooks/run-runbook.ts'
import { GROUPS_OFF } from '../../support/stored-groups.ts'
import { storedPartition, storedStatus, storedTopic } from '../../support/stored-status.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { fakeClock, fakeContext, newJournal, runbookOf } from '../fake-context.ts'

/** Goes as far as it may by itself: the next step waits for a person. */
async function lookedAt(facts: Partial<StoredStatus>) {
  const folder = await temporaryFolder()
  const topics = [storedTopic('orders', [storedPartition(0, 'caught-up', 10, 10)])]
  const status = async () => storedStatus({ topics, ...facts })
  const context = fakeContext({ journal: await newJournal(folder), folder, status })
  return await runRunbook(runbookOf(plannedFailover(context.options, {}, false)), context, async () => {})
}

type Verdict = StoredGroups['verdict']

function frozen(verdict: Partial<Verdict>, frozenBy: string | null = 'failover r-1'): StoredGroups {
  const group = { group: 'app', sourceState: 'Empty', targetState: null, topics: [] }
  return { ...GROUPS_OFF, mode: 'enhanced', frozenBy, groups: [group], verdict: { ...GROUPS_OFF.verdict, ...verdict } }
}

const SYNCED: Partial<Verdict> = { readAgain: 0, unclear: 0, activeOnSource: 0 }

test.each<[string, Partial<Verdict>, string]>([
  ['records behind', { ...SYNCED, readAgain: 7 }, '7 records would be read again'],
  ['not known to be exact', { ...SYNCED, readAgain: null }, 'what would be read again is not known'],
  ['still moving on the source', { ...SYNCED, activeOnSource: 2 }, '2 of them have members on source-1'],
])('groups that an earlier failover has frozen, %s: 1 at once, with what to do', async (_name, verdict, reason) => {
  const end = await lookedAt({ groups: frozen(verdict) })
  expect(end).toMatchObject({ exitCode: 1, stoppedAt: 'preflight' })
  expect(end.outcome).toEqual({
    kind: 'no',
    reason: `groups were frozen by failover r-1, so none is brought to target-1 any more: ${reason}`,
    fix: expect.stringMatching(
      /failback --replicator-name orders-dr\n.*\n.*failover --replicator-name orders-dr --abort/,
    ),
  })
})

test.each<[string, StoredGroups]>([
  ['frozen ones that stand where they left off', frozen(SYNCED)],
  ['ones that nobody has frozen', frozen({ ...SYNCED, readAgain: 7, activeOnSource: 1 }, null)],
  ['none at all', { ...GROUPS_OFF, frozenBy: 'failover r-1' }],
])("%s are in nobody's way", async (_name, groups) => {
  expect(await lookedAt({ groups })).toMatchObject({ exitCode: 6, stoppedAt: 'confirm' })
})

test('a replicator that a failover has stopped is not to be started without a decision', async () => {
  const stoppedBy = { by: 'failover r-1', at: '2026-01-02T14:00:00.000Z' }
  const end = await lookedAt({ state: 'failed', stoppedBy })
  expect(end).toMatchObject({ exitCode: 1, stoppedAt: 'preflight' })
  expect(end.outcome).toMatchObject({
    reason: 'the copying was stopped by failover r-1',
    fix: expect.stringContaining('run --replicator-name orders-dr --resume-copying'),
  })
})

/** A person says yes to everything; `lagAt` is what is left to copy after so many seconds. */
async function failover(lagAt: (seconds: number) => number, maxMessageLag: number) {
  const folder = await temporaryFolder()
  const clock = fakeClock()
  const asked: string[] = []
  const context = fakeContext({
    ...{ journal: await newJournal(folder), folder, clock },
    settings: { maxMessageLag, maxLatencySeconds: 30, timeoutMs: 600_000 },
    status: async () => {
      const partition = storedPartition(0, 'copying', 9_000, 9_000 - lagAt(clock.seconds()))
      const at = new Date(clock.now()).toISOString()
      return storedStatus({ at, topics: [storedTopic('orders', [partition])] })
    },
    answer: question => {
      asked.push(question)
      return 'yes'
    },
    tools: {
      control: async () => {},
      verify: async () => ({ verdict: 'equal', recordsEqual: 1 }) as never,
    },
  })
  const end = await runRunbook(runbookOf(plannedFailover(context.options, {}, false)), context, async () => {})
  return { end, asked }
}

test('nobody is stopped for a replicator that is far behind', async () => {
  const { end, asked } = await failover(() => 5, 10)
  expect(end).toMatchObject({ exitCode: 4, stoppedAt: 'preflight' })
  expect(end.outcome).toMatchObject({ reason: expect.stringContaining('how long a record takes is not known') })
  expect(asked).toEqual([])
})

test('what may be left must not stand still: unknown is never ready', async () => {
  const { end } = await failover(seconds => (seconds < 20 ? 0 : 5), 10)
  expect(end).toMatchObject({ exitCode: 4, stoppedAt: 'drain' })
  expect(end.outcome).toMatchObject({ reason: expect.stringContaining('how long a record takes is not known') })
})

test('a planned failover whose replicator keeps up passes', async () => {
  const { end, asked } = await failover(() => 0, 0)
  expect(end).toMatchObject({ exitCode: 0 })
  expect(asked).toHaveLength(4) // confirmed, producers stopped, consumers and producers started
})
