import { readFile } from 'node:fs/promises'

/** The version in package.json, two folders above this file both in src/ and in dist/. */
export async function version(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  return String(JSON.parse(text).version)
}
