import { readdir } from 'node:fs/promises'
import path from 'node:path'

const SCHEME = 'file://'
/** More would be no help at a prompt. */
const FILES_MAX = 1_000

/** What may follow in a value such as `file://examples/lo`: files, and folders with a slash behind them. */
export async function filesBehindUri(typed: string, workingDirectory: string): Promise<{ value: string }[]> {
  if (!typed.startsWith(SCHEME)) return SCHEME.startsWith(typed) ? [{ value: SCHEME }] : []
  const place = typed.slice(SCHEME.length)
  const folder = place.slice(0, place.lastIndexOf('/') + 1)
  const start = place.slice(folder.length)
  // A folder that cannot be read has nothing to offer, and a prompt is no place for complaints.
  const entries = await readdir(path.resolve(workingDirectory, folder), { withFileTypes: true }).catch(() => [])
  return entries
    .filter(({ name }) => name.startsWith(start) && (start.startsWith('.') || !name.startsWith('.')))
    .slice(0, FILES_MAX)
    .map(entry => ({ value: `${SCHEME}${folder}${entry.name}${entry.isDirectory() ? '/' : ''}` }))
    .sort((left, right) => (left.value < right.value ? -1 : 1))
}
