import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConfigFile } from '../../src/config/load-files.js'
import { ExitCode } from '../../src/errors.js'
import { runInProcess } from '../cli/fake-shell.js'
import { asNobody } from '../support/as-nobody.js'
import { flow } from '../support/config-samples.js'

/** Whatever `validate` is given, it answers soon, in clear words and with the right exit code. */

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hostile-files-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function validate(files: string[], input?: string) {
  const before = process.cpuUsage()
  const said = await runInProcess(['validate', ...files], { home: folder, ...(input !== undefined && { input }) })
  const { user, system } = process.cpuUsage(before)
  // The time of this process and not that of the clock: others may be using the machine.
  return { ...said, seconds: (user + system) / 1_000_000 }
}

async function written(name: string, content: string | Uint8Array): Promise<string> {
  const file = path.join(folder, name)
  await writeFile(file, content)
  return file
}

const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n))
const topics = (patterns: unknown[]) =>
  JSON.stringify([flow({ TopicReplication: { TopicsToReplicate: patterns as string[] } })])
const cluster = (id: string) => ({ ApacheKafkaCluster: { ApacheKafkaClusterId: id, BootstrapBrokerString: 'h:1' } })

describe('a hostile text is invalid, within a second', () => {
  it.each<[string, string | Uint8Array, string]>([
    ['100,000 brackets', '['.repeat(100_000), 'deeper than 64 levels'],
    ['100,000 objects', '{"a":'.repeat(100_000), 'deeper than 64 levels'],
    ['NUL', '[\u0000]', 'NUL character'],
    ['a byte order mark', '\ufeff[]', 'byte order mark'],
    ['bytes that are no UTF-8', Uint8Array.of(0x5b, 0xc3, 0x28, 0x5d), 'not UTF-8'],
    ['nothing', '', 'The file is empty'],
    ['__proto__', '[{"__proto__": {"TopicReplication": {}}, "TopicReplication": {}}]', '"__proto__" is not known'],
    ['constructor', '[{"constructor": {}, "TopicReplication": {"toString": 1}}]', '"toString" is not known'],
    ['only __proto__', '{"__proto__": {"Clusters": {}}}', 'none of the files'],
    ['an integer above 2^53', '[{"TopicReplication": 9007199254740993}]', 'too large to be kept exactly'],
    ['a key of 9 MB', `[{"TopicReplication": {"${'k'.repeat(9_000_000)}": 1}}]`, 'is not known here'],
    ['unknown keys below a key of 100 kB', bigKeys(), '"x0" is not known'],
    ['90,000 keys', JSON.stringify([Object.fromEntries(many(90_000, n => [`TopicReplicatio${n}`, 1]))]), 'none of'],
    [
      '20,000 clusters, each to be compared with each',
      JSON.stringify(many(20_000, n => cluster(`c${n}`))),
      'exactly 2',
    ],
    ['90,000 patterns', topics(many(90_000, n => `topic-${n}`)), 'at most 100'],
    ['a pattern of 5 MB', topics(['a'.repeat(5_000_000)]), 'limit is 249'],
    ['repetitions of repetitions', topics([`${'('.repeat(8)}a${'{1,1000})'.repeat(8)}`]), 'cannot be used'],
  ])('%s', async (_, content, message) => {
    const said = await validate([await written('hostile.json', content)])
    expect(said.stdout).toContain(message)
    expect(said).toMatchObject({ exitCode: ExitCode.No, stderr: '' })
    expect(said.seconds).toBeLessThan(1)
    expect(said.stdout.length).toBeLessThan(100_000)
    expect(({} as Record<string, unknown>).TopicReplication).toBeUndefined()
  })

  function bigKeys(): string {
    const unknown = Object.fromEntries(many(60, n => [`x${n}`, 1]))
    return JSON.stringify({ Clusters: { ['k'.repeat(100_000)]: unknown } })
  }
})

it('patterns that make other engines go round for ever are as good as any', async () => {
  const dreaded = ['(a+)+$', '(a|aa)+$', '(a*)*b', '(.*)*x', `${'a?'.repeat(80)}${'a'.repeat(80)}`]
  const wide = many(90, n => `\\pL{1000}\\pN{1000}\\PL{1000}\\PN{1000}${n}`)
  const said = await validate([await written('patterns.json', topics([...dreaded, ...wide]))])
  expect(said).toMatchObject({ exitCode: ExitCode.Done, stdout: '1 file valid\n' })
  expect(said.seconds).toBeLessThan(1)
})

describe('what is no readable file is told with 253, within a second', () => {
  it.each<[string, (file: string) => Promise<unknown> | string, string]>([
    ['50 MiB', async file => [await writeFile(file, ''), await truncate(file, 50 * 2 ** 20)], 'larger than 10 MiB'],
    ['a FIFO', async file => execFileSync('mkfifo', [file]), 'not a regular file'],
    ['a directory', file => mkdir(file), 'it is a directory'],
    ['a link to itself', file => symlink(file, file), 'lead round in a circle'],
    ['a link to nothing', file => symlink('nowhere', file), 'there is no such file'],
    ['a link to a device', file => symlink('/dev/zero', file), 'not a regular file'],
    ['nothing', async () => {}, 'there is no such file'],
    ['a pattern without a file', async () => {}, 'no file matches this pattern'],
  ])('%s', async (name, make, reason) => {
    const file = path.join(folder, `${name.replaceAll(' ', '-')}${name.startsWith('a pattern') ? '*' : ''}`)
    await make(file)
    const said = await validate([file])
    expect(said).toMatchObject({ exitCode: ExitCode.Environment, stdout: '1 file not readable\n' })
    expect(said.stderr).toContain(reason)
    expect(said.seconds).toBeLessThan(1)
  })

  it.each(['/dev/zero', '/dev/null', '/dev/stdin', '/dev/tty', '/dev/random', '/proc/self/mem'])('%s', async device => {
    const said = await validate([device])
    // /proc/self/mem passes for a regular file, whose first byte cannot be read; without a terminal /dev/tty cannot be opened.
    expect(said.exitCode).toBe(ExitCode.Environment)
    expect(said.stderr).toContain(`The file ${device} cannot be read`)
  })

  it('a file without permission', async () => {
    const file = await written('locked.json', '[]')
    await chmod(file, 0)
    await expect(asNobody(() => readConfigFile(file))).rejects.toMatchObject({
      exitCode: ExitCode.Environment,
      message: `The file ${file} cannot be read: permission denied.`,
    })
  })

  it('the others are checked all the same', async () => {
    const good = await written('good.json', topics(['a']))
    const bad = await written('bad.json', '[')
    const said = await validate(['/dev/zero', bad, good, path.join(folder, 'no.json')])
    expect(said.exitCode).toBe(ExitCode.Environment)
    expect(said.stdout).toContain('bad.json:1:2')
    expect(said.stdout).toContain('1 problem in 1 file, 2 files not readable')
    expect(said.stderr.match(/cannot be read/g)).toHaveLength(2)
  })
})

describe('standard input', () => {
  it('is checked as a file is', async () => {
    expect(await validate(['-'], topics(['a']))).toMatchObject({ exitCode: ExitCode.Done, stdout: '1 file valid\n' })
    const bad = await validate(['-'], '{"a": 1')
    expect(bad.exitCode).toBe(ExitCode.No)
    expect(bad.stdout).toContain('<stdin>:1:8')
  })

  it('without an end is left after 10 MiB', async () => {
    const said = await validate(['-'], ' '.repeat(11 * 2 ** 20))
    expect(said.exitCode).toBe(ExitCode.Environment)
    expect(said.stderr).toContain('Standard input cannot be read: it is larger than 10 MiB.')
  })
})

it('10,000 files take seconds, and are all checked', async () => {
  const names = many(100, n => path.join(folder, 'many', String(n)))
  const content = topics(['orders.*'])
  for (const name of names) {
    await mkdir(name, { recursive: true })
    await Promise.all(many(100, n => writeFile(path.join(name, `${n}.json`), content)))
  }
  await writeFile(path.join(names[50]!, '50.json'), '[')
  const said = await validate([path.join(folder, 'many/**/*.json')])
  expect(said.exitCode).toBe(ExitCode.No)
  expect(said.stdout).toContain('1 problem in 1 file\n')
  expect(said.seconds).toBeLessThan(5)
})
