import { resolve } from 'node:path'
import { pathFromReference } from '../config/load-files.js'
import { UsageError } from './errors.js'
import type { Shell } from './shell.js'

/** The absolute path behind `--connections`, as the registry keeps it. Inline JSON could not be read again later. */
export function connectionsPath(word: string, shell: Shell): string {
  if (/^\s*[{[]/.test(word)) {
    throw new UsageError('argument --connections: the file itself is needed, for it is read again at each start', {
      fix: 'Write the JSON into a file and give --connections file://connections.json.',
    })
  }
  return resolve(shell.workingDirectory, pathFromReference(word))
}
