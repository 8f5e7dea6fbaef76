import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { ExitCode, messageOf, UserError } from '../errors.js'
import { MAX_JSON_BYTES } from './json-text.js'

/**
 * Reads a file that a user named, as a path or in the AWS CLI's form `file://path`. Only regular files up to 10 MiB:
 * a pipe or device would block or never end. Messages name the path, never the content.
 */
export async function readConfigFile(reference: string): Promise<Uint8Array> {
  const path = pathFromReference(reference)
  // Without O_NONBLOCK, opening a FIFO waits for a writer; the check after it is on the same open file, not on a name.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw unreadable(path, reasonOf(error), error)
  })
  try {
    const stat = await handle.stat()
    if (stat.isDirectory()) throw unreadable(path, 'it is a directory', undefined, 'Name the files in it.')
    if (!stat.isFile()) throw unreadable(path, 'it is not a regular file')
    if (stat.size > MAX_JSON_BYTES) throw tooLarge(path)
    return await readUpTo(handle, path)
  } catch (error) {
    throw error instanceof UserError ? error : unreadable(path, reasonOf(error), error)
  } finally {
    await handle.close()
  }
}

/** `file://relative`, `file:///absolute`, or a plain path. */
export function pathFromReference(reference: string): string {
  if (!reference.startsWith('file://')) return reference
  const rest = reference.slice('file://'.length)
  // The AWS CLI takes the text after file:// as a path, relative ones too; only a Windows URL needs decoding.
  return /^\/[A-Za-z]:/.test(rest) ? fileURLToPath(reference) : rest
}

/** A file may grow between the check and the read, and files in /proc report size 0: the limit is kept while reading. */
async function readUpTo(
  handle: { read(buffer: Uint8Array): Promise<{ bytesRead: number }> },
  path: string,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  while (true) {
    const chunk = new Uint8Array(64 * 1024)
    const { bytesRead } = await handle.read(chunk)
    if (bytesRead === 0) return Buffer.concat(chunks)
    size += bytesRead
    if (size > MAX_JSON_BYTES) throw tooLarge(path)
    chunks.push(chunk.subarray(0, bytesRead))
  }
}

function tooLarge(path: string): UserError {
  return unreadable(path, 'it is larger than 10 MiB', undefined, 'Is this the right file?')
}

function unreadable(path: string, reason: string, cause?: unknown, fix?: string): UserError {
  return new UserError(`The file ${path} cannot be read: ${reason}.`, { exitCode: ExitCode.Environment, cause, fix })
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file'
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied'
  if (code === 'ENXIO') return 'it is not a regular file'
  if (code === 'ERR_INVALID_ARG_VALUE') return 'its name has a NUL character'
  return messageOf(error)
}
