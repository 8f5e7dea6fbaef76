import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { expect, onTestFinished, test, vi } from 'vitest'
import { watchDefinitions } from '../../src/cli/watch-definitions.ts'
import { systemClock } from '../../src/clock.ts'
import type { RuntimeStatus } from '../../src/registry/state.ts'
import type { ReplicatorOptions } from '../../src/replication/replicator-options.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { engineOf, FakeReplicator } from './fake-replicator.ts'
import { fakeShell, runInProcess, startInProcess } from './fake-shell.ts'
import { createArguments } from './files.ts'

const PATIENCE = { timeout: 15_000 }
const FLOW = ['--source-kafka-cluster-id', 'source-1', '--target-kafka-cluster-id', 'target-1']
const NEW_TOPICS =
  'TopicsToReplicate=x,TopicsToExclude=[],CopyTopicConfigurations=true,DetectAndCopyNewTopics=false,CopyAccessControlListsForTopics=true'

/** A registered replicator that runs in this process, and the commands as another process would give them. */
async function runningReplicator(env: Record<string, string> = {}) {
  const home = await temporaryFolder()
  const replicator = new FakeReplicator('a')
  const forgotten: ReplicatorOptions[] = []
  const readStatus = async (): Promise<RuntimeStatus> => ({ state: 'running', at: systemClock.now() })
  const forgetState = async (options: ReplicatorOptions) => void forgotten.push(options)
  const engine = { ...engineOf([replicator]), readStatus, forgetState }
  const command = (...args: string[]) => runInProcess(args, { home, engine })
  const created = await command(...createArguments('a'))
  const arn: string = JSON.parse(created.stdout).ReplicatorArn
  const described = async () => JSON.parse((await command('describe-replicator', '--replicator-arn', arn)).stdout)
  const state = async () => (await described()).ReplicatorState
  const update = async (...args: string[]) => {
    const { CurrentVersion } = await described()
    return await command(
      'update-replication-info',
      '--replicator-arn',
      arn,
      '--current-version',
      CurrentVersion,
      ...args,
    )
  }
  const run = startInProcess(['run', '--replicator-name', 'a'], { home, engine, env })
  await expect.poll(run.out, PATIENCE).toContain('copied 951,402')
  return { home, replicator, forgotten, command, arn, state, update, run }
}

interface Batch {
  DeliveryStreamName: string
  Records: { Data: string }[]
}

/** A Firehose that keeps the message of each record, by stream. */
async function fakeFirehose() {
  const received: Record<string, string[]> = {}
  const server = createServer(async (request, response) => {
    const { DeliveryStreamName, Records } = (await json(request)) as Batch
    const messages = Records.map(({ Data }) => JSON.parse(Buffer.from(Data, 'base64').toString()).message)
    received[DeliveryStreamName] = [...(received[DeliveryStreamName] ?? []), ...messages]
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
    response.end(JSON.stringify({ FailedPutCount: 0, RequestResponses: Records.map(() => ({ RecordId: '1' })) }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as { port: number }
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
  onTestFinished(() => void vi.unstubAllEnvs())
  return { received, env: { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`, AWS_REGION: 'eu-central-1' } }
}

test('an update reaches the running engine: UPDATING, then RUNNING', async () => {
  const { replicator, state, update, run } = await runningReplicator()
  replicator.refusal = new Error('source-1 does not answer')
  await update(...FLOW, '--topic-replication', NEW_TOPICS)
  // What a cluster refuses is told once and tried again.
  await expect.poll(run.out, PATIENCE).toContain('warning: source-1 does not answer; it tries again')
  expect(await state()).toBe('UPDATING')
  replicator.refusal = undefined
  await expect.poll(state, PATIENCE).toBe('RUNNING')
  expect(replicator.updates).toEqual([
    {
      topics: expect.objectContaining({ include: ['x'], detectNew: false, startAt: 'latest' }),
      groups: expect.objectContaining({ include: ['.*'], synchronise: true }),
    },
  ])
  run.signal()
  expect((await run.done).exitCode).toBe(0)
  expect(run.out().split('does not answer')).toHaveLength(2)
})

test('an update of log delivery sends the logs elsewhere without a restart', async () => {
  const firehose = await fakeFirehose()
  const { replicator, state, update, run } = await runningReplicator(firehose.env)
  const to = (stream: string) =>
    update('--log-delivery', `ReplicatorLogDelivery={Firehose={Enabled=true,DeliveryStream=${stream}}}`)
  const happens = (message: string) => replicator.listener({ code: 'topic-created', level: 'info', message, data: {} })
  await to('first')
  await expect.poll(run.out, PATIENCE).toContain('logs go to Firehose from now on')
  await expect.poll(state, PATIENCE).toBe('RUNNING')
  happens('one')
  await to('second')
  await expect.poll(() => run.out().split('logs go to Firehose').length, PATIENCE).toBe(3)
  happens('two')
  run.signal()
  expect((await run.done).exitCode).toBe(0)
  const change = 'logs go to Firehose from now on'
  expect(firehose.received).toEqual({ first: [change, 'one'], second: [change, 'two'] })
  expect(replicator.updates).toEqual([])
})

test('what of an update is done is not done again while its logs cannot go elsewhere yet', async () => {
  const home = await temporaryFolder()
  const { shell } = fakeShell({ home })
  await runInProcess(createArguments('a'), { home })
  const definition = (await (await shell.registry()).find('a'))!
  const update = async (...args: string[]) => {
    const { ReplicatorArn, CurrentVersion } = (await (await shell.registry()).find('a'))!
    const which = ['--replicator-arn', ReplicatorArn, '--current-version', CurrentVersion]
    const { exitCode, stderr } = await runInProcess(['update-replication-info', ...which, ...args], { home })
    expect(exitCode, stderr).toBe(0)
  }
  await update(...FLOW, '--topic-replication', NEW_TOPICS)
  await update('--log-delivery', 'ReplicatorLogDelivery={Firehose={Enabled=true,DeliveryStream=s}}')
  const replicator = new FakeReplicator('a')
  const options = { name: 'a', groups: { followResets: false } } as ReplicatorOptions
  const end = new AbortController()
  let tries = 0
  const reopen = async () => {
    if (++tries < 3) throw new Error('a package is missing')
    end.abort()
  }
  const said: string[] = []
  const watched = { request: { options, definition }, replicator, logs: { reopen }, result: undefined }
  await watchDefinitions([watched], end.signal, shell, text => said.push(text))
  expect(replicator.updates).toHaveLength(1)
  expect(said).toEqual(['warning: a package is missing; it tries again'])
})

test('tags do not concern the engine', async () => {
  const { replicator, command, arn, state, run } = await runningReplicator()
  await command('tag-resource', '--resource-arn', arn, '--tags', 'k=v')
  expect(await state()).toBe('RUNNING')
  await systemClock.sleep(1_500)
  expect(replicator.updates).toEqual([])
  run.signal()
  await run.done
})

test('a deleted replicator drains, ends with 0, takes leave of its target and is gone', async () => {
  const { forgotten, command, arn, state, run } = await runningReplicator()
  await command('delete-replicator', '--replicator-arn', arn)
  expect(await state()).toBe('DELETING')
  const said = await run.done
  expect(said).toMatchObject({ exitCode: 0, stderr: '' })
  expect(said.stdout).toContain('a is being deleted: it drains and ends')
  expect(said.stdout).toMatch(/a was deleted; what it had copied by then stays\n$/)
  expect(forgotten.map(({ id }) => arn.includes(id))).toEqual([true])
  expect((await command('list-replicators')).stdout).toBe('{\n    "Replicators": []\n}\n')
})

test('one that is stopped while it is to be deleted is gone all the same', async () => {
  const { forgotten, command, arn, run } = await runningReplicator()
  await command('delete-replicator', '--replicator-arn', arn)
  run.signal()
  expect((await run.done).exitCode).toBe(0)
  expect(forgotten).toHaveLength(1)
  expect((await command('list-replicators')).stdout).toBe('{\n    "Replicators": []\n}\n')
})

test('a definition that cannot be read is no order to stop', async () => {
  const { home, command, run } = await runningReplicator()
  await writeFile(join(home, 'replicators', 'a.json'), '{', { mode: 0o600 })
  await expect.poll(run.out, PATIENCE).toContain('a.json is damaged')
  expect((await command('list-replicators')).exitCode).toBe(0)
  run.signal()
  await run.done
})
