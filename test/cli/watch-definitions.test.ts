import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import type { RuntimeStatus } from '../../src/registry/state.ts'
import type { ReplicatorOptions } from '../../src/replication/replicator-options.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { engineOf, FakeReplicator } from './fake-replicator.ts'
import { runInProcess, startInProcess } from './fake-shell.ts'
import { createArguments } from './files.ts'

const PATIENCE = { timeout: 15_000 }
const FLOW = ['--source-kafka-cluster-id', 'source-1', '--target-kafka-cluster-id', 'target-1']
const NEW_TOPICS =
  'TopicsToReplicate=x,TopicsToExclude=[],CopyTopicConfigurations=true,DetectAndCopyNewTopics=false,CopyAccessControlListsForTopics=true'

/** A registered replicator that runs in this process, and the commands as another process would give them. */
async function runningReplicator() {
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
  const run = startInProcess(['run', '--replicator-name', 'a'], { home, engine })
  await expect.poll(run.out, PATIENCE).toContain('copied 951,402')
  return { home, replicator, forgotten, command, arn, state, update, run }
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

test('of a change of log delivery only is told that it holds from the next start on', async () => {
  const { replicator, state, update, run } = await runningReplicator()
  await update('--log-delivery', 'ReplicatorLogDelivery={CloudWatchLogs={Enabled=true,LogGroup=g}}')
  await expect.poll(run.out, PATIENCE).toContain('where its logs go was changed')
  await expect.poll(state, PATIENCE).toBe('RUNNING')
  expect(replicator.updates).toEqual([])
  run.signal()
  await run.done
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
