import { open } from 'node:fs/promises'

/** Read from the end of the file: more than any question about the last lines needs. */
const TAIL_BYTES = 256 * 1024

/** The last lines of a file; empty when it does not exist yet. */
export async function lastLines(file: string, count: number): Promise<string> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (!handle) return ''
  try {
    const { size } = await handle.stat()
    const length = Math.min(size, TAIL_BYTES)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length)
    return buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n').slice(-count).join('\n')
  } finally {
    await handle.close()
  }
}
