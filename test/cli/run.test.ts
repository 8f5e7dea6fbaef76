import { expect, test } from 'vitest'
import type { Engine } from '../../src/cli/engine.ts'
import { UserError } from '../../src/errors.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { engineOf, FakeReplicator } from './fake-replicator.ts'
import { NO_ENGINE, runInProcess, startInProcess } from './fake-shell.ts'
import { createArguments } from './files.ts'

test('the first signal drains and exits 0, and the last line says how to go on', async () => {
  const home = await temporaryFolder()
  await runInProcess(createArguments('a'), { home })
  const run = startInProcess(['run', '--replicator-name', 'a'], { home, engine: engineOf([new FakeReplicator('a')]) })
  await expect.poll(run.out).toContain('14:02:31Z a  topics 0  partitions 0  copied 951,402  lag ?')
  run.signal()
  const said = await run.done
  expect(said).toMatchObject({ exitCode: 0, stderr: '' })
  expect(said.stdout).toContain('orders created on the target')
  expect(said.stdout).toMatch(
    /a stopped; everything acknowledged is recorded; start again with: kafka-replicator run --replicator-name a\n$/,
  )
})

test('a second signal exits 130 at once', async () => {
  const home = await temporaryFolder()
  await runInProcess(createArguments('a'), { home })
  const engine = engineOf([new FakeReplicator('a', { drains: false })])
  const run = startInProcess(['run', '--replicator-name', 'a'], { home, engine })
  await expect.poll(run.out).toContain('copied 951,402')
  run.signal()
  await expect.poll(run.out).toContain('stopping')
  run.signal()
  expect((await run.done).exitCode).toBe(130)
})

test('one that ends to protect the data leaves the others running, and decides the exit code', async () => {
  const home = await temporaryFolder()
  await runInProcess(createArguments('a'), { home })
  await runInProcess(createArguments('b'), { home })
  const replicators = [new FakeReplicator('a'), new FakeReplicator('b')]
  const run = startInProcess(['run', '--replicator-name', 'a', '--replicator-name', 'b'], {
    home,
    engine: engineOf(replicators),
  })
  await expect.poll(run.out).toContain('copied 951,402')
  replicators[0]?.end({ exitCode: 5, reason: 'every partition is held' })
  await expect.poll(run.out).toContain('a ended by itself: every partition is held')
  run.signal()
  const said = await run.done
  expect(said.exitCode).toBe(5)
  expect(said.stdout).toContain('a stopped to protect the data: every partition is held')
  expect(said.stdout).toContain('b stopped; everything acknowledged is recorded')
})

test('one that cannot start stops all, with its own exit code', async () => {
  const home = await temporaryFolder()
  await runInProcess(createArguments('a'), { home })
  const failure = new UserError('target-1 refuses the login.', { exitCode: 254, fix: 'Check the secret.' })
  const engine = engineOf([new FakeReplicator('a', { failure })])
  const said = await runInProcess(['run', '--all'], { home, engine })
  expect(said).toMatchObject({
    exitCode: 254,
    stderr: '\nkafka-replicator: [ERROR]: target-1 refuses the login.\nCheck the secret.\n',
  })
})

test('straight from the files: the registered replicator of that name goes on, another request is refused', async () => {
  const home = await temporaryFolder()
  await runInProcess(createArguments('a'), { home })
  const [, ...options] = createArguments('a')
  const seen: string[] = []
  const engine: Engine = {
    ...NO_ENGINE,
    create: ({ id }) => {
      seen.push(id)
      const replicator = new FakeReplicator('a')
      replicator.end({ exitCode: 0 })
      return replicator
    },
  }
  expect((await runInProcess(['run', ...options], { home, engine })).exitCode).toBe(0)
  const arn = (await runInProcess(['list-replicators', '--query', 'Replicators[0].ReplicatorArn'], { home })).stdout
  expect(arn).toContain(seen[0])
  const other = await runInProcess(['run', ...options, '--description', 'other'], { home, engine })
  expect(other.exitCode).toBe(252)
  expect(other.stderr).toContain('is registered with other settings')
})

test.each([
  ['nothing named', ['run'], 252],
  ['a name that is not there', ['run', '--replicator-name', 'nope'], 252],
  ['all of none', ['run', '--all'], 253],
])('refuses %s', async (_, argv, exitCode) => {
  expect(await runInProcess(argv, { home: await temporaryFolder() })).toMatchObject({ exitCode, stdout: '' })
})
