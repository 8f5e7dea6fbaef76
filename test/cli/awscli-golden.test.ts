import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { OPERATIONS } from '../../src/cli/aws/model.ts'
import { runCli } from '../../src/cli/run-cli.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { fakeShell } from './fake-shell.ts'
import { StandInService } from './stand-in-service.ts'

/** One run of the AWS CLI: what it was given, what it asked of the service, what it said. */
interface Case {
  name: string
  args: string[]
  /** Over the environment of all; null takes a variable away. */
  env?: Record<string, string | null>
  exitCode: number
  stdout: string
  /** Codes and names that stand in standard error. */
  told?: string[]
  /** Of each request. */
  inputs: object[]
}

interface Golden {
  environment: Record<string, string>
  files: Record<string, string>
  binaryFiles: Record<string, string>
  cases: Case[]
}

/** Recorded runs of AWS CLI 2.36.7; what the file says about itself is in its `source`. */
const golden: Golden = JSON.parse(readFileSync(new URL('data/awscli-golden.json', import.meta.url), 'utf8'))

test.each(golden.cases)('asks, answers and fails as the AWS CLI does: $name', async recorded => {
  const home = await temporaryFolder()
  for (const [name, text] of Object.entries(golden.files)) await writeFile(join(home, name), text)
  for (const [name, hex] of Object.entries(golden.binaryFiles)) await writeFile(join(home, name), hex, 'hex')
  const env = Object.fromEntries(
    Object.entries({ ...golden.environment, ...recorded.env }).flatMap(([key, value]) =>
      value === null ? [] : [[key, value]],
    ),
  )
  const service = new StandInService()
  const { shell, said } = fakeShell({ home, env })

  const { exitCode, stdout, stderr } = said(await runCli(recorded.args, shell, service.program))

  expect({ exitCode, stdout }).toEqual({ exitCode: recorded.exitCode, stdout: recorded.stdout })
  expect((recorded.told ?? []).filter(name => !stderr.includes(name))).toEqual([])
  expect(stderr === '').toBe(recorded.told === undefined)
  // As JSON: shorthand makes objects without a prototype.
  expect(JSON.parse(JSON.stringify(service.inputs))).toEqual(recorded.inputs)
})

test('the recorded runs are of all operations but the one that has no body and no recording', () => {
  const run = new Set(golden.cases.map(({ args }) => args[1]))
  expect(OPERATIONS.map(({ command }) => command).filter(command => !run.has(command))).toEqual(['untag-resource'])
})
