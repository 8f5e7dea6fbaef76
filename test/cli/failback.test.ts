import { expect, test } from 'vitest'
import { reverseUuid } from '../../src/cli/reverse-request.ts'
import { systemClock } from '../../src/clock.ts'
import { parseReplicatorArn } from '../../src/registry/arn.ts'
import { Registry } from '../../src/registry/registry.ts'
import { RunbookLock } from '../../src/runbooks/runbook-lock.ts'
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

test('--fence acl: rules on the secondary before its producers stop, removed when all have started at home', async () => {
  const home = await temporaryFolder()
  await runInProcess(createArguments('a'), { home })
  const said = await runInProcess(['failback', '--replicator-name', 'a', '--fence', 'acl', '--dry-run'], { home })
  expect(said).toMatchObject({ exitCode: 0, stderr: '' })
  const at = (text: string) => said.stdout.indexOf(text)
  expect(at('deny Write on the topics of target-1')).toBeGreaterThan(0)
  expect(at('deny Write on the topics of target-1')).toBeLessThan(at('stop the producers on target-1'))
  expect(at('remove the rules that kept')).toBeGreaterThan(at('start the producers on source-1'))
  expect(at('remove the rules that kept')).toBeLessThan(at('stop a-failback and delete it'))
})

test('it works on two replicators, so another runbook on either of them keeps it off: 5', async () => {
  const home = await temporaryFolder()
  const env = { KAFKA_REPLICATOR_HOME: home }
  await runInProcess(createArguments('a'), { home })
  const { definitions } = await new Registry(home, systemClock).list()
  const id = parseReplicatorArn(definitions[0]!.ReplicatorArn)!.uuid
  for (const taken of [id, reverseUuid(id)]) {
    await using _lock = await RunbookLock.take(home, taken, 'failover', systemClock)
    const said = await runInProcess(['failback', '--replicator-name', 'a'], { home, env })
    expect(said).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('Another runbook is under way') })
  }
})
