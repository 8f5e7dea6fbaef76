import { spawn } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, rename, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import type { CreateReplicatorRequest } from '../../src/config/types.ts'
import { newReplicatorArn, parseReplicatorArn } from '../../src/registry/arn.ts'
import { registryHome } from '../../src/registry/home.ts'
import { Registry } from '../../src/registry/registry.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const MSK = 'arn:aws:kafka:eu-west-1:210987654321:cluster/prod/361a2e04-ff39-48d4-9ee0-f810cd197370-2'

function request(name: string): CreateReplicatorRequest {
  return {
    ReplicatorName: name,
    ServiceExecutionRoleArn: 'r',
    KafkaClusters: [{ AmazonMskCluster: { MskClusterArn: MSK } }],
    ReplicationInfoList: [
      {
        SourceKafkaClusterId: 's',
        TargetKafkaClusterArn: MSK,
        TargetCompressionType: 'NONE',
        TopicReplication: { TopicsToReplicate: ['.*'] },
        ConsumerGroupReplication: { ConsumerGroupsToReplicate: [] },
      },
    ],
  }
}

async function newRegistry() {
  const home = await temporaryFolder()
  return { registry: new Registry(home, systemClock), folder: join(home, 'replicators') }
}

const anyRegion = { region: undefined }

test('folders are 0700 and files 0600, whatever the umask', async () => {
  const before = process.umask(0)
  try {
    const { registry, folder } = await newRegistry()
    await registry.create(request('a'), anyRegion)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    expect((await stat(join(folder, 'a.json'))).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['a.json'])
  } finally {
    process.umask(before)
  }
})

test('of many who want one name at once, one gets it', async () => {
  const { registry, folder } = await newRegistry()
  const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => registry.create(request('a'), anyRegion)))
  const created = attempts.filter(({ status }) => status === 'fulfilled')
  expect(created).toHaveLength(1)
  for (const attempt of attempts) {
    if (attempt.status === 'rejected') expect(attempt.reason).toMatchObject({ code: 'ConflictException' })
  }
  expect(await readdir(folder)).toEqual(['a.json'])
})

test('of two processes that want one name at once, one gets it', async () => {
  const home = await temporaryFolder()
  const module = new URL('../../dist/registry/registry.js', import.meta.url).href
  const script = `const { Registry } = await import(${JSON.stringify(module)})
    const registry = new Registry(${JSON.stringify(home)}, { now: Date.now })
    await registry.create(${JSON.stringify(request('a'))}, {}).then(() => process.exit(0), error => process.exit(error.code === 'ConflictException' ? 9 : 1))`
  const codes = await Promise.all(
    [1, 2, 3, 4].map(
      () =>
        new Promise(resolve => {
          spawn(process.execPath, ['--input-type=module', '-e', script]).on('close', resolve)
        }),
    ),
  )
  expect(codes.toSorted()).toEqual([0, 9, 9, 9])
})

test('what it gives back is what it was given', async () => {
  const { registry } = await newRegistry()
  const created = await registry.create(request('a'), { region: 'us-west-2', connectionsFile: '/c.json' })
  expect(await registry.get(created.ReplicatorArn)).toEqual(created)
  expect(created).toMatchObject({ Request: request('a'), ConnectionsFile: '/c.json' })
  expect(created.CurrentVersion).toMatch(/^K[A-Z0-9]{10}$/)
})

test('one that takes up the progress of an earlier one has its identity', async () => {
  const { registry } = await newRegistry()
  const uuid = '1fa2b3c4-0000-4000-8000-1234567890ab'
  const { ReplicatorArn } = await registry.create(request('a'), { region: undefined, uuid })
  expect(parseReplicatorArn(ReplicatorArn)?.uuid).toBe(uuid)
})

test('list takes a prefix and sorts by name', async () => {
  const { registry } = await newRegistry()
  for (const name of ['b-2', 'a', 'b-1']) await registry.create(request(name), anyRegion)
  const names = async (prefix?: string) =>
    (await registry.list(prefix)).definitions.map(each => each.Request.ReplicatorName)
  expect(await names()).toEqual(['a', 'b-1', 'b-2'])
  expect(await names('b-')).toEqual(['b-1', 'b-2'])
})

test('delete wants the current version when it is given one', async () => {
  const { registry } = await newRegistry()
  const { ReplicatorArn, CurrentVersion } = await registry.create(request('a'), anyRegion)
  await expect(registry.delete(ReplicatorArn, 'K0')).rejects.toMatchObject({ code: 'BadRequestException' })
  await registry.delete(ReplicatorArn, CurrentVersion)
  await expect(registry.get(ReplicatorArn)).rejects.toMatchObject({ code: 'NotFoundException' })
})

test('an ARN of an earlier replicator of the same name is not found', async () => {
  const { registry } = await newRegistry()
  const first = await registry.create(request('a'), anyRegion)
  await registry.delete(first.ReplicatorArn, undefined)
  await registry.create(request('a'), anyRegion)
  await expect(registry.get(first.ReplicatorArn)).rejects.toMatchObject({ code: 'NotFoundException' })
})

test.each(['../x', 'a/b', '', '-a', 'a.b', 'a'.repeat(129)])('the name %j is refused', async name => {
  const { registry } = await newRegistry()
  await expect(registry.create(request(name), anyRegion)).rejects.toMatchObject({ code: 'BadRequestException' })
})

test('the last known state belongs to one replicator, not to its name', async () => {
  const { registry } = await newRegistry()
  const first = await registry.create(request('a'), anyRegion)
  await registry.rememberState(first, 'RUNNING')
  expect(await registry.lastSeen(first)).toEqual({ state: 'RUNNING', currentVersion: first.CurrentVersion })
  expect(await registry.lastSeen({ ...first, ReplicatorArn: `${first.ReplicatorArn}2` })).toEqual({ state: 'CREATING' })
})

test('of changes that come at once none is lost', async () => {
  const { registry, folder } = await newRegistry()
  const { ReplicatorArn } = await registry.create(request('a'), anyRegion)
  const keys = Array.from({ length: 20 }, (_, i) => `k${i}`)
  const tag = (key: string) =>
    registry.retag(ReplicatorArn, async known => ({ ...known, Tags: { ...known.Tags, [key]: 'v' } }))
  await Promise.all(keys.map(tag))
  expect(Object.keys((await registry.get(ReplicatorArn)).Request.Tags ?? {}).toSorted()).toEqual(keys.toSorted())
  expect(await readdir(folder)).toEqual(['a.json'])
})

test('a change that fails changes nothing and leaves no lock', async () => {
  const { registry, folder } = await newRegistry()
  const before = await registry.create(request('a'), anyRegion)
  const failing = () => Promise.reject(new Error('no'))
  await expect(registry.update(before.ReplicatorArn, before.CurrentVersion, failing)).rejects.toThrow('no')
  expect(await registry.get(before.ReplicatorArn)).toEqual(before)
  expect(await readdir(folder)).toEqual(['a.json'])
})

test('the lock of a process that died is no lock for ever', async () => {
  const { registry, folder } = await newRegistry()
  const { ReplicatorArn } = await registry.create(request('a'), anyRegion)
  await writeFile(join(folder, 'a.lock'), '1\n', { mode: 0o600 })
  const longAgo = new Date(systemClock.now() - 60_000)
  await utimes(join(folder, 'a.lock'), longAgo, longAgo)
  await registry.delete(ReplicatorArn, undefined)
  expect(await readdir(folder)).toEqual([])
})

const SPOILT: [string, (file: string, text: string) => Promise<void>, RegExp][] = [
  ['half a file', (file, text) => writeFile(file, text.slice(0, 200)), /a\.json is damaged/],
  ['an empty file', file => writeFile(file, ''), /a\.json is damaged/],
  [
    'a file of another name',
    async (file, text) => writeFile(file, text.replaceAll('"a"', '"b"')),
    /a\.json is damaged/,
  ],
  ['null', file => writeFile(file, 'null'), /a\.json is damaged/],
  [
    'a newer format',
    (file, text) => writeFile(file, text.replace('"FormatVersion": 1', '"FormatVersion": 2')),
    /newer kafka-replicator \(format 2; this one knows 1\)/,
  ],
  ['a file others may write', file => chmod(file, 0o666), /a\.json may be changed by other users/],
  [
    'a folder',
    async file => {
      await rename(file, `${file}.old`)
      await mkdir(file)
    },
    /a\.json is not a file/,
  ],
  [
    'a symbolic link',
    async file => {
      await rename(file, `${file}.old`)
      await symlink(`${file}.old`, file)
    },
    /a\.json is a symbolic link/,
  ],
]

test.each(SPOILT)('%s is refused by name, and hides no other', async (_, spoil, message) => {
  const { registry, folder } = await newRegistry()
  const { ReplicatorArn } = await registry.create(request('a'), anyRegion)
  await registry.create(request('z'), anyRegion)
  const file = join(folder, 'a.json')
  await spoil(file, await readFile(file, 'utf8'))
  await expect(registry.get(ReplicatorArn)).rejects.toThrow(message)
  const listing = await registry.list()
  expect(listing.definitions.map(each => each.Request.ReplicatorName)).toEqual(['z'])
  expect(listing.unreadable).toHaveLength(1)
  expect(listing.unreadable[0]?.exitCode).toBe(253)
})

test.runIf(process.getuid?.() === 0)('a file of another user is refused', async () => {
  const { registry, folder } = await newRegistry()
  const { ReplicatorArn } = await registry.create(request('a'), anyRegion)
  const { chown } = await import('node:fs/promises')
  await chown(join(folder, 'a.json'), 12345, 12345)
  await expect(registry.get(ReplicatorArn)).rejects.toThrow(/belongs to another user/)
})

test('what a killed process left half-written is not seen', async () => {
  const { registry, folder } = await newRegistry()
  await registry.create(request('a'), anyRegion)
  await writeFile(join(folder, '.4711-abc.tmp'), '{"half')
  expect((await registry.list()).unreadable).toEqual([])
})

test('the ARN is the one AWS would give', () => {
  const role = { ...request('a'), ServiceExecutionRoleArn: 'arn:aws-cn:iam::111122223333:role/x' }
  expect(parseReplicatorArn(newReplicatorArn(role, 'cn-north-1'))).toMatchObject({
    partition: 'aws-cn',
    region: 'cn-north-1',
    account: '111122223333',
    name: 'a',
  })
  expect(parseReplicatorArn(newReplicatorArn(request('a'), undefined))).toMatchObject({
    region: 'eu-west-1',
    account: '210987654321',
  })
  const local = request('a')
  local.ReplicationInfoList = []
  expect(parseReplicatorArn(newReplicatorArn(local, undefined))).toMatchObject({
    region: 'us-east-1',
    account: '000000000000',
  })
})

test('the home follows the variables, relative XDG folders aside', () => {
  expect(registryHome({ KAFKA_REPLICATOR_HOME: '/k', XDG_STATE_HOME: '/x', HOME: '/h' })).toBe('/k')
  expect(registryHome({ XDG_STATE_HOME: '/x', HOME: '/h' })).toBe('/x/kafka-replicator')
  expect(registryHome({ XDG_STATE_HOME: 'x', HOME: '/h' })).toBe('/h/.local/state/kafka-replicator')
})
