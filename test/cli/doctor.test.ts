import { expect, test } from 'vitest'
import { countBySeverity, type DoctorReport, type Finding, findingsOf } from '../../src/doctor/finding.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { NO_ENGINE, runInProcess } from './fake-shell.ts'
import { createArguments } from './files.ts'

const say = findingsOf('brokers', 'source')
const FILES = createArguments('x').slice(1)

/** An engine that finds what the test says. */
const finding = (...findings: Finding[]) => ({
  ...NO_ENGINE,
  examine: async ({ name }: { name: string }): Promise<DoctorReport> => ({
    replicatorName: name,
    at: '2026-01-02T14:02:31.000Z',
    source: { alias: 'source-1', clusterId: 'a' },
    target: { alias: 'target-1', clusterId: null },
    counts: countBySeverity(findings),
    findings,
  }),
})

test.each<[string, Finding[], number]>([
  ['all good', [say.ok('reached')], 0],
  ['warnings and unknowns', [say.warning('slow', 'w', 'f'), say.unknown('clocks', 'w', 'f')], 0],
  ['an error', [say.ok('reached'), say.error('down', 'w', 'f')], 1],
])('%s', async (_, findings, exitCode) => {
  const home = await temporaryFolder()
  await runInProcess(createArguments('a'), { home })
  const said = await runInProcess(['doctor', '--replicator-name', 'a'], { home, engine: finding(...findings) })
  expect(said).toMatchObject({ exitCode, stderr: '' })
  expect(said.stdout).toMatch(exitCode === 0 ? /\na is ready: no error/ : /\na is not ready: 1 error/)
})

test('--output json has the findings under their names', async () => {
  const home = await temporaryFolder()
  await runInProcess(createArguments('a'), { home })
  const engine = finding(say.error('down', 'nothing is copied', 'nc -vz b1 9092'))
  const said = await runInProcess(['doctor', '--replicator-name', 'a', '--output', 'json'], { home, engine })
  expect(said.exitCode).toBe(1)
  expect(JSON.parse(said.stdout)).toMatchObject({
    counts: { ok: 0, warning: 0, error: 1, unknown: 0 },
    findings: [{ area: 'brokers', side: 'source', severity: 'error', what: 'down', fix: 'nc -vz b1 9092' }],
  })
})

test('straight from the files it says what to do with them next', async () => {
  const home = await temporaryFolder()
  const said = await runInProcess(['doctor', ...FILES], { home, engine: finding(say.ok('reached')) })
  expect(said).toMatchObject({ exitCode: 0, stderr: '' })
  expect(said.stdout).toContain('create-replicator or run, with the same files')
})

test.each([
  [[], 252, 'required: --replicator-name, or the files'],
  [['--replicator-name', 'orders-rd'], 252, 'Maybe you meant: orders-dr'],
  [['--replicator-name', 'orders-dr', '--connections', 'file://x.json'], 252, 'a registered replicator has its own'],
  [['--replicator-name', 'orders-dr', '--output', 'table'], 252, 'It must be one of: text, json.'],
])('wrong usage: %j', async (options, exitCode, text) => {
  const home = await temporaryFolder()
  await runInProcess(createArguments('orders-dr'), { home })
  const said = await runInProcess(['doctor', ...options], { home, engine: finding(say.ok('reached')) })
  expect(said).toMatchObject({ exitCode, stdout: '' })
  expect(said.stderr).toContain(text)
})
