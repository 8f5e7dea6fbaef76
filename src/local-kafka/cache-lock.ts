import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ExitCode, UserError } from '../errors.js'
import { waitUntil } from './wait-until.js'

/** How long another process may hold the lock: as long as Maven may take to download, and a little more. */
const LOCK_WAIT_MS = 11 * 60_000

/**
 * Runs `work` while holding the lock file, so that two processes do not download at once: Maven 3 writes its local
 * repository without locks of its own. A lock whose process is gone (Ctrl-C, a crash) is taken over.
 * @throws UserError when another live process holds the lock for longer than a download may take.
 */
export async function withLock<Value>(lockFile: string, work: () => Promise<Value>): Promise<Value> {
  await mkdir(dirname(lockFile), { recursive: true })
  const taken = await waitUntil(async () => ((await tryToTake(lockFile)) ? true : undefined), {
    timeoutMs: LOCK_WAIT_MS,
    intervalMs: 200,
  })
  if (!taken) {
    throw new UserError(`Another process still holds ${lockFile}.`, {
      exitCode: ExitCode.Environment,
      fix: 'If no other kafka-replicator is downloading Kafka, delete that file and try again.',
    })
  }
  try {
    return await work()
  } finally {
    await rm(lockFile, { force: true })
  }
}

async function tryToTake(lockFile: string): Promise<boolean> {
  try {
    await writeFile(lockFile, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const holder = Number(await readFile(lockFile, 'utf8').catch(() => ''))
  // Nothing in it yet means that its owner is between creating and writing it: look again later.
  if (holder > 0 && !isAlive(holder)) await rm(lockFile, { force: true })
  return false
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it lives, but belongs to someone else.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
