import { expect, test } from 'vitest'
import type { Engine } from '../../src/cli/engine.ts'
import type { Clock } from '../../src/clock.ts'
import type { GroupState } from '../../src/groups/group-state.ts'
import type { StoredStatus } from '../../src/replication/stored-status.ts'
import { group, groupPartition, groupTopic, storedGroups } from '../support/stored-groups.ts'
import { storedPartition, storedStatus, storedTopic } from '../support/stored-status.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { type FakeShellOptions, NO_ENGINE, runInProcess, startInProcess } from './fake-shell.ts'
import { CLUSTERS, createArguments, FLOWS } from './files.ts'

const GOOD = lagging(0)
const WAIT = ['wait', '--replicator-name', 'a', '--for', 'caught-up']

test('three good looks in a row, 5 s apart, are enough', async () => {
  const { said, looks, seconds } = await waitFor(WAIT, [GOOD])
  expect(said).toEqual({
    exitCode: 0,
    stdout: 'reached: a caught-up (3 of 3 samples)\n',
    stderr: 'waiting: caught-up, sample 1 of 3\nwaiting: caught-up, sample 2 of 3\n',
  })
  expect([looks, seconds]).toEqual([3, 10])
})

test('flapping: a bad look begins the count anew', async () => {
  const { said, looks } = await waitFor(WAIT, [GOOD, GOOD, lagging(475), GOOD])
  expect(said.exitCode).toBe(0)
  expect(looks).toBe(6)
  expect(said.stderr.split('\n')).toEqual([
    'waiting: caught-up, sample 1 of 3',
    'waiting: caught-up, sample 2 of 3',
    'waiting: lag 475, sample 0 of 3',
    'waiting: caught-up, sample 1 of 3',
    'waiting: caught-up, sample 2 of 3',
    '',
  ])
})

test('not reached before the timeout: 4, with what was missing, told once', async () => {
  const { said, seconds } = await waitFor([...WAIT, '--timeout', '62'], [lagging(475)])
  expect(said).toEqual({
    exitCode: 4,
    stdout: 'timed out after 62 s: a not caught-up: lag 475\n',
    stderr: 'waiting: lag 475, sample 0 of 3\n',
  })
  expect(seconds).toBe(62)
})

test('by default it gives up after an hour', async () => {
  const { said, seconds } = await waitFor(WAIT, [lagging(1)])
  expect([said.exitCode, seconds]).toEqual([4, 3_600])
})

test('the timeout may come between good looks', async () => {
  const { said } = await waitFor([...WAIT, '--timeout', '5', '--samples', '9'], [GOOD])
  expect(said).toMatchObject({ exitCode: 4, stdout: 'timed out after 5 s: a not caught-up: 2 of 9 samples\n' })
})

test('--timeout 0 looks once', async () => {
  const once = await waitFor([...WAIT, '--timeout', '0', '--samples', '1'], [GOOD])
  expect([once.said.exitCode, once.looks]).toEqual([0, 1])
  const bad = await waitFor([...WAIT, '--timeout', '0'], [lagging(1)])
  expect([bad.said.exitCode, bad.looks, bad.seconds]).toEqual([4, 1, 0])
})

test('--samples, --interval and --max-lag', async () => {
  const options = ['--samples', '2', '--interval', '30', '--max-lag', '475']
  const { said, looks, seconds } = await waitFor([...WAIT, ...options], [lagging(476), lagging(475)])
  expect([said.exitCode, looks, seconds]).toEqual([0, 3, 60])
})

const UNREACHABLE = 'Cluster source-1 did not answer within 5 s'

test.each<[string, StoredStatus, string]>([
  ['unknown lag', lagging(null), '1 unknown, lag ?'],
  ['a partition without leader', partitioned('waiting'), '1 waiting'],
  ['a held partition', partitioned('held'), '1 held'],
  ['one that has just begun', partitioned('starting'), '1 starting'],
  ['no topics', storedStatus({}), 'no topics'],
  ['one that was stopped', { ...GOOD, state: 'stopped' }, 'stopped'],
  ['one that was killed', { ...GOOD, state: 'silent' }, 'silent'],
  ['one that never ran', { ...GOOD, state: 'never-ran' }, 'never-ran'],
  [
    'a source that does not answer',
    { ...GOOD, source: { alias: 's', problem: UNREACHABLE } },
    `source: ${UNREACHABLE}`,
  ],
  ['hostile answers', { ...GOOD, target: { alias: 't', problem: 'a\u001b[2J\nb' } }, 'target: a[2J b'],
])('%s is not caught up', async (_name, status, missing) => {
  const { said } = await waitFor([...WAIT, '--timeout', '10'], [status])
  expect(said).toMatchObject({ exitCode: 4, stdout: `timed out after 10 s: a not caught-up: ${missing}\n` })
})

test('a cluster that does not answer is waited for', async () => {
  const silent = { ...lagging(null), source: { alias: 's', problem: UNREACHABLE } }
  const { said, looks } = await waitFor(WAIT, [silent, silent, GOOD])
  expect([said.exitCode, looks]).toEqual([0, 5])
})

test.each<[StoredStatus, number]>([
  [lagging(475), 0],
  [partitioned('held'), 0],
  [{ ...GOOD, state: 'silent' }, 4],
  [{ ...GOOD, state: 'failed' }, 4],
  [{ ...GOOD, state: 'unknown' }, 4],
])('%#: running asks only for the heartbeat', async (status, exitCode) => {
  const { said } = await waitFor(['wait', '--replicator-name', 'a', '--for', 'running', '--timeout', '20'], [status])
  expect(said.exitCode).toBe(exitCode)
})

const GROUPS = ['wait', '--replicator-name', 'a', '--for', 'groups-synced', '--timeout', '20']
const synced = group('a', [groupTopic('orders', [groupPartition(0)])])

test.each([
  ['synced', storedGroups([synced])],
  ['active on the target', storedGroups([oneIn('active-on-target')])],
  ['ahead on the target', storedGroups([oneIn('ahead-on-target')])],
  ['no group, or none with offsets', storedGroups([group('idle', [])], { safeToSwitch: null, readAgain: null })],
])('groups that are %s', async (_name, groups) => {
  const { said } = await waitFor(GROUPS, [{ ...lagging(475), groups }])
  expect(said).toMatchObject({ exitCode: 0, stdout: 'reached: a groups-synced (3 of 3 samples)\n' })
})

test.each([
  ['waiting-for-copy', 'b waits for the copy, 1,204 records would be read again'],
  ['syncing', 'b is being synced, 1,204 records would be read again'],
  ['reset-on-source', 'b was reset on the source, 1,204 records would be read again'],
  ['no-mapping', 'b has no mapping, 1,204 records would be read again'],
  ['failed', 'b failed, 1,204 records would be read again'],
  ['unknown', 'b is unknown, 1,204 records would be read again'],
] as const)('a group that is %s is not synced', async (state, missing) => {
  const { said } = await waitFor(GROUPS, [
    { ...GOOD, groups: storedGroups([synced, oneIn(state)], { safeToSwitch: false, readAgain: 1_204 }) },
  ])
  expect(said).toMatchObject({ exitCode: 4, stdout: `timed out after 20 s: a not groups-synced: ${missing}\n` })
})

test.each([
  ['records that would be read again', storedGroups([synced], { readAgain: 1 }), '1 record would be read again'],
  [
    'a number of them that is not known',
    storedGroups([synced], { readAgain: null }),
    'an unknown number of records would be read again',
  ],
  ['groups that are not known', { ...storedGroups([]), problem: 'x' }, 'consumer groups: x'],
  ['groups that are off', { ...storedGroups([]), mode: 'off' as const }, 'consumer groups are not synchronised'],
])('%s: not synced', async (_name, groups, missing) => {
  const { said } = await waitFor(GROUPS, [{ ...GOOD, groups }])
  expect(said).toMatchObject({ exitCode: 4, stdout: `timed out after 20 s: a not groups-synced: ${missing}\n` })
})

test('groups of a cluster that does not answer are not synced, whatever was known of them', async () => {
  const { said } = await waitFor(GROUPS, [
    { ...GOOD, groups: storedGroups([synced]), target: { alias: 't', problem: 'no answer.' } },
  ])
  expect(said).toMatchObject({ exitCode: 4, stdout: 'timed out after 20 s: a not groups-synced: target: no answer\n' })
})

test('a partition that is not synced is not hidden by its topic', async () => {
  const hidden = groupTopic('orders', [groupPartition(0), groupPartition(1, { state: 'syncing' })])
  const { said } = await waitFor(GROUPS, [{ ...GOOD, groups: storedGroups([group('b', [hidden])]) }])
  expect(said).toMatchObject({ exitCode: 4, stdout: 'timed out after 20 s: a not groups-synced: b is being synced\n' })
})

test('several are waited for together, each with what it lacks', async () => {
  const { said, looks } = await waitFor(
    ['wait', '--replicator-name', 'a', '--replicator-name', 'b', '--for', 'caught-up', '--samples', '1'],
    [GOOD],
    { b: [lagging(5), { ...GOOD, state: 'silent' }, GOOD] },
  )
  expect(said).toEqual({
    exitCode: 0,
    stdout: 'reached: a, b caught-up (1 of 1 samples)\n',
    stderr: 'waiting: b: lag 5, sample 0 of 1\nwaiting: b: silent, sample 0 of 1\n',
  })
  expect(looks).toBe(6)
})

test('of several that are not, the last line names those', async () => {
  const { said } = await waitFor(['wait', '--all', '--for', 'caught-up', '--timeout', '1'], [GOOD], { b: [lagging(5)] })
  expect(said).toMatchObject({ exitCode: 4, stdout: 'timed out after 1 s: not caught-up: b: lag 5\n' })
})

test('--output json: the last answers and whether it was reached', async () => {
  const reached = await waitFor([...WAIT, '--output', 'json'], [GOOD])
  expect(JSON.parse(reached.said.stdout)).toEqual({ reached: true, replicators: [{ ...GOOD, replicatorName: 'a' }] })
  const not = await waitFor([...WAIT, '--output', 'json', '--timeout', '1'], [lagging(475)])
  expect(not.said.exitCode).toBe(4)
  expect(JSON.parse(not.said.stdout)).toMatchObject({ reached: false, replicators: [{ totals: { lag: 475 } }] })
})

test('straight from the files', async () => {
  const options = createArguments('x').slice(1)
  const { said } = await waitFor(['wait', '--for', 'caught-up', ...options], [GOOD])
  expect(said).toMatchObject({ exitCode: 0, stdout: 'reached: x caught-up (3 of 3 samples)\n' })
})

test.each([
  ['between two looks', async () => GOOD],
  ['though a look is under way', () => new Promise<StoredStatus>(() => {})],
])('Ctrl-C ends it with 130 %s', async (_name, read) => {
  const home = await homeWith('a')
  let asked = false
  let closed = 0
  const openStatus = () => ({
    read: () => {
      asked = true
      return read()
    },
    close: () => void closed++,
  })
  const waiting = startInProcess(WAIT, { home, engine: { ...NO_ENGINE, openStatus } })
  await expect.poll(() => asked).toBe(true)
  waiting.signal()
  expect(await waiting.done).toMatchObject({ exitCode: 130, stdout: '' })
  expect(closed).toBe(1)
})

test.each([
  [['--replicator-name', 'a'], 'the following arguments are required: --for'],
  [['--for', 'caught-up'], 'the following arguments are required: --replicator-name'],
  [['--replicator-name', 'a', '--for', 'ready'], 'It must be one of: running, caught-up, groups-synced.'],
  [['--replicator-name', 'a', '--for', 'running', '--max-lag', '1'], '--max-lag: only with --for caught-up'],
  [['--replicator-name', 'a', '--for', 'caught-up', '--max-lag', 'x'], "argument --max-lag: 'x' is not a whole number"],
  [['--replicator-name', 'a', '--for', 'running', '--samples', '0'], "'0' is not a whole number from 1 to 999999"],
  [['--replicator-name', 'a', '--for', 'running', '--interval', '0'], "'0' is not a whole number from 1 to 999999"],
  [['--replicator-name', 'a', '--for', 'running', '--timeout', '1.5'], "argument --timeout: '1.5' is not"],
  [['--replicator-name', 'nope', '--for', 'running'], 'There is no replicator named "nope"'],
])('wrong usage: %j', async (options, text) => {
  const said = await runInProcess(['wait', ...options], { home: await homeWith('a') })
  expect(said).toMatchObject({ exitCode: 252, stdout: '' })
  expect(said.stderr).toContain(text)
})

test('groups that are not synchronised are nothing to wait for', async () => {
  const flows = [
    {
      ...FLOWS[0],
      ConsumerGroupReplication: { ConsumerGroupsToReplicate: ['.*'], SynchroniseConsumerGroupOffsets: false },
    },
  ]
  const options = ['--kafka-clusters', JSON.stringify(CLUSTERS), '--replication-info-list', JSON.stringify(flows)]
  const role = ['--service-execution-role-arn', 'arn:aws:iam::123456789012:role/r']
  const said = await runInProcess(['wait', '--replicator-name', 'a', '--for', 'groups-synced', ...role, ...options], {
    home: await temporaryFolder(),
  })
  expect(said).toMatchObject({ exitCode: 252, stdout: '' })
  expect(said.stderr).toContain('a does not synchronise consumer groups, so there is nothing to wait for')
})

/** Runs it against replicators that answer so, the last answer again and again; time passes only while it sleeps. */
async function waitFor(argv: string[], answers: StoredStatus[], others: Record<string, StoredStatus[]> = {}) {
  const clock = steppingClock()
  let looks = 0
  const openStatus: Engine['openStatus'] = ({ name }) => {
    const left = [...(others[name] ?? answers)]
    return {
      read: async () => {
        looks++
        const status = left.length > 1 ? left.shift() : left[0]
        if (status === undefined) throw new Error('This test has no answer.')
        return { ...status, replicatorName: name }
      },
      close: () => {},
    }
  }
  const options: FakeShellOptions = { home: await homeWith('a', 'b'), engine: { ...NO_ENGINE, openStatus }, clock }
  const said = await runInProcess(argv, options)
  return { said, looks, seconds: clock.monotonic() / 1_000 }
}

async function homeWith(...names: string[]): Promise<string> {
  const home = await temporaryFolder()
  for (const name of names) await runInProcess(createArguments(name), { home })
  return home
}

function steppingClock(): Clock {
  let now = 0
  return {
    now: () => now,
    monotonic: () => now,
    sleep: async ms => {
      now += ms
    },
  }
}

function lagging(lag: number | null): StoredStatus {
  const state = lag === null ? 'unknown' : lag === 0 ? 'caught-up' : 'copying'
  return storedStatus({ topics: [storedTopic('orders', [{ ...storedPartition(0, state, 1_000, 1_000), lag }])] })
}

function partitioned(state: 'held' | 'waiting' | 'starting'): StoredStatus {
  const partitions = [storedPartition(0, 'caught-up', 9, 9), storedPartition(1, state, 9, 9)]
  return storedStatus({ topics: [storedTopic('orders', partitions)] })
}

function oneIn(state: GroupState) {
  return group('b', [groupTopic('orders', [groupPartition(0, { state })])])
}
