import { expect, test } from 'vitest'
import type { StoredPartition, StoredStatus } from '../../../src/replication/stored-status.ts'
import { unplannedFailover } from '../../../src/runbooks/failover/unplanned-steps.ts'
import { runRunbook } from '../../../src/runbooks/run-runbook.ts'
import type { ControlChange } from '../../../src/runbooks/tools.ts'
import { storedPartition, storedStatus, storedTopic } from '../../support/stored-status.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { fakeContext, newJournal, reopen, runbookOf } from '../fake-context.ts'

const LOST = { alias: 'east', problem: 'east does not answer' }

/** One partition of a source that does not answer; `lastKnownLag` is what the engine had seen of it. */
function lost(lastKnownLag: number | null, facts: Partial<StoredStatus> = {}): StoredStatus {
  const partition: StoredPartition = { ...storedPartition(0, 'unknown', null, 100), lastKnownLag }
  return storedStatus({ source: LOST, topics: [storedTopic('orders', [partition])], ...facts })
}

async function world(statuses: StoredStatus[]) {
  const folder = await temporaryFolder()
  await newJournal(folder)
  const asked: ControlChange[] = []
  const said: string[] = []
  const live = async (settings: { acceptDataLoss?: boolean } = {}) => {
    const status = async () => (statuses.length > 1 ? statuses.shift() : statuses[0]) as StoredStatus
    const control = async (change: ControlChange) => void asked.push(change)
    const journal = await reopen(folder)
    const context = fakeContext({
      journal,
      settings,
      status,
      folder,
      tools: { control },
      answer: () => 'yes',
    })
    const say = async (line: string) => void said.push(line)
    return await runRunbook(runbookOf(unplannedFailover(context.options, {})), { ...context, say }, async () => {})
  }
  return { live, asked, said, folder }
}

test.each([
  ['known', lost(5), '5 offsets of east that the engine had seen are not on west'],
  ['unknown', lost(null), 'is not known'],
  ['none seen, but nothing ran', lost(0, { state: 'silent' }), 'all that was written since is missing'],
  ['of no topic at all', lost(0, { topics: [] }), 'is not known'],
])(
  'a loss that is %s: 5 without --accept-data-loss, and nothing is asked of the engine',
  async (_name, status, words) => {
    const { live, asked } = await world([status])
    const end = await live()
    expect(end).toMatchObject({ exitCode: 5, stoppedAt: 'accept-data-loss' })
    expect(end.outcome).toMatchObject({ reason: expect.stringContaining(words) })
    expect(asked).toEqual([])
  },
)

test('nothing was missing when it fell silent: it goes on, and stops the copying once the engine has ended', async () => {
  const running = lost(0)
  const { live, asked } = await world([running, running, running, lost(0, { state: 'failed' })])
  expect(await live()).toMatchObject({ exitCode: 0 })
  expect(asked).toEqual([{ copying: 'stopped', groupSync: 'frozen' }])
})

test('a source that is back by the time it is resumed is not given up: 1', async () => {
  const { live, asked } = await world([lost(5), storedStatus({})])
  expect(await live()).toMatchObject({ exitCode: 5 })
  expect(await live({ acceptDataLoss: true })).toMatchObject({ exitCode: 1, stoppedAt: 'stop-copying' })
  expect(asked).toEqual([])
})

test('the fence of a planned one that it began as is left on the lost source: said last, and kept for the report', async () => {
  const fenced = { deniedTopics: ['orders'] }
  const { live, said, folder } = await world([
    lost(0, fenced),
    lost(0, fenced),
    lost(0, { ...fenced, state: 'failed' }),
  ])
  expect(await live()).toMatchObject({ exitCode: 0 })
  const command = /kafka-acls.sh --bootstrap-server 127.0.0.1:1 --remove .* --topic orders$/
  expect(said.at(-1)).toMatch(command)
  const { entries } = await reopen(folder)
  const fact = entries.find(entry => entry.event === 'fact' && entry.name === 'fence-left')
  expect(fact).toMatchObject({
    value: { cluster: 'east', topics: ['orders'], command: expect.stringMatching(command) },
  })
})

test('where no fence was put up, none is spoken of', async () => {
  const { live, said } = await world([lost(0), lost(0), lost(0, { state: 'failed' })])
  expect(await live()).toMatchObject({ exitCode: 0 })
  expect(said.join()).not.toContain('kafka-acls')
})
