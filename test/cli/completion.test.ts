import { spawn } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { COMPLETION_SCRIPTS } from '../../src/cli/completion-scripts.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { runInProcess } from './fake-shell.ts'
import { createArguments } from './files.ts'

const BIN = fileURLToPath(new URL('../../bin/kafka-replicator.js', import.meta.url))

/** A folder with two registered replicators, and files. */
async function world(): Promise<string> {
  const home = await temporaryFolder()
  await runInProcess(createArguments('orders-dr'), { home })
  await runInProcess(createArguments('billing'), { home })
  await mkdir(join(home, 'deploy east'))
  await writeFile(join(home, 'deploy east', 'kafka-clusters.json'), '[]')
  await writeFile(join(home, 'x.json'), '[]')
  return home
}

/** What is offered behind `kafka-replicator …`, without its help. */
async function offered(line: string, home: string, ...shell: string[]): Promise<string[]> {
  const [name = 'zsh', ...breaks] = shell
  const said = await runInProcess(['__complete', name, '--', `kafka-replicator ${line}`, ...breaks], { home })
  expect(said).toMatchObject({ exitCode: 0, stderr: '' })
  return said.stdout
    .split('\n')
    .slice(0, -1)
    .map(text => text.split('\t')[0]!)
}

describe('what may follow', () => {
  test.each([
    ['sta', ['status']],
    ['kafka desc', ['describe-replicator']],
    ['--output=ya', ['--output=yaml', '--output=yaml-stream']],
    ['--output ta', ['table']],
    ['status --output ', ['text', 'json']],
    ['status --watch --wid', ['--wide']],
    ['status --watch --watc', []],
    ['status --replicator-name ', ['billing', 'orders-dr']],
    ['status --replicator-name=or', ['--replicator-name=orders-dr']],
    ['create-replicator --replicator-name ', []],
    ['run --replicator-name billing --replicator-na', ['--replicator-name']],
    ['failover --on sto', ['stop-producers=', 'stop-consumers=']],
    ['run --on-poison ', ['stop', 'skip']],
    ['validate ', [':files']],
    ['validate --format ', ['pretty', 'json', 'sarif', 'junit', 'github']],
    ['validate -- --', [':files']],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['completion bash ', []],
    ['help exit', ['exit-codes']],
    ['run --connections fi', ['file://']],
    ['run --connections file://', ['file://deploy east/', 'file://replicators/', 'file://x.json']],
    ['run --connections "file://deploy east/', ['file://deploy east/kafka-clusters.json']],
    ['run --connections file://nowhere/', []],
    ['no-such-command --rep', []],
    ['status --no-such-option ', []],
  ])('%s', async (line, expected) => {
    expect(await offered(line, await world())).toEqual(expected)
  })

  test('every command that is shown, and no other', async () => {
    const names = await offered('', '/nowhere')
    expect(names).toEqual(expect.arrayContaining(['validate', 'run', 'create-replicator', 'completion']))
    expect(names.filter(name => name.startsWith('_'))).toEqual([])
  })

  test('an ARN, of which bash replaces what stands behind the last colon', async () => {
    const home = await world()
    const [arn] = await offered(
      'describe-replicator --replicator-arn arn:aws:kafka:us-east-1:123456789012:replicator/o',
      home,
    )
    expect(arn).toMatch(/^arn:aws:kafka:.*:replicator\/orders-dr\//)
    const typed = 'describe-replicator --replicator-arn arn:aws:kafka:us-east-1:123456789012:replicator/o'
    expect(await offered(typed, home, 'bash', ' \t"=:')).toEqual([arn!.split(':').at(-1)])
    expect(await offered(typed, home, 'bash', ' \t"=')).toEqual([arn])
  })

  test('a registry that cannot be read offers nothing, and says nothing in the prompt', async () => {
    const said = await runInProcess(['__complete', 'bash', '--', 'x status --replicator-name '], { home: '/dev/null' })
    expect(said.stdout).toBe('')
  })
})

/** Types into a real interactive bash; what it would have run is told as `RAN <argument> <argument>`. */
async function typedIntoBash(keys: string, home: string): Promise<string[]> {
  const bin = await temporaryFolder()
  const command = join(bin, 'kafka-replicator')
  const real = `exec "${process.execPath}" "${BIN}" "$@"`
  await writeFile(
    command,
    `#!/bin/sh\ncase "$1" in __complete|completion) ${real};; esac\nprintf RAN; printf ' <%s>' "$@"; echo\n`,
  )
  await chmod(command, 0o755)
  const env = { PATH: `${bin}:${process.env.PATH}`, HOME: home, KAFKA_REPLICATOR_HOME: home, INPUTRC: '/dev/null' }
  const bash = spawn('bash', ['--norc', '--noprofile', '-i'], { cwd: home, env, stdio: ['pipe', 'pipe', 'ignore'] })
  let out = ''
  bash.stdout.on('data', chunk => (out += chunk))
  bash.stdin.end(`source <(kafka-replicator completion bash)\n${keys}exit\n`)
  await new Promise(resolve => bash.on('close', resolve))
  return out.match(/^RAN.*$/gm) ?? []
}

test('in a real bash, Tab completes commands, options, values, names and files', async () => {
  const keys = [
    'kafka-replicator stat\t--replicator-n\tor\t--outp\tjs\t\n',
    'kafka-replicator status --output=js\t\n',
    'kafka-replicator run --connec\tfi\tdep\tkaf\t\n',
    'kafka-replicator validate --str\tx.j\t\n',
  ]
  expect(await typedIntoBash(keys.join(''), await world())).toEqual([
    'RAN <status> <--replicator-name> <orders-dr> <--output> <json>',
    'RAN <status> <--output=json>',
    'RAN <run> <--connections> <file://deploy east/kafka-clusters.json>',
    'RAN <validate> <--strict> <x.json>',
  ])
})

test.each(Object.entries(COMPLETION_SCRIPTS))(
  'the script for %s registers itself and asks this tool',
  async (shell, script) => {
    const said = await runInProcess(['completion', shell], { home: '/' })
    expect(said).toEqual({ exitCode: 0, stdout: script, stderr: '' })
    expect(script).toContain(`kafka-replicator __complete ${shell} -- `)
    expect(script).toMatch(/^ *(complete -F \w+|compdef \w+|complete -c) kafka-replicator/m)
  },
)

test('a shell that is not known is 252, with those that are', async () => {
  const said = await runInProcess(['completion', 'tcsh'], { home: '/' })
  expect(said.exitCode).toBe(252)
  expect(said.stderr).toContain('bash, zsh, fish')
})
