import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pathFromReference, readConfigFile } from '../../src/config/load-files.js'
import { ExitCode } from '../../src/errors.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'load-files-'))
  await writeFile(path.join(folder, 'a.json'), '{"canary": "s3cr3t"}')
  await writeFile(path.join(folder, 'huge.json'), '')
  await truncate(path.join(folder, 'huge.json'), 50 * 1024 * 1024)
  execFileSync('mkfifo', [path.join(folder, 'fifo')])
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('a named file is read only when it is a regular file of sensible size (R82)', () => {
  it.each(['', 'file://'])('a path with "%s" in front', async prefix => {
    const bytes = await readConfigFile(`${prefix}${path.join(folder, 'a.json')}`)
    expect(Buffer.from(bytes).toString()).toBe('{"canary": "s3cr3t"}')
  })

  it.each([
    ['missing.json', 'there is no such file'],
    ['a.json/x', 'there is no such file'],
    ['huge.json', 'larger than 10 MiB'],
    ['fifo', 'not a regular file'],
    ['.', 'it is a directory'],
    ['a\u0000b', 'NUL character'],
  ])('%s', async (name, reason) => {
    const start = performance.now()
    await expect(readConfigFile(`${folder}/${name}`)).rejects.toMatchObject({
      name: 'UserError',
      exitCode: ExitCode.Environment,
      message: expect.stringContaining(reason),
    })
    expect(performance.now() - start).toBeLessThan(1000)
  })

  it.each(['/dev/zero', '/dev/null', 'file:///dev/zero'])('the device %s', async device => {
    await expect(readConfigFile(device)).rejects.toThrow('not a regular file')
  })

  it('a file:// reference may be relative, as in the AWS CLI', () => {
    expect(pathFromReference('file://a/b.json')).toBe('a/b.json')
    expect(pathFromReference('file:///a/b.json')).toBe('/a/b.json')
    expect(pathFromReference('file://../../etc/passwd')).toBe('../../etc/passwd')
  })
})
