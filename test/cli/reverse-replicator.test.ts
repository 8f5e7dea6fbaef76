import { expect, test } from 'vitest'
import type { Engine, RunnableReplicator } from '../../src/cli/engine.ts'
import { optionsOf } from '../../src/cli/replicator-states.ts'
import { RegisteredReverse } from '../../src/cli/reverse-replicator.ts'
import { ExitCode, UserError } from '../../src/errors.ts'
import type { StoredRunState } from '../../src/replication/stored-status.ts'
import { storedStatus } from '../support/stored-status.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { fakeShell, NO_ENGINE, runInProcess } from './fake-shell.ts'
import { CLUSTERS, createArguments, FLOWS } from './files.ts'

/** A registry with one replicator, and an engine that only says what was asked of it. */
async function newWorld(refusal?: UserError) {
  const home = await temporaryFolder()
  const log: string[] = []
  const elsewhere: { refusal: UserError | undefined; state: StoredRunState } = { refusal, state: 'running' }
  let endNow: (end: { exitCode: ExitCode; reason?: string }) => void = () => {}
  const create: Engine['create'] = ({ name }) => {
    const ended = new Promise<{ exitCode: ExitCode; reason?: string }>(resolve => {
      endNow = resolve
    })
    const start = async () => {
      log.push(`start ${name}`)
      if (elsewhere.refusal) throw elsewhere.refusal
    }
    return { start, stop: async () => void log.push('stop'), ended } as unknown as RunnableReplicator
  }
  const engine: Engine = {
    ...NO_ENGINE,
    create,
    openStatus: () => ({ read: async () => storedStatus({ state: elsewhere.state }), close: () => {} }),
    forgetState: async ({ name }) => void log.push(`forget ${name}`),
  }
  await runInProcess(createArguments('a'), { home })
  const { shell } = fakeShell({ home, engine })
  const registry = await shell.registry()
  const definition = (await registry.find('a'))!
  const open = async () => RegisteredReverse.of({ definition, options: await optionsOf(definition) }, shell)
  const end = (reason: string) => endNow({ exitCode: ExitCode.Protected, reason })
  return { home, log, open, registry, end, elsewhere }
}

test('it is registered with the clusters swapped, and the same one in each life and each failback', async () => {
  const { open, registry } = await newWorld()
  const reverse = await open()
  expect([reverse.name, await reverse.exists()]).toEqual(['a-failback', false])
  await reverse.create()
  const first = await registry.find('a-failback')
  expect(first?.Request.ReplicationInfoList[0]).toMatchObject({
    SourceKafkaClusterId: 'target-1',
    TargetKafkaClusterId: 'source-1',
  })
  const next = await open()
  expect([await next.exists(), await next.isOurs()]).toEqual([true, true])
  await next.remove()
  await (await open()).create()
  expect((await registry.find('a-failback'))?.ReplicatorArn).toBe(first?.ReplicatorArn)
})

test('who looks at it sees to it that it runs, once, and it ends with the command', async () => {
  const { open, log } = await newWorld()
  const reverse = await open()
  await reverse.create()
  await reverse.status()
  await reverse.status()
  await reverse.close()
  expect(log).toEqual(['start a-failback', 'stop'])
})

test('where it runs elsewhere, that is as good; another failure is told', async () => {
  const there = await newWorld(new UserError('This replicator already runs', { exitCode: ExitCode.Protected }))
  const reverse = await there.open()
  await reverse.create()
  expect(await reverse.status()).toMatchObject({ state: 'running' })
  await reverse.remove()
  // What runs elsewhere takes leave itself when it sees that it was deleted.
  expect([there.log.includes('forget a-failback'), await reverse.exists()]).toEqual([false, false])

  const away = await newWorld(new UserError('no broker answers', { exitCode: ExitCode.Service }))
  const other = await away.open()
  await other.create()
  await expect(other.status()).rejects.toThrow('no broker answers')
})

test('one that runs elsewhere is only looked at; when it dies there, this process takes it over', async () => {
  const { open, log, elsewhere } = await newWorld(new UserError('It runs', { exitCode: ExitCode.Protected }))
  const reverse = await open()
  await reverse.create()
  for (let look = 1; look <= 3; look++) await reverse.status()
  expect(log).toEqual(['start a-failback'])
  Object.assign(elsewhere, { refusal: undefined, state: 'silent' })
  await reverse.status()
  await reverse.status()
  expect(log).toEqual(['start a-failback', 'start a-failback'])
})

test('what is refused while nothing runs elsewhere is no engine that runs', async () => {
  const { open, elsewhere } = await newWorld(new UserError('It was stopped', { exitCode: ExitCode.Protected }))
  elsewhere.state = 'stopped'
  const reverse = await open()
  await reverse.create()
  await expect(reverse.status()).rejects.toThrow('It was stopped')
})

test('one that has ended by itself is not started again and again', async () => {
  const { open, log, end } = await newWorld()
  const reverse = await open()
  await reverse.create()
  await reverse.status()
  end('all partitions are held')
  await expect.poll(() => reverse.status().then(() => '', String)).toContain('all partitions are held')
  expect(log).toEqual(['start a-failback'])
})

test('it takes leave on the target before the registry forgets it, so a kill in between is mended', async () => {
  const { open, log, registry } = await newWorld()
  const reverse = await open()
  await reverse.create()
  await reverse.status()
  await reverse.remove()
  expect(log).toEqual(['start a-failback', 'stop', 'forget a-failback'])
  expect(await registry.find('a-failback')).toBeUndefined()
})

/** Registers a replicator of the other direction, as a user would. */
async function registerMine(home: string, start: 'EARLIEST' | 'LATEST'): Promise<void> {
  const [flow] = FLOWS
  const swapped = {
    ...flow,
    ...{ SourceKafkaClusterId: 'target-1', TargetKafkaClusterId: 'source-1' },
    TopicReplication: { ...flow?.TopicReplication, StartingPosition: { Type: start } },
  }
  const [command, ...rest] = createArguments('mine')
  const args = rest.map(word => (word === JSON.stringify(FLOWS) ? JSON.stringify([swapped]) : word))
  await runInProcess([command!, ...args], { home })
}

test('one of the other direction that the user has registered is used, and is not ours', async () => {
  const { home, open } = await newWorld()
  await registerMine(home, 'EARLIEST')
  const reverse = await open()
  expect([reverse.name, await reverse.isOurs()]).toEqual(['mine', false])
  expect((await reverse.options()).source.bootstrapBrokers).toEqual([
    CLUSTERS[1]?.ApacheKafkaCluster.BootstrapBrokerString,
  ])
})

test('one that starts at LATEST is refused: what it never read would not be missed by any gate', async () => {
  const { home, open } = await newWorld()
  await registerMine(home, 'LATEST')
  await expect(open()).rejects.toMatchObject({ exitCode: ExitCode.Protected, message: /never come home/ })
})
