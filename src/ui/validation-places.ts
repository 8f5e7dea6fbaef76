import path from 'node:path'
import type { FormatOptions } from './validation-formats.js'

/** Where a file lies for who reads a report: from the root of the repository, with slashes; absolute outside of it. */
export function placeInRepository(file: string, { workingDirectory, root }: FormatOptions): string {
  const absolute = path.resolve(workingDirectory, file)
  const relative = path.relative(root, absolute)
  const inside = relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative)
  return (inside ? relative : absolute).replaceAll(path.sep, '/')
}
