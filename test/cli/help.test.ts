import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { HELP_TOPICS } from '../../src/cli/help-topics.ts'
import { buildProgram } from '../../src/cli/program.ts'
import { fakeShell, runInProcess } from './fake-shell.ts'

const program = buildProgram(fakeShell({ home: '/' }).shell)
const commands = program.createHelp().visibleCommands(program)
const names = commands.map(command => command.name())

const help = async (...argv: string[]) => await runInProcess(['help', ...argv], { home: '/' })
/** In characters as they are seen. */
const tooWide = (text: string) => text.split('\n').filter(line => [...line].length > 80)

describe.each(names)('help %s', name => {
  test('shows examples first, of this command', async () => {
    const { exitCode, stdout } = await help(name)
    expect(exitCode).toBe(0)
    const [examples, usage] = stdout.split('\nUsage: ')
    expect(examples).toMatch(/^Examples:\n/)
    expect(examples).toContain(`kafka-replicator ${name}`)
    expect(usage).toContain(`kafka-replicator ${name}`)
  })

  test('fits 80 columns, and its texts are not broken in the middle', async () => {
    const { stdout } = await help(name)
    expect(tooWide(stdout)).toEqual([])
    // A list whose line was too long goes on at the margin, then indented again.
    expect(stdout).not.toMatch(/\n {2}\S.*\n\S+\n {6,}\S/)
  })
})

test('the overview shows examples first, all commands, and fits 80 columns', async () => {
  const { stdout } = await help()
  expect(stdout).toMatch(/^Examples:\n/)
  expect(names.filter(name => !stdout.includes(`\n  ${name} `))).toEqual([])
  expect(stdout).not.toContain('__complete')
  expect(tooWide(stdout)).toEqual([])
})

describe.each(Object.keys(HELP_TOPICS))('the page %s', topic => {
  test('fits 80 columns', async () => {
    const { exitCode, stdout } = await help(topic)
    expect(exitCode).toBe(0)
    expect(stdout).toBe(HELP_TOPICS[topic])
    expect(tooWide(stdout)).toEqual([])
  })

  test('is named by help help, and names only commands and options that exist', async () => {
    expect((await help('help')).stdout).toMatch(new RegExp(`Topics:[^]*\\b${topic}\\b`))
    const text = HELP_TOPICS[topic]!
    const named = [...text.matchAll(/kafka-replicator ([a-z-]+)/g)].map(([, name]) => name!)
    expect(named.filter(name => !names.includes(name))).toEqual([])
    const options = new Set(commands.flatMap(command => command.options.map(({ long }) => long)))
    expect([...text.matchAll(/--[a-z-]+/g)].map(([name]) => name).filter(name => !options.has(name))).toEqual([])
  })
})

test('the metrics on their page are those that are served', () => {
  const folder = fileURLToPath(new URL('../../src/metrics/', import.meta.url))
  const code = readdirSync(folder).map(file => readFileSync(`${folder}${file}`, 'utf8'))
  const named = HELP_TOPICS.metrics!.match(/replicator_\w+/g)!
  expect(named.length).toBeGreaterThan(5)
  expect(named.filter(name => !code.some(text => text.includes(`'${name}'`)))).toEqual([])
})

describe('what is nearly right is told with the right one', () => {
  test.each([
    [['help', 'exit-code'], 'exit-codes'],
    [['help', 'fialover'], 'failover'],
    [['statsu'], 'status'],
    [['kafka', 'creat-replicator'], 'create-replicator'],
    [['complition', 'bash'], 'completion'],
    [['status', '--wach'], '--watch'],
  ])('%s', async (argv, meant) => {
    const said = await runInProcess(argv, { home: '/' })
    expect(said).toMatchObject({ exitCode: 252, stdout: '' })
    expect(said.stderr).toMatch(new RegExp(`Maybe you meant:\\s+(\\* )?${meant}\\n`))
  })

  test.each(['constructor', '__proto__', 'zzzzzzzz'])('%s is no topic', async topic => {
    const said = await help(topic)
    expect(said.exitCode).toBe(252)
    expect(said.stderr).toContain('There is help about: validate, ')
    expect(said.stderr).not.toContain('__complete')
  })
})
