import { type Dirent, existsSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { isPattern, pathFromReference } from './load-files.js'

/**
 * The files that are meant by paths and by patterns (`*`, `?`, `[…]`, `{…}`, and `**` for any folders), each once, in the
 * order they were named and by name within a pattern. A shell may have passed a pattern on, since it was quoted or knows
 * no `**`. One that matches nothing stays as it is, as in a shell, and is then a file that is not there.
 */
export async function findFiles(names: readonly string[]): Promise<string[]> {
  const found = new Set<string>()
  for (const name of names) {
    const file = pathFromReference(name)
    // Letters before signs: `a[1].json` is a file when there is one of that name.
    if (!isPattern(file) || existsSync(file)) found.add(file)
    else for (const match of await matchesOf(file)) found.add(match)
  }
  return [...found]
}

async function matchesOf(pattern: string): Promise<string[]> {
  const { default: picomatch } = await import('picomatch')
  const { base, glob } = picomatch.scan(pattern)
  const isMatch = picomatch(glob, { nonegate: true })
  const depthMax = glob.includes('**') ? Number.POSITIVE_INFINITY : glob.split('/').length
  const withDotFolders = /(?:^|[/{,(])\./.test(glob)
  const matches: string[] = []
  walk('', depthMax)
  return matches.length === 0 ? [pattern] : matches.sort()

  function walk(folder: string, depth: number): void {
    for (const entry of entriesOf(path.join(base || '.', folder))) {
      const inside = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) {
        if (depth > 1 && isEntered(entry.name)) walk(inside, depth - 1)
      } else if (isMatch(inside) && !isLinkToFolder(entry)) matches.push(path.join(base, inside))
    }
  }

  /** Packages bring other people's JSON files by the thousand. */
  function isEntered(folder: string): boolean {
    return folder !== 'node_modules' && (withDotFolders || !folder.startsWith('.'))
  }

  function entriesOf(folder: string): Dirent[] {
    try {
      return readdirSync(folder, { withFileTypes: true })
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      // A folder that cannot be looked into is given back as a file, whose reading then fails with the reason.
      if (code !== 'ENOENT' && code !== 'ENOTDIR') matches.push(folder)
      return []
    }
  }
}

/** It is not followed: it may lead round in circles, or to all of the disk. */
function isLinkToFolder(entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return false
  return statSync(path.join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.isDirectory() === true
}
