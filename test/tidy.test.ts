import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

/** Rules that keep the source as its map (`src/README.md`) says. A rule that gets in the way is discussed, not widened. */

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const LINES_PER_FILE_MAX = 300
const LINES_PER_FUNCTION_MAX = 70

/**
 * Which folder may use which. `types` may only be named there (`import type`), so nothing of them runs. Files right in
 * `src/` (clock, errors, events, group-by) serve everyone, but for wire, which is told.
 */
const MAY_IMPORT: Record<string, { values: string[]; types?: string[] }> = {
  wire: { values: ['errors', 'group-by'] },
  codecs: { values: ['errors', 'wire'] },
  policy: { values: ['wire'], types: ['config'] },
  'offset-map': { values: ['wire'] },
  clusters: { values: ['wire'] },
  progress: { values: ['wire', 'policy', 'clusters'] },
  provenance: { values: ['wire', 'clusters', 'progress'] },
  records: {
    values: ['wire', 'codecs', 'policy', 'offset-map', 'clusters'],
    types: ['config', 'progress', 'provenance', 'replication'],
  },
  topics: { values: ['wire', 'policy', 'clusters'] },
  groups: { values: ['wire', 'policy', 'offset-map', 'clusters', 'progress', 'provenance'], types: ['replication'] },
  replication: {
    values: ['wire', 'policy', 'offset-map', 'clusters', 'progress', 'provenance', 'records', 'topics', 'groups'],
    types: ['config'],
  },
  aws: { values: [] },
  config: { values: ['policy', 'aws'], types: ['clusters', 'replication'] },
  registry: { values: ['config'], types: ['replication'] },
  verification: { values: ['wire', 'codecs', 'policy', 'offset-map', 'clusters', 'progress', 'replication'] },
  runbooks: {
    values: ['registry', 'replication', 'verification', 'clusters', 'progress', 'policy', 'wire'],
  },
  doctor: { values: ['wire', 'policy', 'clusters', 'progress', 'provenance', 'replication'] },
  ui: { values: [], types: ['config', 'replication', 'verification', 'groups', 'runbooks', 'doctor'] },
  metrics: { values: ['aws'], types: ['replication', 'groups'] },
  'log-delivery': { values: ['aws'], types: ['config', 'replication'] },
  demo: { values: ['local-kafka'], types: ['config', 'cli'] },
  cli: {
    values: [
      'aws',
      'config',
      'registry',
      'replication',
      'verification',
      'doctor',
      'runbooks',
      'ui',
      'metrics',
      'log-delivery',
      'demo',
    ],
  },
  'local-kafka': { values: [] },
  bench: { values: ['clusters', 'wire', 'local-kafka', 'ui'] },
}
const FOR_EVERYONE = ['clock', 'errors', 'events', 'group-by']

/** What only the edges of the program may do, and where else it stands for a reason. */
const FORBIDDEN = [
  { what: /\bconsole\./, allowed: [] },
  { what: /\bDate\.now\(|\bnew Date\(\)/, allowed: ['clock.ts'] },
  {
    what: /\bprocess\.exit\(/,
    // The ends of processes of their own.
    allowed: ['cli/main.ts', 'bench/main.ts', 'bench/contestants/tcp-relay-process.ts'],
  },
  {
    what: /\bset(Timeout|Interval)\(/,
    allowed: [
      'clock.ts',
      'wire/connection.ts', // deadlines of a socket: they belong to it, as its keep-alive does
      'wire/open-socket.ts', // the same
      'cli/main.ts', // gives a hanging socket its last second
    ],
  },
  { what: /\bperformance\.now\(/, allowed: ['clock.ts', 'wire/connection.ts'] },
  { what: /\bMath\.random\(/, allowed: [] },
] as const

const sources = (readdirSync(join(ROOT, 'src'), { recursive: true }) as string[])
  .filter(file => file.endsWith('.ts'))
  .map(file => ({ file, text: readFileSync(join(ROOT, 'src', file), 'utf8') }))

interface Import {
  from: string
  to: string
  typeOnly: boolean
}

const imports: Import[] = sources.flatMap(importsOf)

test('every folder has its place in the table', () => {
  const folders = new Set(sources.map(({ file }) => folderOf(file)).filter(folder => !FOR_EVERYONE.includes(folder)))
  expect([...folders].filter(folder => !(folder in MAY_IMPORT))).toEqual([])
})

test('imports between folders go one way', () => {
  const violations = imports
    .filter(({ from, to }) => folderOf(from) !== folderOf(to))
    .filter(({ from, to, typeOnly }) => {
      const { values = [], types = [] } = MAY_IMPORT[folderOf(from)] ?? {}
      const target = folderOf(to)
      if (values.includes(target) || (typeOnly && types.includes(target))) return false
      return folderOf(from) === 'wire' || !FOR_EVERYONE.includes(target)
    })
    .map(({ from, to, typeOnly }) => `${from} imports ${typeOnly ? 'types of ' : ''}${to}`)
  expect(violations).toEqual([])
})

test('no folders need each other: what one runs of another never runs it', () => {
  const edges = new Map<string, Set<string>>()
  for (const { from, to, typeOnly } of imports) {
    if (typeOnly || folderOf(from) === folderOf(to)) continue
    edges.set(folderOf(from), (edges.get(folderOf(from)) ?? new Set()).add(folderOf(to)))
  }
  const reaches = (from: string, wanted: string, seen = new Set<string>()): boolean =>
    [...(edges.get(from) ?? [])].some(next => {
      if (next === wanted) return true
      if (seen.has(next)) return false
      return reaches(next, wanted, seen.add(next))
    })
  expect([...edges.keys()].filter(folder => reaches(folder, folder))).toEqual([])
})

test.each(FORBIDDEN.map(rule => [String(rule.what), rule] as const))('%s stands only where it may', (_name, rule) => {
  const places = sources
    .filter(({ file }) => !(rule.allowed as readonly string[]).includes(file))
    .flatMap(({ file, text }) => codeLines(text).map((line, n) => ({ place: `${file}:${n + 1}`, line })))
    .filter(({ line }) => rule.what.test(line))
  expect(places.map(({ place, line }) => `${place} ${line.trim()}`)).toEqual([])
})

test.each(FORBIDDEN.flatMap(rule => rule.allowed.map(file => [file, rule.what] as const)))(
  '%s still needs to be allowed %s',
  (file, what) => {
    expect(sources.find(source => source.file === file)?.text).toMatch(what)
  },
)

test(`no file is longer than ${LINES_PER_FILE_MAX} lines`, () => {
  const long = sources.map(({ file, text }) => ({ file, lines: text.trimEnd().split('\n').length }))
  expect(long.filter(({ lines }) => lines > LINES_PER_FILE_MAX)).toEqual([])
})

test(`no function is longer than ${LINES_PER_FUNCTION_MAX} lines`, () => {
  const long = sources.flatMap(({ file, text }) =>
    functionsOf(text).map(({ line, lines }) => ({ place: `${file}:${line}`, lines })),
  )
  expect(long.length).toBeGreaterThan(500)
  expect(long.filter(({ lines }) => lines > LINES_PER_FUNCTION_MAX)).toEqual([])
})

test('every file is used by another one, by the command or by a script', () => {
  const used = new Set(imports.map(({ to }) => to))
  for (const file of entryPoints()) used.add(file)
  expect(sources.map(({ file }) => file).filter(file => !used.has(file))).toEqual([])
})

describe('dependencies', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
  const versions: Record<string, string> = { ...manifest.dependencies, ...manifest.optionalDependencies }
  const runtime = Object.keys(versions)

  test.each(runtime)('%s is used', name => {
    expect(sources.some(({ text }) => text.includes(`'${name}'`) || text.includes(`'${name}/`))).toBe(true)
  })

  test.each(runtime)('%s has one exact version', name => {
    expect(versions[name]).toMatch(/^\d+\.\d+\.\d+$/)
  })

  test('nothing that is installed to run brings a script of its own', () => {
    const packages = Object.entries<{ dev?: boolean; hasInstallScript?: boolean }>(lock.packages)
    const scripted = packages.filter(([, { dev, hasInstallScript }]) => !dev && hasInstallScript)
    expect(scripted.map(([name]) => name)).toEqual([])
  })

  test('the lock file names no registry, so that every mirror serves', () => {
    expect(JSON.stringify(lock)).not.toMatch(/"resolved":"https?:/)
  })

  const readme = join(ROOT, 'README.md')
  test.skipIf(!existsSync(readme)).each(runtime)('%s is named in README.md', name => {
    expect(readFileSync(readme, 'utf8')).toContain(name)
  })
})

function folderOf(file: string): string {
  return file.split('/')[0]!.replace(/\.ts$/, '')
}

/** Static, dynamic and by URL (processes of their own): whatever names a file of ours. */
function importsOf({ file, text }: { file: string; text: string }): Import[] {
  const statements = text.matchAll(/(?:(?:import|export)\s([^'"]*?)from\s*|import\(|new URL\()?'(\.{1,2}\/[^']+)\.js'/g)
  return [...statements]
    .map(([, specifiers = '', path]) => ({
      from: file,
      // A process of our own is named as it lies in the package.
      to: `${join(dirname(file), path!).replace(/^(\.\.\/)*dist\//, '')}.ts`,
      typeOnly: isTypeOnly(specifiers),
    }))
    .filter(({ to }) => !to.startsWith('..'))
}

/** `type { A }`, or `{ type A, type B }`. */
function isTypeOnly(specifiers: string): boolean {
  if (specifiers.startsWith('type ')) return true
  const names = /^\{([^}]*)\}\s*$/
    .exec(specifiers)?.[1]
    ?.split(',')
    .map(name => name.trim()) ?? ['']
  return names.every(name => name === '' || name.startsWith('type ')) && names.some(name => name !== '')
}

/** Without comments, so that they may speak of what the code must not do. */
function codeLines(text: string): string[] {
  const withoutBlocks = text.replaceAll(/\/\*[\s\S]*?\*\//g, block => block.replaceAll(/[^\n]/g, ' '))
  return withoutBlocks.split('\n').map(line => line.replace(/(^|\s)\/\/ .*$/, ''))
}

/** The formatter closes a body at the indentation of the line that opens it. */
function functionsOf(text: string): { line: number; lines: number }[] {
  const lines = codeLines(text)
  return lines.flatMap((opening, n) => {
    if (!/(\).*|=>) \{$/.test(opening) || /^\s*(\} )?(if|else|for|while|switch|catch)\b/.test(opening)) return []
    const indent = /^ */.exec(opening)![0]
    const length = lines.slice(n + 1).findIndex(line => line.startsWith(`${indent}}`))
    return [{ line: n + 1, lines: length + 2 }]
  })
}

/** What the command, the scripts of package.json and the processes we start begin with. */
function entryPoints(): string[] {
  const scripts = Object.values<string>(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts)
  const commands = readdirSync(join(ROOT, 'bin')).map(file => readFileSync(join(ROOT, 'bin', file), 'utf8'))
  return [...scripts, ...commands].flatMap(text =>
    [...text.matchAll(/dist\/([\w/-]+)\.js/g)].map(([, path]) => `${path}.ts`),
  )
}
