import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createArguments } from './files.ts'

const BIN = new URL('../../bin/kafka-replicator.js', import.meta.url).pathname
const HOME = mkdtempSync(join(tmpdir(), 'kafka-replicator-test-'))

afterAll(() => rmSync(HOME, { recursive: true, force: true }))

/** The real program in its own process (after `npm run build`). */
async function run(argv: string[], env: Record<string, string> = {}, closeStdout = false) {
  const child = spawn(process.execPath, [BIN, ...argv], {
    env: { PATH: process.env.PATH, HOME, KAFKA_REPLICATOR_HOME: HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  if (closeStdout) child.stdout.destroy()
  else child.stdout.on('data', chunk => (stdout += chunk))
  child.stderr.on('data', chunk => (stderr += chunk))
  const exitCode = await new Promise(resolve => child.on('close', resolve))
  return { exitCode, stdout, stderr }
}

test('--help and --version answer on standard output with 0', async () => {
  const help = await run(['--help'])
  expect(help).toMatchObject({ exitCode: 0, stderr: '' })
  expect(help.stdout).toMatch(/^Examples:/)
  expect(help.stdout).toContain('Commands of `aws kafka`')
  expect((await run(['--version'])).stdout).toMatch(/^kafka-replicator\/\d+\.\d+\.\d+ node\/\d+/)
})

test.each([
  ['create-replicator', 'help'],
  ['kafka', 'create-replicator', '--help'],
  ['help', 'create-replicator'],
])('%s %s shows the help of the command, examples first', async (...argv) => {
  const said = await run(argv)
  expect(said).toMatchObject({ exitCode: 0, stderr: '' })
  expect(said.stdout).toMatch(/^Examples:.*Usage: kafka-replicator create-replicator/s)
})

test('a nearly right command is told with the right one, 252', async () => {
  const said = await run(['kafka', 'describe-replicatr'])
  expect(said).toMatchObject({ exitCode: 252, stdout: '' })
  expect(said.stderr).toContain(
    "Found invalid choice 'describe-replicatr'\n\nMaybe you meant:\n\n  * describe-replicator\n",
  )
})

test('an error of the service is 254 and names its parameter', async () => {
  const said = await run(['describe-replicator', '--replicator-arn', 'x'])
  expect(said).toMatchObject({ exitCode: 254, stdout: '' })
  expect(said.stderr).toContain('\n\nAdditional error details:\nInvalidParameter: replicatorArn\n')
})

test('a state folder that cannot be used is 253', async () => {
  const said = await run(['list-replicators'], { KAFKA_REPLICATOR_HOME: '/dev/null/x' })
  expect(said).toMatchObject({ exitCode: 253, stdout: '' })
})

test('a reader that went away is no error', async () => {
  const said = await run(createArguments('epipe'), {}, true)
  expect(said.stderr).toBe('')
})
