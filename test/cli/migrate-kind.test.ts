import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ReplicatorOptions } from '../../src/replication/replicator-options.ts'
import type { StoredStatus } from '../../src/replication/stored-status.ts'
import { fakeClock } from '../runbooks/fake-context.ts'
import { group, groupPartition, groupTopic, storedGroups } from '../support/stored-groups.ts'
import { storedPartition, storedStatus, storedTopic } from '../support/stored-status.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { NO_ENGINE, runInProcess } from './fake-shell.ts'
import { CLUSTERS, FLOWS } from './files.ts'

const [EAST, WEST] = ['source-1', 'target-1']
const GROUP = 'billing'

/** Two clusters with one group, that is where the test says; a command of the user's moves it by writing a file. */
interface World {
  /** Where the group has members; a file of that name is there when a command has stopped or started it. */
  runsOn: string | undefined
  lag: number
  facts: Partial<StoredStatus>
  /** Whether its offset is brought over. */
  synced: boolean
  /** Which replicators were told that they are deleted. */
  forgotten: string[]
}

async function migration({ mode = 'ENHANCED' } = {}) {
  const home = await temporaryFolder()
  const world: World = { runsOn: EAST, lag: 0, facts: {}, synced: true, forgotten: [] }
  const env = { KAFKA_REPLICATOR_HOME: home }
  const read = async ({ name, source, target }: ReplicatorOptions) => {
    const files = await readdir(home)
    const runsOn = files.includes('started') ? WEST : files.includes('stopped') ? undefined : world.runsOn
    return statusOf(name, source.alias, target.alias, { ...world, runsOn })
  }
  const engine = {
    ...NO_ENGINE,
    openStatus: (options: ReplicatorOptions) => ({ read: () => read(options), close: () => {} }),
    readStatus: async () => ({ state: 'stopped' as const, at: 0 }) as never,
    forgetState: async ({ name }: ReplicatorOptions) => void world.forgotten.push(name),
  }
  await runInProcess(createArguments('there', EAST, WEST, 'ENHANCED'), { home })
  await runInProcess(createArguments('back', WEST, EAST, mode), { home })
  const run = (...argv: string[]) =>
    runInProcess(['migrate', ...argv], { home, engine, env, clock: fakeClock({ realMs: 2 }) })
  return { home, world, run, migrate: (...argv: string[]) => run('--replicator-name', 'there', 'back', ...argv) }
}

function statusOf(name: string, source: string, target: string, { runsOn, lag, facts, synced }: World): StoredStatus {
  const state = runsOn === target ? 'active-on-target' : synced ? 'synced' : 'syncing'
  const members = (side: string) => (runsOn === side ? 'Stable' : 'Empty')
  const partition = groupPartition(0, { state, readAgain: synced ? 0 : 4 })
  const groups = storedGroups([
    group(GROUP, [groupTopic('orders', [partition])], { sourceState: members(source), targetState: members(target) }),
  ])
  const active = { activeOnSource: runsOn === source ? 1 : 0, activeOnTarget: runsOn === target ? 1 : 0 }
  return storedStatus({
    replicatorName: name,
    source: { alias: source, problem: null },
    target: { alias: target, problem: null },
    topics: [storedTopic('orders', [storedPartition(0, 'copying', 100, 100 - lag)])],
    groups: { ...groups, mode: 'enhanced', verdict: { ...groups.verdict, ...active } },
    ...facts,
  })
}

function createArguments(name: string, from: string, to: string, mode: string): string[] {
  const flow = {
    ...FLOWS[0],
    ...{ SourceKafkaClusterId: from, TargetKafkaClusterId: to },
    TopicReplication: { TopicsToReplicate: ['orders.*'], TopicNameConfiguration: { Type: 'IDENTICAL' } },
    ConsumerGroupReplication: { ConsumerGroupsToReplicate: ['.*'], ConsumerGroupOffsetSyncMode: mode },
  }
  return [
    ...['create-replicator', '--replicator-name', name],
    ...['--service-execution-role-arn', 'arn:aws:iam::123456789012:role/r'],
    ...['--kafka-clusters', JSON.stringify(CLUSTERS), '--replication-info-list', JSON.stringify([flow])],
  ]
}

/** A command takes real time; our clock passes much faster. */
const PATIENT = ['--yes', '--hook-timeout', '99999']
const hook = (name: string, command: string) => ['--on', `${name}=${command}`]

test('alone: waits until applications may move, and shows where they are', async () => {
  const { migrate } = await migration()
  const said = await migrate()
  expect(said).toMatchObject({ exitCode: 0, stderr: '' })
  expect(said.stdout).toMatch(/GROUP +RUNS-ON +LAG source-1 +LAG target-1\n.*billing +source-1 +0 +0\n/)
  expect(said.stdout).toContain('producers: not known')
  expect(said.stdout).toContain('migrate --replicator-name there --replicator-name back --group <group>')
})

test.each<[string, string[], Partial<World>, string]>([
  ['what lags', [], { lag: 1_001, facts: {} }, 'lag 1,001'],
  ['the guide wants no lag', ['--ready', 'aws-guide'], { lag: 1 }, 'lag 1'],
  ['a lag that stays within the bound, but for minutes', [], { lag: 5 }, 'how long a record takes is not known'],
  ['an engine that is not there', [], { facts: { state: 'silent' } }, 'does not run (silent)'],
  ['fewer groups than expected', ['--expected-groups', '2'], {}, '1 of 2 groups are there'],
])('not ready in time: %s', async (_, argv, facts, why) => {
  const { migrate, world } = await migration()
  Object.assign(world, facts)
  const said = await migrate('--timeout', '60', ...argv)
  expect(said.exitCode).toBe(4)
  expect(said.stdout).toContain(why)
})

test('a group moves by commands, which know it; and back with the roles swapped', async () => {
  const { migrate, home, world } = await migration()
  const note = `echo "$KAFKA_REPLICATOR_GROUP $KAFKA_REPLICATOR_SOURCE $KAFKA_REPLICATOR_TARGET"`
  const said = await migrate(
    ...PATIENT,
    ...['--group', GROUP, ...hook('stop-consumers', `touch ${home}/stopped`)],
    ...hook('start-consumers', `touch ${home}/started; ${note}`),
  )
  expect(said).toMatchObject({ exitCode: 0, stderr: '' })
  expect(said.stdout).toContain(`${GROUP} ${EAST} ${WEST}`)
  expect(said.stdout).toContain(`brokers of ${WEST}: 127.0.0.1:9093; the group id stays ${GROUP}`)
  expect(said.stdout).toMatch(/billing +target-1 +0 +0\n/)

  const text = said.stdout
    .replaceAll(home, '<home>')
    .replaceAll(/r-[0-9a-f]{6}/g, 'r-xxxxxx')
    .replaceAll(/^\d\d:\d\d:\d\dZ/gm, '<time>')
  await expect(text).toMatchFileSnapshot('golden/migrate-a-group-in-a-log.txt')

  Object.assign(world, { runsOn: WEST })
  const back = await migrate('--group', GROUP, '--back', '--yes')
  expect(back).toMatchObject({
    exitCode: 6,
    stdout: expect.stringContaining(`Stop the consumers of ${GROUP} on ${WEST}.`),
  })
  expect(back.stdout).toContain(`Move ${GROUP} from ${WEST} to ${EAST}? yes (--yes)`)
})

test('a group is not started while it would read again; resumed when it is exact', async () => {
  const { migrate, world, run } = await migration()
  Object.assign(world, { runsOn: undefined, synced: false })
  const stuck = await migrate(...PATIENT, '--group', GROUP, '--timeout', '20', ...hook('start-consumers', 'true'))
  expect(stuck.exitCode).toBe(4)
  expect(stuck.stdout).toContain('not needed: stop the consumers of billing')
  expect(stuck.stdout).toContain('billing is exact: not so within 20 s: orders: syncing')
  world.synced = true
  const resumed = await run(...stuck.stdout.trimEnd().split('\n').at(-1)!.trim().split(' ').slice(2))
  expect(resumed).toMatchObject({ exitCode: 0, stderr: '' })
})

test.each<[string, string, Partial<World>, string]>([
  ['a group that is not there', 'bill', {}, 'bill is no group'],
  ['a group that has moved already', GROUP, { runsOn: WEST }, 'has members on target-1 already'],
])('refused: %s', async (_, name, facts, why) => {
  const { migrate, world } = await migration()
  Object.assign(world, facts)
  const said = await migrate('--group', name, '--yes')
  expect(said.exitCode).toBe(1)
  expect(said.stdout).toContain(why)
})

test('producers move, and later calls know where they are', async () => {
  const { migrate } = await migration()
  const hooks = [...hook('stop-producers', 'true'), ...hook('start-producers', 'true')]
  const said = await migrate(...PATIENT, '--producers', ...hooks)
  expect(said).toMatchObject({ exitCode: 0, stderr: '' })
  expect((await migrate()).stdout).toMatch(/producers: on target-1 since .* \(run r-\w{6}\)/)
  expect((await migrate(...PATIENT, '--producers', '--back', ...hooks)).exitCode).toBe(0)
})

test('producers are not started while one still writes to the side that they leave', async () => {
  const { migrate, world, run } = await migration()
  const stopped = await migrate(...PATIENT, '--producers', ...hook('stop-producers', 'true'))
  expect(stopped).toMatchObject({ exitCode: 6, stdout: expect.stringContaining('Start the producers on target-1.') })
  world.facts = { topics: [storedTopic('orders', [storedPartition(0, 'caught-up', 107, 107)])] }
  const resume = stopped.stdout.trimEnd().split('\n').at(-1)!.trim().split(' ').slice(2)
  const again = await run(...resume, '--from-step', 'start-producers')
  expect(again).toMatchObject({ exitCode: 5, stdout: expect.stringContaining('orders p0 from offset 100 to 107') })
})

test('a run that waits for producers to be stopped can be given up: nothing is to be undone', async () => {
  const { migrate } = await migration()
  expect((await migrate('--yes', '--producers')).exitCode).toBe(6)
  expect((await migrate('--yes', '--group', GROUP)).exitCode).toBe(5)
  const aborted = await migrate('--abort')
  expect(aborted).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('may start again on source-1') })
})

test('finish: deletes the way back first, then the way there, and has both take leave', async () => {
  const { migrate, world, home } = await migration()
  world.runsOn = WEST
  const said = await migrate('--finish', '--yes')
  expect(said).toMatchObject({ exitCode: 0, stderr: '' })
  expect(said.stdout.indexOf('done: delete the way back')).toBeLessThan(said.stdout.indexOf('done: delete the way to'))
  expect(await readdir(join(home, 'replicators'))).toEqual([])
  expect(world.forgotten).toEqual(['back', 'there'])
})

test('finish: not while a group is on the old cluster', async () => {
  const { migrate, home } = await migration()
  const said = await migrate('--finish', '--yes', '--timeout', '20')
  expect(said).toMatchObject({ exitCode: 4, stdout: expect.stringContaining('1 group with members on source-1') })
  expect(await readdir(join(home, 'replicators'))).toHaveLength(2)
})

test('finish: stopped between the two, it can no longer be given up', async () => {
  const { migrate, world, home } = await migration()
  world.runsOn = WEST
  world.lag = 3
  const stuck = await migrate('--finish', '--yes', '--timeout', '20', '--ready', 'aws-guide', '--max-message-lag', '9')
  expect(stuck).toMatchObject({ exitCode: 4, stdout: expect.stringContaining('all of it is on target-1') })
  expect(await readdir(join(home, 'replicators'))).toEqual(['there.json'])
  const aborted = await migrate('--abort')
  expect(aborted).toMatchObject({ exitCode: 5, stdout: expect.stringContaining('does not come back') })
})

test('finish: stopped between the two, it is resumed without the one that is gone', async () => {
  const { migrate, world, home, run } = await migration()
  world.runsOn = WEST
  world.lag = 3
  const stuck = await migrate('--finish', '--yes', '--timeout', '20', '--ready', 'aws-guide', '--max-message-lag', '9')
  world.lag = 0
  const resumed = await run(...stuck.stdout.trimEnd().split('\n').at(-1)!.trim().split(' ').slice(2))
  expect(resumed).toMatchObject({ exitCode: 0, stderr: '' })
  expect(await readdir(join(home, 'replicators'))).toEqual([])
  expect(world.forgotten).toEqual(['back', 'there'])
})

test.each([
  [['--group', 'a', '--producers'], 'argument --producers: not together with --group'],
  [['--finish', '--group', 'a'], 'not together with'],
  [['--back'], 'argument --back: only with --group or --producers'],
  [['--finish', '--back'], 'argument --back: only with'],
  [['--resume', '--group', 'a'], 'argument --group: not with --resume'],
  [['--ready', 'x'], "argument --ready: Found invalid choice 'x'"],
  [['--replicator-name', 'third'], 'migrate takes two replicators'],
])('wrong usage: %j', async (argv, text) => {
  const { migrate } = await migration()
  const said = await migrate(...argv)
  expect(said).toMatchObject({ exitCode: 252, stdout: '' })
  expect(said.stderr).toContain(text)
})

test("two replicators that are not each other's way back are refused before anything is done", async () => {
  const legacy = await migration({ mode: 'LEGACY' })
  const said = await legacy.migrate('--dry-run')
  expect(said).toMatchObject({ exitCode: 252, stdout: '' })
  expect(said.stderr).toContain('back moves groups one way only (ConsumerGroupOffsetSyncMode ENHANCED)')
  const { run } = await migration()
  expect((await run('--replicator-name', 'there', '--replicator-name', 'there')).stderr).toContain(
    'takes two replicators',
  )
  expect((await run('--replicator-name', 'there', '--replicator-name', 'bak')).stderr).toContain(
    'Maybe you meant: back',
  )
})

test('--dry-run: the steps of each, with the commands that would do the same', async () => {
  const { migrate } = await migration()
  const said = await migrate('--dry-run', '--group', GROUP, ...hook('stop-consumers', 'halt billing'))
  expect(said.exitCode).toBe(0)
  expect(said.stdout).toMatch(/3 {2}stop the consumers of billing on source-1\n +\$ halt billing\n/)
  expect((await migrate('--dry-run', '--finish')).stdout).toMatch(
    /\$ kafka-replicator delete-replicator --replicator-arn arn:/,
  )
})
