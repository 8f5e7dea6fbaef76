import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ExitCode, messageOf, UserError } from '../errors.js'
import { MAX_JSON_BYTES } from './json-text.js'

/** What standard input is called in findings. */
export const STANDARD_INPUT = '<stdin>'

/** Bytes as they come: of a stream, or of what is there already. */
export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/**
 * Reads a file that a user named, as a path or in the AWS CLI's form `file://path`. Only regular files up to 10 MiB:
 * a pipe or device would block or never end. A UserError (253) names the path, never the content.
 *
 * In one go, without Node's thread pool: such files are small and near, and of thousands the pool would take most of the time.
 */
export async function readConfigFile(reference: string): Promise<Uint8Array> {
  const path = pathFromReference(reference)
  let file: number | undefined
  try {
    // Without O_NONBLOCK, opening a FIFO waits for a writer; the check after it is on the same open file, not on a name.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stat = fstatSync(file)
    if (stat.isDirectory()) throw unreadable(path, 'it is a directory', undefined, 'Name the files in it.')
    if (!stat.isFile()) throw unreadable(path, 'it is not a regular file', undefined, fixOf(path))
    if (stat.size > MAX_JSON_BYTES) throw tooLarge(path)
    return await readUpTo(chunksOf(file, stat.size), path)
  } catch (error) {
    throw error instanceof UserError ? error : unreadable(path, reasonOf(error, path), error)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/**
 * Reads standard input to its end, up to 10 MiB. It waits for whoever writes, without a deadline, as every tool in a
 * pipe does: a command before it may take its time, and Ctrl-C ends it. UserError (253) when it cannot be read.
 */
export async function readStandardInput(chunks: Chunks): Promise<Uint8Array> {
  try {
    return await readUpTo(chunks, STANDARD_INPUT)
  } catch (error) {
    throw error instanceof UserError ? error : unreadable(STANDARD_INPUT, reasonOf(error, ''), error)
  }
}

/** `file://relative`, `file:///absolute`, or a plain path. */
export function pathFromReference(reference: string): string {
  if (!reference.startsWith('file://')) return reference
  const rest = reference.slice('file://'.length)
  // The AWS CLI takes the text after file:// as a path, relative ones too; only a Windows URL needs decoding.
  return /^\/[A-Za-z]:/.test(rest) ? fileURLToPath(reference) : rest
}

function* chunksOf(file: number, size: number): Iterable<Uint8Array> {
  // One byte more than there should be, so that one read sees the end; files in /proc report size 0.
  const buffer = Buffer.allocUnsafe(Math.max(size + 1, 4096))
  while (true) {
    const bytesRead = readSync(file, buffer)
    if (bytesRead === 0) return
    yield Uint8Array.prototype.slice.call(buffer, 0, bytesRead)
    // Less than there was room for: the end of a regular file. In /proc it may be the end of a part.
    if (size > 0 && bytesRead < buffer.length) return
  }
}

/** What is read may grow meanwhile, or say nothing of its size: the limit is kept while reading. */
async function readUpTo(chunks: Chunks, name: string): Promise<Uint8Array> {
  const read: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > MAX_JSON_BYTES) throw tooLarge(name)
    read.push(chunk)
  }
  return read.length === 1 ? read[0]! : Buffer.concat(read)
}

function tooLarge(path: string): UserError {
  return unreadable(path, 'it is larger than 10 MiB', undefined, 'Is this the right file?')
}

function unreadable(name: string, reason: string, cause?: unknown, fix?: string): UserError {
  const what = name === STANDARD_INPUT ? 'Standard input' : `The file ${name}`
  return new UserError(`${what} cannot be read: ${reason}.`, { exitCode: ExitCode.Environment, cause, fix })
}

function fixOf(path: string): string | undefined {
  return /^\/(?:dev\/(?:stdin|fd\/)|proc\/self\/fd\/)/.test(path) ? 'For standard input, write "-".' : undefined
}

/** Whether a name may be meant as a pattern for several files, when there is none of that name. */
export function isPattern(name: string): boolean {
  return /[*?[{]/.test(name)
}

function reasonOf(error: unknown, path: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' && isPattern(path)) return 'no file matches this pattern'
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file'
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied'
  if (code === 'ELOOP') return 'its symbolic links lead round in a circle'
  if (code === 'EISDIR') return 'it is a directory'
  if (code === 'ENXIO') return 'it is not a regular file'
  if (code === 'ERR_INVALID_ARG_VALUE') return 'its name has a NUL character'
  return messageOf(error)
}
