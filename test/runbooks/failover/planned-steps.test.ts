import { expect, test } from 'vitest'
import { plannedFailover } from '../../../src/runbooks/failover/planned-steps.ts'
import { runRunbook } from '../../../src/runbooks/run-runbook.ts'
import { storedPartition, storedStatus, storedTopic } from '../../support/stored-status.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { fakeClock, fakeContext, newJournal, runbookOf } from '../fake-context.ts'

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
  const end = await runRunbook(runbookOf(plannedFailover('orders-dr', {}, false)), context, async () => {})
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
