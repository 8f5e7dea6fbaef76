import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, symlink } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { temporaryFolder } from './support/temporary-folder.js'

/** What `npm install` and `npx` bring to a machine: the packed files are enough, and there is nothing else among them. */

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const npm = (...args: string[]) =>
  execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })

let files: string[] = []
beforeAll(() => {
  const [{ files: packed }] = JSON.parse(npm('pack', '--dry-run', '--ignore-scripts', '--json'))
  files = packed.map(({ path }: { path: string }) => path)
})

test('it holds program, schemas and examples, and nothing else', () => {
  const allowed =
    /^(package\.json|README\.md|bin\/[\w-]+\.js|dist\/.+|schemas\/.+\.(json|js)|examples\/.+\.(json|md|yaml))$/
  expect(files.filter(file => !allowed.test(file))).toEqual([])
  expect(files.filter(file => /^dist\/bench\/|\.map$|\.tsbuildinfo$|\.test\./.test(file))).toEqual([])
  const needed = [
    'bin/kafka-replicator.js',
    'dist/cli/main.js',
    'schemas/compiled/validators.js',
    'schemas/kafka-clusters.schema.json',
    'examples/local/kafka-clusters.json',
    'dist/local-kafka/outside-client/Members.java',
  ]
  expect(needed.filter(file => !files.includes(file))).toEqual([])
})

test('what it imports is a dependency', () => {
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const code = files.filter(file => file.endsWith('.js')).map(file => readFileSync(join(ROOT, file), 'utf8'))
  const imported = code.flatMap(text =>
    [...text.matchAll(/(?:^(?:import|export)\b[^'"]*?\bfrom |\bimport\(|\brequire\()["']([^.'"][^'"]*)["']/gm)].map(
      ([, name]) => name!,
    ),
  )
  const packages = new Set(
    imported
      .filter(name => !isBuiltin(name))
      .map(name =>
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/'),
      ),
  )
  expect([...packages]).toEqual(expect.arrayContaining(['commander', 'picomatch']))
  expect([...packages].filter(name => !(name in { ...dependencies, ...optionalDependencies }))).toEqual([])
})

test('the command works from the packed file, through the link that npm makes', async () => {
  const folder = await temporaryFolder()
  npm('pack', '--ignore-scripts', '--pack-destination', folder)
  const [tarball] = readdirSync(folder).filter(file => file.endsWith('.tgz'))
  execFileSync('tar', ['xzf', tarball!], { cwd: folder })
  await mkdir(join(folder, 'node_modules/.bin'), { recursive: true })
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (!name.startsWith('.')) await symlink(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
  }
  await symlink('../package', join(folder, 'node_modules/kafka-replicator'))
  const command = join(folder, 'node_modules/.bin/kafka-replicator')
  await symlink('../kafka-replicator/bin/kafka-replicator.js', command)
  const run = (...args: string[]) =>
    execFileSync(command, args, { cwd: folder, encoding: 'utf8', env: { PATH: process.env.PATH, HOME: folder } })
  expect(run('--version')).toMatch(/^kafka-replicator\/\d+\.\d+\.\d+ node\//)
  expect(run('help', 'files')).toContain('kafka-clusters.json')
  expect(
    run('validate', 'package/examples/*/{kafka-clusters,connections,log-delivery,replication-info*}.json'),
  ).toMatch(/^\d+ files valid/)
  expect(run('list-replicators', '--output', 'json')).toContain('"Replicators": []')
})
