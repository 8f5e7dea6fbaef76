import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { compileValidators, exportName } from '../../src/config/compile-validators.js'
import { FILE_KINDS } from '../../src/config/kind-of-file.js'

const schemas = new URL('../../schemas/', import.meta.url)

type Schema = Record<string, unknown>

async function readSchemas(): Promise<[string, Schema][]> {
  const names = (await readdir(schemas)).filter(name => name.endsWith('.schema.json'))
  return Promise.all(
    names.map(
      async (name): Promise<[string, Schema]> => [name, JSON.parse(await readFile(new URL(name, schemas), 'utf8'))],
    ),
  )
}

/** Every schema of a named member, with its path. */
function members(schema: unknown, at: string): [string, Schema][] {
  if (typeof schema !== 'object' || schema === null) return []
  return Object.entries(schema).flatMap(([key, value]) => {
    const own = key === 'properties' ? Object.entries(value as Record<string, Schema>) : []
    const named = own.map(([name, member]): [string, Schema] => [`${at}.${name}`, member])
    return [...named, ...members(value, `${at}.${key}`)]
  })
}

describe('the schemas', () => {
  it('there is one for each kind of file, named after it', async () => {
    const names = (await readSchemas()).map(([name, schema]) => [name, schema.$id])
    expect(names.sort()).toEqual(FILE_KINDS.map(kind => [`${kind}.schema.json`, `${kind}.schema.json`]).sort())
  })

  it('every member has a title, a description and an example, or takes them from a definition', async () => {
    for (const [name, schema] of await readSchemas()) {
      for (const [at, member] of members(schema, name)) {
        if (member.$ref === undefined)
          expect(Object.keys(member), at).toEqual(expect.arrayContaining(['title', 'description', 'examples']))
      }
    }
  })

  it('every pattern is linear for a backtracking engine too', async () => {
    const patterns =
      JSON.stringify((await readSchemas()).map(([, schema]) => schema)).match(/"pattern":"(?:[^"\\]|\\.)*"/g) ?? []
    expect(patterns.length).toBeGreaterThan(5)
    for (const found of patterns) {
      const pattern = new RegExp(JSON.parse(`{${found}}`).pattern, 'u')
      for (const seed of ['a', '0', '-', 'arn:aws:kafka:', 'arn:aws:kafka:a:123456789012:cluster/']) {
        const start = performance.now()
        pattern.test(`${seed.repeat(100_000)}!`)
        pattern.test(`${seed}${'a'.repeat(100_000)}!`)
        expect(performance.now() - start, `${found} ${seed}`).toBeLessThan(500)
      }
    }
  })
})

describe('the build step', () => {
  it('makes a module with a validator for each schema, and the one in use is up to date', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'schemas-'))
    try {
      for (const [name] of await readSchemas()) await cp(new URL(name, schemas), path.join(folder, name))
      await compileValidators(pathToFileURL(`${folder}/`))
      const made = await readFile(path.join(folder, 'compiled/validators.js'), 'utf8')
      expect(made).toBe(await readFile(new URL('compiled/validators.js', schemas), 'utf8'))
      for (const kind of FILE_KINDS) expect(made).toContain(`export const ${exportName(`${kind}.schema.json`)} =`)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
