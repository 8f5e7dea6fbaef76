import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { runInProcess } from './fake-shell.ts'
import { createArguments } from './files.ts'

test('--dry-run shows the steps and the commands, and registers nothing', async () => {
  const home = await temporaryFolder()
  await runInProcess(createArguments('a'), { home })
  const said = await runInProcess(['failback', '--replicator-name', 'a', '--dry-run'], { home })
  expect(said).toMatchObject({ exitCode: 0, stderr: '' })
  expect(said.stdout).toContain('register a-failback, from target-1 to source-1')
  expect(said.stdout).toContain('kafka-replicator run --replicator-name a-failback')
  const listed = await runInProcess(['list-replicators', '--query', 'Replicators[].ReplicatorName'], { home })
  expect(JSON.parse(listed.stdout)).toEqual(['a'])
})

test('it works straight from the files, too', async () => {
  const home = await temporaryFolder()
  const files = createArguments('a').slice(1)
  const said = await runInProcess(['failback', ...files, '--dry-run'], { home })
  expect(said).toMatchObject({ exitCode: 0, stderr: '' })
  expect(said.stdout).toContain('register a-failback')
})

test('a choice for the tail that there is not is wrong usage', async () => {
  const home = await temporaryFolder()
  const said = await runInProcess(['failback', '--replicator-name', 'a', '--tail', 'drop'], { home })
  expect(said.exitCode).toBe(252)
  expect(said.stderr).toContain('copy')
})

test('a fence would keep out the replicator too, so it is refused', async () => {
  const home = await temporaryFolder()
  const said = await runInProcess(['failback', '--replicator-name', 'a', '--fence', 'acl'], { home })
  expect(said.exitCode).toBe(252)
  expect(said.stderr).toContain('not for failback')
})
