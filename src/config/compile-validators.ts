/**
 * Build step (`node dist/config/compile-validators.js`): turns `schemas/*.schema.json` into `schemas/compiled/validators.js`,
 * so that neither Ajv nor the schemas are loaded when the tool runs.
 */
import { mkdir, readdir, readFile, realpath, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { AnySchemaObject } from 'ajv'
import { RE2JS } from 're2js'

// Ajv is CommonJS whose types put the class under `.default`; require gives both without guessing.
const require = createRequire(import.meta.url)
const { Ajv2020 } = require('ajv/dist/2020.js') as typeof import('ajv/dist/2020.js')
const { default: standaloneCode } =
  require('ajv/dist/standalone/index.js') as typeof import('ajv/dist/standalone/index.js')

const schemasFolder = new URL('../../schemas/', import.meta.url)
/** The generated code asks for two small helpers of Ajv in CommonJS style. */
const HEADER = `// Made by src/config/compile-validators.ts from schemas/*.schema.json: do not edit.
import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)
`

/** Compiles every schema in the folder; the exports are named after the files: kafka-clusters → kafkaClusters. */
export async function compileValidators(folder: URL = schemasFolder): Promise<void> {
  const schemas = await readSchemas(folder)
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strict: true,
    code: { source: true, esm: true, lines: true },
  })
  ajv.addVocabulary(['patternErrorMessage'])
  for (const schema of schemas) ajv.addSchema(schema)
  const exports = Object.fromEntries(schemas.map(({ $id }) => [exportName(String($id)), String($id)]))
  const compiled = new URL('compiled/', folder)
  await mkdir(compiled, { recursive: true })
  // Written aside and renamed: two builds at once, or a reader during a build, never see half a file.
  const temporary = new URL(`validators.${process.pid}.tmp`, compiled)
  await writeFile(temporary, HEADER + standaloneCode(ajv, exports))
  await rename(temporary, new URL('validators.js', compiled))
}

/** The validator's name for a schema id: `replication-info.schema.json` → `replicationInfo`. */
export function exportName(schemaId: string): string {
  return schemaId.replace('.schema.json', '').replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

async function readSchemas(folder: URL): Promise<AnySchemaObject[]> {
  const names = (await readdir(folder)).filter(name => name.endsWith('.schema.json')).sort()
  const schemas = await Promise.all(
    names.map(async name => JSON.parse(await readFile(new URL(name, folder), 'utf8')) as AnySchemaObject),
  )
  for (const schema of schemas) requireRe2Patterns(schema)
  return schemas
}

/** A pattern that RE2 takes has no look-around and no back reference; those that could backtrack are kept out by a test. */
function requireRe2Patterns(node: unknown): void {
  if (typeof node !== 'object' || node === null) return
  for (const [key, value] of Object.entries(node)) {
    if (key === 'pattern' && typeof value === 'string') RE2JS.compile(value)
    else requireRe2Patterns(value)
  }
}

// Run as a program, not imported by a test. A checkout may be reached through a symbolic link, so real paths count.
const program = process.argv[1]
if (program !== undefined && (await realpath(program)) === fileURLToPath(import.meta.url)) await compileValidators()
