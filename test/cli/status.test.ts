import { expect, test } from 'vitest'
import type { Engine } from '../../src/cli/engine.ts'
import type { StatusVerdict, StoredStatus } from '../../src/replication/stored-status.ts'
import { GROUPS_OFF } from '../support/stored-groups.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { NO_ENGINE, runInProcess, startInProcess } from './fake-shell.ts'
import { CLUSTERS, createArguments, FLOWS } from './files.ts'

/** An engine whose replicators stand as the test says; `closed` counts the readings that were given back. */
function engineOf(verdictOf: (name: string) => StatusVerdict): Engine & { closed: number } {
  const engine = {
    ...NO_ENGINE,
    closed: 0,
    openStatus: ({ name }: { name: string }) => ({
      read: async () => ({ ...STATUS, replicatorName: name, verdict: verdictOf(name) }),
      close: () => {
        engine.closed++
      },
    }),
  }
  return engine
}

const STATUS: StoredStatus = {
  ...{ replicatorName: '', at: '2026-01-02T14:02:31.000Z', verdict: 'caught-up', state: 'running', stateReason: null },
  heartbeatAgeMs: 3_000,
  stoppedBy: null,
  controlHeard: true,
  deniedTopics: [],
  instance: { host: 'build-7', processId: 4711, startedAt: '2026-01-02T14:00:00.000Z' },
  source: { alias: 'source-1', problem: null },
  target: { alias: 'target-1', problem: null },
  ...{ topics: [], groups: GROUPS_OFF, goneFromSource: [], gaps: [] },
  totals: {
    ...{ topics: 0, partitions: 0, lag: null, held: 0, unknown: 0, inOpenTransactions: 0, gaps: 0, gapOffsets: 0 },
  },
}

const FILES = createArguments('x').slice(1)

test.each<[StatusVerdict, number]>([
  ['caught-up', 0],
  ['copying', 0],
  ['held', 1],
  ['failed', 1],
  ['silent', 1],
  ['stopped', 1],
  ['never-ran', 1],
  ['no-topics', 1],
  ['unknown', 1],
  ['unreachable', 254],
])('%s is exit code %i', async (verdict, exitCode) => {
  const home = await temporaryFolder()
  await runInProcess(createArguments('a'), { home })
  const engine = engineOf(() => verdict)
  const said = await runInProcess(['status'], { home, engine })
  expect(said).toMatchObject({ exitCode, stderr: '' })
  expect(said.stdout).toMatch(/^a \| running \| /)
  expect(engine.closed).toBe(1)
})

test('without a name all that are registered; the worst decides, and what could not be asked is worst', async () => {
  const home = await temporaryFolder()
  for (const name of ['a', 'b', 'c']) await runInProcess(createArguments(name), { home })
  const bad = engineOf(name => (name === 'b' ? 'held' : 'caught-up'))
  const said = await runInProcess(['status'], { home, engine: bad })
  expect(said.exitCode).toBe(1)
  expect(said.stdout.match(/^\w+(?= \| running)/gm)).toEqual(['a', 'b', 'c'])
  expect((await runInProcess(['status', '--replicator-name', 'a', 'c'], { home, engine: bad })).exitCode).toBe(0)
  const worse = engineOf(name => ({ a: 'held', b: 'unreachable', c: 'caught-up' })[name] as StatusVerdict)
  expect((await runInProcess(['status', '--all'], { home, engine: worse })).exitCode).toBe(254)
})

test('--output json has every number under its name', async () => {
  const home = await temporaryFolder()
  await runInProcess(createArguments('a'), { home })
  const said = await runInProcess(['status', '--output', 'json'], { home, engine: engineOf(() => 'caught-up') })
  expect(JSON.parse(said.stdout)).toEqual({ replicators: [{ ...STATUS, replicatorName: 'a' }] })
})

test('straight from the files, registered or not', async () => {
  const home = await temporaryFolder()
  const said = await runInProcess(['status', ...FILES], { home, engine: engineOf(() => 'stopped') })
  expect(said).toMatchObject({ exitCode: 1, stderr: '' })
  expect(said.stdout).toContain('kafka-replicator run, with the same files')
  await runInProcess(createArguments('x'), { home })
  const registered = await runInProcess(['status', ...FILES], { home, engine: engineOf(() => 'stopped') })
  expect(registered.stdout).toContain('kafka-replicator run --replicator-name x')
})

test('--watch: a block each time, until a signal ends it with 0 whatever the answer was', async () => {
  const home = await temporaryFolder()
  await runInProcess(createArguments('a'), { home })
  const engine = engineOf(() => 'held')
  const watching = startInProcess(['status', '--watch'], { home, engine, clock: hastyClock() })
  await expect.poll(() => watching.out().match(/^a \| running/gm)?.length).toBeGreaterThan(2)
  watching.signal()
  const said = await watching.done
  expect(said).toMatchObject({ exitCode: 0, stderr: '' })
  expect(said.stdout).not.toContain('\u001b')
  expect(engine.closed).toBe(1)
})

test('--watch --output json: one line each time', async () => {
  const home = await temporaryFolder()
  await runInProcess(createArguments('a'), { home })
  const options = { home, engine: engineOf(() => 'held'), clock: hastyClock() }
  const watching = startInProcess(['status', '--watch', '--output', 'json'], options)
  await expect.poll(() => watching.out().split('\n').length).toBeGreaterThan(3)
  watching.signal()
  const lines = (await watching.done).stdout.trimEnd().split('\n')
  for (const line of lines) expect(JSON.parse(line).replicators[0].verdict).toBe('held')
})

test('--watch ends at once though a reading is under way', async () => {
  const home = await temporaryFolder()
  await runInProcess(createArguments('a'), { home })
  let asked = false
  const engine = {
    ...NO_ENGINE,
    openStatus: () => ({
      read: () => {
        asked = true
        return new Promise<StoredStatus>(() => {})
      },
      close: () => {},
    }),
  }
  const watching = startInProcess(['status', '--watch'], { home, engine })
  await expect.poll(() => asked).toBe(true)
  watching.signal()
  expect((await watching.done).exitCode).toBe(0)
})

test.each([
  [['--replicator-name', 'orders-rd'], 252, 'Maybe you meant: orders-dr'],
  [['--replicator-name', 'orders-dr', '--all'], 252, 'argument --all: not together with --replicator-name'],
  [['--connections', 'file://x.json'], 252, 'a registered replicator has its own'],
  [['--output', 'table'], 252, 'It must be one of: text, json.'],
  [['--kafka-clusters', JSON.stringify(CLUSTERS), '--replication-info-list', JSON.stringify(FLOWS)], 252, 'required'],
])('wrong usage: %j', async (options, exitCode, text) => {
  const home = await temporaryFolder()
  await runInProcess(createArguments('orders-dr'), { home })
  const said = await runInProcess(['status', ...options], { home, engine: engineOf(() => 'caught-up') })
  expect(said).toMatchObject({ exitCode, stdout: '' })
  expect(said.stderr).toContain(text)
})

test('none registered: says so and how to register one', async () => {
  const said = await runInProcess(['status'], { home: await temporaryFolder() })
  expect(said.exitCode).toBe(253)
  expect(said.stderr).toContain('Register one with: kafka-replicator create-replicator')
})

/** Time that passes a thousand times as fast. */
function hastyClock() {
  return {
    now: () => 0,
    monotonic: () => performance.now(),
    sleep: async (ms: number, signal?: AbortSignal) => {
      if (!signal?.aborted) await new Promise(resolve => setTimeout(resolve, ms / 1_000))
    },
  }
}
