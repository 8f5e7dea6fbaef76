import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { UserError } from '../../src/errors.ts'
import type { RuntimeStatus } from '../../src/registry/state.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { NO_ENGINE, runInProcess } from './fake-shell.ts'
import { createArguments } from './files.ts'

const ARN = ['--query', 'ReplicatorArn', '--output', 'text']

test('create, describe, list, delete: the answers of AWS', async () => {
  const home = await temporaryFolder()
  const created = await runInProcess(createArguments('orders-dr'), { home })
  expect(JSON.parse(created.stdout)).toEqual({
    ReplicatorArn: expect.stringMatching(
      /^arn:aws:kafka:us-east-1:123456789012:replicator\/orders-dr\/[0-9a-f-]{36}-1$/,
    ),
    ReplicatorName: 'orders-dr',
    ReplicatorState: 'CREATING',
  })
  const arn: string = JSON.parse(created.stdout).ReplicatorArn

  const described = await runInProcess(['describe-replicator', '--replicator-arn', arn], { home })
  expect(JSON.parse(described.stdout)).toMatchObject({
    KafkaClusters: [{ KafkaClusterAlias: 'source-1' }, { KafkaClusterAlias: 'target-1' }],
    ReplicationInfoList: [{ SourceKafkaClusterAlias: 'source-1', TargetKafkaClusterAlias: 'target-1' }],
    ReplicatorState: 'CREATING',
    StateInfo: { Code: 'NotStarted' },
  })

  const listed = await runInProcess(['list-replicators', '--query', 'Replicators[].ReplicatorName'], { home })
  expect(JSON.parse(listed.stdout)).toEqual(['orders-dr'])

  const deleted = await runInProcess(['delete-replicator', '--replicator-arn', arn], { home })
  expect(JSON.parse(deleted.stdout)).toEqual({ ReplicatorArn: arn, ReplicatorState: 'DELETING' })
  const gone = await runInProcess(['describe-replicator', '--replicator-arn', arn], { home })
  expect(gone.exitCode).toBe(254)
  expect(gone.stderr).toContain('An error occurred (NotFoundException) when calling the DescribeReplicator operation: ')
})

test('a name in use is a conflict', async () => {
  const home = await temporaryFolder()
  await runInProcess(createArguments('a'), { home })
  const said = await runInProcess(createArguments('a'), { home })
  expect(said).toMatchObject({ exitCode: 254, stdout: '' })
  expect(said.stderr).toContain('An error occurred (ConflictException) when calling the CreateReplicator operation: ')
})

const READINGS: [string, RuntimeStatus | Error, object][] = [
  ['fresh', { state: 'running', at: Date.now() + 60_000 }, { ReplicatorState: 'RUNNING' }],
  ['stale', { state: 'running', at: 0 }, { ReplicatorState: 'FAILED', StateInfo: { Code: 'HeartbeatLost' } }],
  ['stopped', { state: 'stopped', at: 0 }, { ReplicatorState: 'FAILED', StateInfo: { Code: 'Stopped' } }],
  ['failed', { state: 'failed', at: 0, reason: 'why' }, { ReplicatorState: 'FAILED', StateInfo: { Code: 'Failed' } }],
  [
    'unknown',
    new Error('no broker answers'),
    { ReplicatorState: 'CREATING', StateInfo: { Code: 'TargetUnreachable' } },
  ],
]

test.each(READINGS)('state: %s', async (_, reading, expected) => {
  const home = await temporaryFolder()
  const arn = (await runInProcess(createArguments('a', ...ARN), { home })).stdout.trim()
  const readStatus = async () => {
    if (reading instanceof Error) throw reading
    return reading
  }
  const said = await runInProcess(['describe-replicator', '--replicator-arn', arn], {
    home,
    engine: { ...NO_ENGINE, readStatus },
  })
  expect(JSON.parse(said.stdout)).toMatchObject(expected)
})

test('a damaged definition is told and hides no other', async () => {
  const home = await temporaryFolder()
  await runInProcess(createArguments('good'), { home })
  await writeFile(join(home, 'replicators', 'bad.json'), '{"FormatVersion":1,', { mode: 0o600 })
  const said = await runInProcess(['list-replicators', '--query', 'Replicators[].ReplicatorName'], { home })
  expect(said).toMatchObject({ exitCode: 0, stdout: '[\n    "good"\n]\n' })
  expect(said.stderr).toMatch(/^kafka-replicator: \[WARNING\]: .*bad\.json is damaged/)
})

test('--run registers nothing when the clusters do not answer', async () => {
  const home = await temporaryFolder()
  const preflight = () => Promise.reject(new UserError('source-1 does not answer.', { exitCode: 254 }))
  const said = await runInProcess(createArguments('a', '--run'), { home, engine: { ...NO_ENGINE, preflight } })
  expect(said).toEqual({
    exitCode: 254,
    stdout: '',
    stderr: '\nkafka-replicator: [ERROR]: source-1 does not answer.\n',
  })
  expect((await runInProcess(['list-replicators', '--output', 'text'], { home })).stdout).toBe('')
})
