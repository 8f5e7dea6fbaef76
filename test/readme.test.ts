import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { GLOBAL_OPTIONS, NO_GLOBALS } from '../src/cli/globals.js'
import { buildProgram } from '../src/cli/program.js'
import type { Screen, Shell } from '../src/cli/shell.js'
import { ExitCode } from '../src/errors.js'
import { temporaryFolder } from './support/temporary-folder.js'

/** What README.md and src/README.md say is so: commands run, options and scripts exist, files are where they are said to be. */

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')
const MAP = readFileSync(join(ROOT, 'src/README.md'), 'utf8')

interface Block {
  /** `sh`, `text`; `sh test` runs here, and a `text` right behind it is what it must print. */
  language: string
  text: string
  output: string | undefined
}

const blocks = blocksOf(README)
const program = buildProgram(deafShell())
/** Those that the help shows. */
const commands = program.createHelp().visibleCommands(program)

test.each(blocks.filter(({ language }) => language === 'sh test'))('runs: $text', async ({ text, output }) => {
  const bin = await temporaryFolder()
  const command = join(bin, 'kafka-replicator')
  await writeFile(command, `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, 'bin/kafka-replicator.js')}" "$@"\n`)
  await chmod(command, 0o755)
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, NO_COLOR: '1', KAFKA_REPLICATOR_HOME: bin }
  const said = execFileSync('sh', ['-e', '-c', text], { cwd: ROOT, env, encoding: 'utf8' })
  if (output !== undefined) expect(said).toBe(output)
})

test('some blocks are run', () => {
  expect(blocks.filter(({ language }) => language === 'sh test').length).toBeGreaterThan(1)
})

test('every script that is named exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const named = [...README.matchAll(/npm (?:run (\w+)|(test)\b)/g)].map(([, run, direct]) => run ?? direct ?? '')
  expect(named).toEqual(expect.arrayContaining(['demo', 'test', 'bench']))
  expect(named.filter(name => !(name in scripts))).toEqual([])
})

describe('commands', () => {
  test.each(shownCommands())('%s exists, with %s', (name, options) => {
    const command = commands.find(other => other.name() === name)
    expect(command).toBeDefined()
    const known = [...command!.options.map(({ long }) => long), ...GLOBAL_OPTIONS.map(({ name }) => name), '--help']
    expect(options.filter(option => !known.includes(option))).toEqual([])
  })

  test('the table has every command', () => {
    expect(firstColumn('| command').toSorted()).toEqual(commands.map(command => command.name()).toSorted())
  })

  test('the options named in tables and text exist somewhere', () => {
    const text = README.replaceAll(/```[\s\S]*?```/g, '')
    const named = [...text.matchAll(/`(--[a-z-]+)/g)].map(([, option]) => option)
    const known = new Set([
      ...commands.flatMap(command => command.options.map(({ long }) => long)),
      ...GLOBAL_OPTIONS.map(({ name }) => name),
    ])
    expect(named.filter(option => !known.has(option))).toEqual([])
  })

  test('the table of exit codes has every one', () => {
    expect(firstColumn('| exit code').map(Number)).toEqual(Object.values(ExitCode))
  })
})

test.each([
  ['README.md', README],
  ['src/README.md', MAP],
])('the links of %s lead somewhere', (file, text) => {
  const targets = [...text.matchAll(/\]\(([^)#]+)\)/g)].map(([, target]) => target!)
  expect(targets.filter(target => !/^https?:/.test(target) && !existsSync(join(ROOT, dirname(file), target)))).toEqual(
    [],
  )
})

describe('the map', () => {
  const files = (readdirSync(join(ROOT, 'src'), { recursive: true }) as string[]).map(file =>
    file.replaceAll('\\', '/'),
  )

  test('names no file that is not there', () => {
    const named = [...MAP.matchAll(/`([\w/-]+\.(?:ts|java))`/g)].map(([, name]) => name!)
    expect(named.length).toBeGreaterThan(150)
    expect(named.filter(name => !files.some(file => file === name || file.endsWith(`/${name}`)))).toEqual([])
  })

  test('names every folder, and every file of the way of a record', () => {
    const folders = new Set(files.filter(file => file.includes('/')).map(file => file.split('/')[0]!))
    expect([...folders].filter(folder => !MAP.includes(`**\`${folder}/\`**`))).toEqual([])
    const central = /^(wire|codecs|policy|clusters|progress|records|topics|replication)\/[\w-]+\.ts$/
    const missing = files.filter(file => central.test(file) && !MAP.includes(`${file.split('/').at(-1)}\``))
    expect(missing).toEqual([])
  })

  test('names tests that exist', () => {
    const table = MAP.split('## What must hold')[1]!.split('\n## ')[0]!
    const rows = table.split('\n').filter(line => line.startsWith('| **'))
    const named = rows.flatMap(row => [...row.split('|')[3]!.matchAll(/`([\w/-]+)`/g)].map(([, name]) => name!))
    expect(named.length).toBeGreaterThanOrEqual(rows.length)
    expect(named.filter(name => !existsSync(join(ROOT, 'test', `${name}.test.ts`)))).toEqual([])
  })
})

function blocksOf(markdown: string): Block[] {
  const found = [...markdown.matchAll(/```([\w ]+)\n([\s\S]*?)```(?=\n\n(?:```text\n([\s\S]*?)```)?)/g)]
  return found.map(([, language, text, output]) => ({ language: language!, text: text!, output }))
}

/** Every `kafka-replicator …` of the shell blocks, with its options. */
function shownCommands(): [string, string[]][] {
  return blocks
    .filter(({ language }) => language.startsWith('sh'))
    .flatMap(({ text }) => text.replaceAll(/\\\n\s*/g, ' ').split('\n'))
    .flatMap(line => [...line.matchAll(/kafka-replicator (?:kafka )?([a-z-]+)([^)\n]*)/g)])
    .map(([, name, rest]) => [name!, [...rest!.matchAll(/(?<=\s)--[a-z-]+/g)].map(([option]) => option)])
}

/** The first column of the table with this heading, without its marks. */
function firstColumn(heading: string): string[] {
  const lines = README.slice(README.indexOf(`\n${heading}`) + 1).split('\n')
  const rows = lines.slice(2, lines.indexOf(''))
  return rows.map(row => row.split('|')[1]!.replaceAll('`', '').trim())
}

/** The program is only looked at. */
function deafShell(): Shell {
  const nothing = (): never => {
    throw new Error('This test runs no command in its own process.')
  }
  const screen: Screen = { write: () => {}, isTTY: false, columns: undefined, rows: undefined }
  return {
    stdout: screen,
    stderr: screen,
    stdin: { isTTY: false, chunks: nothing },
    env: {},
    workingDirectory: ROOT,
    clock: { now: nothing, monotonic: nothing, sleep: nothing },
    globals: NO_GLOBALS,
    exitCode: ExitCode.Done,
    registry: nothing,
    engine: nothing,
    readLine: nothing,
    onStopSignal: nothing,
  }
}
