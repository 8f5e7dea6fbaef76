import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { temporaryFolder } from './support/temporary-folder.js'

/** `action.yml` and `.pre-commit-hooks.yaml`: what they run is run here as their hosts would. */

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const action = parse(await readFile(path.join(ROOT, 'action.yml'), 'utf8'))
const [hook] = parse(await readFile(path.join(ROOT, '.pre-commit-hooks.yaml'), 'utf8'))

/** A repository with the example files, and one whose second line is wrong when asked for. */
async function repository(content = '[\n{}]'): Promise<string> {
  const folder = await temporaryFolder()
  await mkdir(path.join(folder, 'east deploy'))
  for (const name of ['kafka-clusters.json', 'replication-info.json']) {
    await writeFile(path.join(folder, 'east deploy', name), await readFile(path.join(ROOT, 'examples/local', name)))
  }
  if (content !== '') await writeFile(path.join(folder, 'east deploy/replication-info-2.json'), content)
  return folder
}

async function run(cwd: string, file: string, args: string[], env: Record<string, string> = {}) {
  return await new Promise<{ exitCode: number; stdout: string; stderr: string }>(resolve => {
    const child = execFile(file, args, { cwd, env: { PATH: process.env.PATH, ...env } }, (_, stdout, stderr) => {
      resolve({ exitCode: child.exitCode ?? -1, stdout, stderr })
    })
  })
}

describe('action.yml', () => {
  const script = action.runs.steps[1].run

  /** The step as a runner starts it: `bash -e`, inputs as environment. */
  async function step(folder: string, inputs: Record<string, string> = {}) {
    const defaults = { FILES: action.inputs.files.default, STRICT: action.inputs.strict.default, SARIF_FILE: '' }
    const env = { ...defaults, ...inputs, ACTION_PATH: ROOT, GITHUB_WORKSPACE: folder, GITHUB_ACTIONS: 'true' }
    return await run(folder, 'bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], env)
  }

  test('its inputs reach the script as environment only', () => {
    expect(action.runs.using).toBe('composite')
    expect(action.runs.steps.map(({ shell }: { shell: string }) => shell)).toEqual(['bash', 'bash'])
    expect(JSON.stringify(action.runs.steps.map(({ run }: { run: string }) => run))).not.toContain('${{')
    const handed = Object.values<string>(action.runs.steps[1].env).flatMap(
      value => /inputs\.([\w-]+)/.exec(value)?.[1] ?? [],
    )
    expect(handed.toSorted()).toEqual(Object.keys(action.inputs).toSorted())
  })

  test('a wrong file fails the step, with a note at its line and a SARIF file', async () => {
    const folder = await repository()
    const said = await step(folder, { SARIF_FILE: 'found.sarif' })
    expect(said.exitCode).toBe(1)
    expect(said.stdout).toContain('::error file=east deploy/replication-info-2.json,line=2,col=1,')
    const sarif = JSON.parse(await readFile(path.join(folder, 'found.sarif'), 'utf8'))
    expect(sarif.runs[0].results.length).toBeGreaterThan(0)
  })

  test('right files pass, by the patterns that are its default, and by a name with a blank', async () => {
    const folder = await repository('')
    expect(await step(folder)).toMatchObject({ exitCode: 0, stdout: '2 files valid\n' })
    const one = await step(folder, { FILES: 'east deploy/kafka-clusters.json\n' })
    expect(one).toMatchObject({ exitCode: 0, stdout: '1 file valid\n' })
    expect((await step(folder, { STRICT: 'true' })).exitCode).toBe(1)
  })

  test('an input is never a command', async () => {
    const folder = await repository('')
    const said = await step(folder, { FILES: '--strict\n$(touch hacked)\n`touch hacked`\n; touch hacked' })
    expect(said.exitCode).toBe(253)
    await expect(readFile(path.join(folder, 'hacked'))).rejects.toThrow('ENOENT')
  })
})

describe('.pre-commit-hooks.yaml', () => {
  test('checks the files that it selects, together', async () => {
    const folder = await repository()
    const [, command, ...rest] = /^(\S+) (.*)$/.exec(hook.entry)!
    expect([command, hook.language, hook.require_serial]).toEqual(['kafka-replicator', 'node', true])
    const files = ['replication-info-2.json', 'kafka-clusters.json'].map(name => `east deploy/${name}`)
    const said = await run(folder, process.execPath, [path.join(ROOT, 'bin/kafka-replicator.js'), ...rest, ...files])
    expect(said.exitCode).toBe(1)
    expect(said.stdout).toContain('east deploy/replication-info-2.json:2:1')
  })

  test.each([
    ['a/kafka-clusters.json', true],
    ['replication-info-west.json', true],
    ['x/log-delivery.json', true],
    ['connections.json', true],
    ['package.json', false],
    ['a/kafka-clusters.json.bak', false],
    ['my-connections-x/y.json', false],
  ])('%s is selected: %s', (file, selected) => {
    expect(new RegExp(hook.files).test(file)).toBe(selected)
  })
})
