import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findFiles } from '../../src/config/find-files.js'
import { asNobody } from '../support/as-nobody.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'find-files-'))
  for (const name of [
    'a/x.json',
    'a/b/y.json',
    'a/z.txt',
    'a/node_modules/p/q.json',
    'a/.hidden/h.json',
    'a/[1].json',
  ]) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
    await writeFile(path.join(folder, name), '{}')
  }
  await symlink('..', path.join(folder, 'a/b/round'))
  await symlink('x.json', path.join(folder, 'a/link.json'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What is found, from the folder on. */
async function found(...names: string[]): Promise<string[]> {
  const files = await findFiles(names.map(name => path.join(folder, name)))
  return files.map(file => path.relative(folder, file))
}

describe('a pattern that the shell has passed on is looked up', () => {
  it.each([
    ['a/*.json', ['a/[1].json', 'a/link.json', 'a/x.json']],
    ['a/**/*.json', ['a/[1].json', 'a/b/y.json', 'a/link.json', 'a/x.json']],
    ['a/{x,b/y}.json', ['a/b/y.json', 'a/x.json']],
    ['a/?.json', ['a/x.json']],
    ['a/b/*', ['a/b/y.json']],
    ['a/.hidden/*', ['a/.hidden/h.json']],
  ])('%s', async (pattern, expected) => {
    expect(await found(pattern)).toEqual(expected)
  })

  it('from the working directory too', async () => {
    expect(await findFiles(['schemas/replication-*.json'])).toEqual(['schemas/replication-info.schema.json'])
  })

  it('file:// may stand in front', async () => {
    expect(await findFiles([`file://${folder}/a/?.json`])).toEqual([`${folder}/a/x.json`])
  })
})

it('a file is taken by its name, though that looks like a pattern', async () => {
  expect(await found('a/[1].json')).toEqual(['a/[1].json'])
})

it('each file is there once, in the order it was named', async () => {
  expect(await found('a/x.json', 'a/*.json', 'a/x.json')).toEqual(['a/x.json', 'a/[1].json', 'a/link.json'])
})

it('a folder that cannot be looked into is told', async () => {
  const locked = path.join(folder, 'locked')
  await mkdir(locked)
  await chmod(locked, 0)
  await found('a/*.json')
  expect(await asNobody(() => found('locked/*.json'))).toEqual(['locked'])
})

it('what matches nothing stays, so that it can be told', async () => {
  expect(await found('b/*.json', 'nowhere.json')).toEqual(['b/*.json', 'nowhere.json'])
  expect(await findFiles(['-'])).toEqual(['-'])
})
