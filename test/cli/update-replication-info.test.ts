import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { Registry } from '../../src/registry/registry.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { NO_ENGINE, runInProcess, type Said } from './fake-shell.ts'
import { createArguments } from './files.ts'

const FLOW = ['--source-kafka-cluster-id', 'source-1', '--target-kafka-cluster-id', 'target-1']
const topics = (include: string, more = '') =>
  `TopicsToReplicate=[${include}],TopicsToExclude=[],CopyTopicConfigurations=true,DetectAndCopyNewTopics=true,CopyAccessControlListsForTopics=true${more}`

/** A registered replicator and what is needed to speak of it. */
async function registered(...more: string[]) {
  const home = await temporaryFolder()
  const run = (...args: string[]) => runInProcess(args, { home })
  const { stdout } = await runInProcess(createArguments('a', '--query', 'ReplicatorArn', '--output', 'text', ...more), {
    home,
  })
  const arn = stdout.trim()
  const described = async () => JSON.parse((await run('describe-replicator', '--replicator-arn', arn)).stdout)
  const version = async (): Promise<string> => (await described()).CurrentVersion
  const update = async (...args: string[]) =>
    await run('update-replication-info', '--replicator-arn', arn, '--current-version', await version(), ...args)
  return { home, run, arn, described, version, update }
}

/** The code and parameter that an error of the service names. */
function serviceError({ exitCode, stdout, stderr }: Said) {
  expect({ exitCode, stdout }).toEqual({ exitCode: 254, stdout: '' })
  const [, code, operation] = /An error occurred \((\w+)\) when calling the (\w+) operation: /.exec(stderr) ?? []
  return { code, operation, parameter: /InvalidParameter: (\w+)/.exec(stderr)?.[1] }
}

describe('update-replication-info', () => {
  test('changes topics and groups, answers UPDATING, and each change gives another version', async () => {
    const { arn, described, version, update } = await registered()
    const first = await version()
    const said = await update(...FLOW, '--topic-replication', topics('payments.*'))
    expect(JSON.parse(said.stdout)).toEqual({ ReplicatorArn: arn, ReplicatorState: 'UPDATING' })
    const second = await version()
    await update(
      ...FLOW,
      '--consumer-group-replication',
      'ConsumerGroupsToReplicate=g,ConsumerGroupsToExclude=[],SynchroniseConsumerGroupOffsets=false,DetectAndCopyNewConsumerGroups=true',
    )
    expect(new Set([first, second, await version()]).size).toBe(3)
    const {
      ReplicationInfoList: [flow],
    } = await described()
    expect(flow.TopicReplication).toMatchObject({ TopicsToReplicate: ['payments.*'], TopicsToExclude: [] })
    expect(flow.ConsumerGroupReplication).toMatchObject({
      ConsumerGroupsToReplicate: ['g'],
      SynchroniseConsumerGroupOffsets: false,
    })
  })

  test('a version that is not current is refused, and nothing changes', async () => {
    const { run, arn, described } = await registered()
    const before = await described()
    const said = await run(
      'update-replication-info',
      '--replicator-arn',
      arn,
      '--current-version',
      'K1',
      ...FLOW,
      '--topic-replication',
      topics('x'),
    )
    expect(serviceError(said)).toEqual({
      code: 'BadRequestException',
      operation: 'UpdateReplicationInfo',
      parameter: 'currentVersion',
    })
    expect(await described()).toEqual(before)
  })

  test('of two who update the same version at once, one is told that it is not current', async () => {
    const { home, arn, version } = await registered()
    const current = await version()
    const attempts = await Promise.all(
      ['x', 'y', 'z'].map(include =>
        runInProcess(
          [
            'update-replication-info',
            '--replicator-arn',
            arn,
            '--current-version',
            current,
            ...FLOW,
            '--topic-replication',
            topics(include),
          ],
          { home },
        ),
      ),
    )
    expect(attempts.map(({ exitCode }) => exitCode).sort()).toEqual([0, 254, 254])
  })

  test.each<[string, string[], string]>([
    ['a pattern that cannot be used', ['--topic-replication', topics('x(?=y)')], 'topicsToReplicate'],
    [
      'an empty pattern, as "TopicsToExclude=" makes it',
      ['--topic-replication', topics('x').replace('Exclude=[]', 'Exclude=')],
      'topicsToExclude',
    ],
    ['no topic at all', ['--topic-replication', topics('')], 'topicsToReplicate'],
    ['logs without a group', ['--log-delivery', 'ReplicatorLogDelivery={CloudWatchLogs={Enabled=true}}'], 'logGroup'],
  ])('what the service would not take at creation it does not take later: %s', async (_, args, parameter) => {
    const { described, update } = await registered()
    const before = await described()
    expect(serviceError(await update(...FLOW, ...args))).toMatchObject({ code: 'BadRequestException', parameter })
    expect(await described()).toEqual(before)
  })

  test('a fault in a file is told with its place there', async () => {
    const { home, update } = await registered()
    const text = JSON.stringify(
      {
        TopicsToReplicate: ['ok', 'x(?=y)'],
        TopicsToExclude: [],
        CopyTopicConfigurations: true,
        DetectAndCopyNewTopics: true,
        CopyAccessControlListsForTopics: true,
      },
      null,
      1,
    )
    await writeFile(join(home, 'topics.json'), text)
    expect((await update(...FLOW, '--topic-replication', 'file://topics.json')).stderr).toMatch(/topics\.json:4:3: /)
  })
})

describe('tags', () => {
  test('are given, changed, taken and shown, and change no version', async () => {
    const { run, arn, described, version } = await registered('--tags', 'a=1,b=2')
    const before = await version()
    await run('tag-resource', '--resource-arn', arn, '--tags', 'b=3,c=4')
    await run('untag-resource', '--resource-arn', arn, '--tag-keys', 'a', 'never-there')
    const shown = await run('list-tags-for-resource', '--resource-arn', arn)
    expect(shown).toEqual({
      exitCode: 0,
      stdout: '{\n    "Tags": {\n        "b": "3",\n        "c": "4"\n    }\n}\n',
      stderr: '',
    })
    expect(await described()).toMatchObject({ CurrentVersion: before, Tags: { b: '3', c: '4' } })
  })

  test.each<[string, string]>([
    ['more than 50', Array.from({ length: 51 }, (_, i) => `k${i}=v`).join(',')],
    ['a key of AWS', 'aws:x=v'],
    ['a key of 129 characters', `${'k'.repeat(129)}=v`],
    ['a value of 257 characters', `k=${'v'.repeat(257)}`],
    ['an empty key', '=v'],
  ])('%s: refused', async (_, tags) => {
    const { run, arn } = await registered()
    const said = await run('tag-resource', '--resource-arn', arn, '--tags', tags)
    expect(serviceError(said)).toMatchObject({
      code: 'BadRequestException',
      operation: 'TagResource',
      parameter: 'tags',
    })
    expect((await run('list-tags-for-resource', '--resource-arn', arn)).stdout).toBe('{\n    "Tags": {}\n}\n')
  })

  test('50 is not too many, one more later is', async () => {
    const { run, arn } = await registered('--tags', Array.from({ length: 50 }, (_, i) => `k${i}=v`).join(','))
    expect((await run('tag-resource', '--resource-arn', arn, '--tags', 'k0=w')).exitCode).toBe(0)
    expect((await run('tag-resource', '--resource-arn', arn, '--tags', 'new=v')).exitCode).toBe(254)
  })

  test.each([
    ['NotFoundException', 'arn:aws:kafka:us-east-1:123456789012:replicator/b/11111111-2222-3333-4444-555555555551-1'],
    ['BadRequestException', 'arn:aws:kafka:us-east-1:123456789012:cluster/b'],
  ])('of what is not there: %s', async (code, arn) => {
    const { run } = await registered()
    for (const args of [
      ['tag-resource', '--tags', 'k=v'],
      ['untag-resource', '--tag-keys', 'k'],
      ['list-tags-for-resource'],
    ]) {
      expect(serviceError(await run(...args, '--resource-arn', arn)).code).toBe(code)
    }
  })
})

describe('states', () => {
  const running = { ...NO_ENGINE, readStatus: async () => ({ state: 'running' as const, at: Date.now() }) }

  test('UPDATING until the engine on this machine works by the new version', async () => {
    const { home, arn, update } = await registered()
    const registry = new Registry(home, systemClock)
    const state = async () => {
      const said = await runInProcess(['describe-replicator', '--replicator-arn', arn], { home, engine: running })
      return JSON.parse(said.stdout).ReplicatorState
    }
    await registry.rememberState(await registry.get(arn), 'RUNNING')
    expect(await state()).toBe('RUNNING')
    await update(...FLOW, '--topic-replication', topics('x'))
    expect(await state()).toBe('UPDATING')
    await registry.rememberState(await registry.get(arn), 'RUNNING')
    expect(await state()).toBe('RUNNING')
  })

  test('DELETING while the engine on this machine drains, and nothing else may be asked of it', async () => {
    const { home, run, arn, version } = await registered()
    const registry = new Registry(home, systemClock)
    await registry.rememberState(await registry.get(arn), 'RUNNING')
    const current = await version()
    const wrong = await runInProcess(['delete-replicator', '--replicator-arn', arn, '--current-version', 'K1'], {
      home,
      engine: running,
    })
    expect(serviceError(wrong)).toMatchObject({ code: 'BadRequestException', parameter: 'currentVersion' })
    const said = await runInProcess(['delete-replicator', '--replicator-arn', arn], { home, engine: running })
    expect(JSON.parse(said.stdout)).toEqual({ ReplicatorArn: arn, ReplicatorState: 'DELETING' })
    const listed = await runInProcess(['list-replicators', '--query', 'Replicators[0].ReplicatorState'], {
      home,
      engine: running,
    })
    expect(JSON.parse(listed.stdout)).toBe('DELETING')
    const update = ['update-replication-info', '--replicator-arn', arn, '--current-version', current, ...FLOW]
    expect(serviceError(await run(...update, '--topic-replication', topics('x'))).code).toBe('BadRequestException')
    expect(serviceError(await runInProcess(createArguments('a'), { home })).code).toBe('ConflictException')
  })

  test('one whose engine died while it drained is gone when it is deleted again', async () => {
    const { home, run, arn } = await registered()
    const registry = new Registry(home, systemClock)
    await registry.beginDeletion(arn, undefined)
    const dead = { ...NO_ENGINE, readStatus: async () => ({ state: 'running' as const, at: 0 }) }
    const shown = await runInProcess(['describe-replicator', '--replicator-arn', arn], { home, engine: dead })
    expect(JSON.parse(shown.stdout)).toMatchObject({ ReplicatorState: 'DELETING', StateInfo: { Code: 'EngineGone' } })
    await runInProcess(['delete-replicator', '--replicator-arn', arn], { home, engine: dead })
    expect((await run('list-replicators')).stdout).toBe('{\n    "Replicators": []\n}\n')
  })
})

test('the sixteenth replicator of an account and Region is told, not refused', async () => {
  const home = await temporaryFolder()
  const said: Said[] = []
  for (let i = 0; i < 16; i++) said.push(await runInProcess(createArguments(`r${i}`), { home }))
  expect(said.map(({ exitCode }) => exitCode)).toEqual(Array(16).fill(0))
  expect(said.filter(({ stderr }) => stderr !== '')).toEqual([said[15]])
  expect(said[15]?.stderr).toMatch(/WARNING.*16 replicators.*quota is 15/)
})

test('list-replicators answers in pages of the service, filtered by the beginning of names', async () => {
  const home = await temporaryFolder()
  for (const name of ['b1', 'a2', 'b3', 'b2']) await runInProcess(createArguments(name), { home })
  const names = async (...args: string[]) =>
    (
      await runInProcess(['list-replicators', '--query', 'Replicators[].ReplicatorName', '--output', 'text', ...args], {
        home,
      })
    ).stdout
  expect(await names('--replicator-name-filter', 'b')).toBe('b1\tb2\tb3\n')
  expect(await names('--replicator-name-filter', 'b', '--page-size', '2')).toBe('b1\tb2\nb3\n')
  expect(await names('--max-results', '3')).toBe('a2\tb1\tb2\n')
  expect(serviceError(await runInProcess(['list-replicators', '--max-results', '101'], { home }))).toMatchObject({
    parameter: 'maxResults',
  })
})
