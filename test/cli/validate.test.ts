import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runCli } from '../../src/cli/run-cli.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { fakeShell, runInProcess } from './fake-shell.ts'
import { FLOWS } from './files.ts'

describe('the format', () => {
  const validate = async (argv: string[], env: Record<string, string> = {}) => {
    const home = await temporaryFolder()
    await writeFile(join(home, 'x.json'), '{')
    const said = await runInProcess(['validate', ...argv, join(home, 'x.json')], { home, env })
    expect(said).toMatchObject({ exitCode: 1, stderr: '' })
    return said.stdout
  }

  test('is that of GitHub in its Actions, unless another is asked for', async () => {
    expect(await validate([], { GITHUB_ACTIONS: 'true' })).toMatch(
      /^::error file=x\.json,|^::error file=.*x\.json,line=1/,
    )
    expect(await validate(['--format', 'pretty'], { GITHUB_ACTIONS: 'true' })).toMatch(/x\.json:1:2 {2}error/)
    expect(await validate([], { GITHUB_ACTIONS: 'false' })).toMatch(/x\.json:1:2 {2}error/)
  })

  test('names files from the root of the repository in Actions', async () => {
    const home = await temporaryFolder()
    await writeFile(join(home, 'x.json'), '{')
    const env = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: home }
    const said = await runInProcess(['validate', join(home, 'x.json')], { home: '/', env })
    expect(said.stdout).toMatch(/^::error file=x\.json,line=1,col=2,title=unclosed::/)
  })

  test.each(['json', 'sarif'])('%s is JSON', async format => {
    expect(JSON.parse(await validate(['--format', format]))).toBeTypeOf('object')
  })

  test('that does not exist is 252, with those that do', async () => {
    const said = await runInProcess(['validate', '--format', 'xml', 'x'], { home: '/' })
    expect(said.exitCode).toBe(252)
    expect(said.stderr).toContain("Found invalid choice 'xml'")
    expect(said.stderr).toContain('pretty, json, sarif, junit, github')
  })
})

test('a terminal is not waited for', async () => {
  const { shell, said } = fakeShell({ home: '/' })
  const chunks = () => {
    throw new Error('read')
  }
  const exitCode = await runCli(['validate', '-'], { ...shell, stdin: { isTTY: true, chunks } })
  expect(said(exitCode)).toMatchObject({ exitCode: 253, stdout: '' })
  expect(said(exitCode).stderr).toContain('Standard input is a terminal')
})

test('standard input is read only when it is asked for', async () => {
  const home = await temporaryFolder()
  await writeFile(join(home, 'replication-info.json'), JSON.stringify(FLOWS))
  const { shell, said } = fakeShell({ home })
  const chunks = () => {
    throw new Error('read')
  }
  const exitCode = await runCli(['validate', join(home, '*.json')], { ...shell, stdin: { isTTY: false, chunks } })
  expect(said(exitCode)).toMatchObject({ exitCode: 0, stdout: '1 file valid\n', stderr: '' })
})

test('of many unreadable files the first ten are named', async () => {
  const names = Array.from({ length: 30 }, (_, n) => `/nowhere/${n}.json`)
  const said = await runInProcess(['validate', ...names], { home: '/' })
  expect(said.exitCode).toBe(253)
  expect(said.stderr.match(/nowhere/g)).toHaveLength(10)
  expect(said.stderr).toContain('20 more cannot be read.')
})
