import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'

/** `ps` answers in milliseconds; a machine that needs longer is stuck. */
const PS_TIMEOUT_MS = 5_000

/**
 * When a process was started, as a text that is only good for comparing: numbers of processes are given again, also after
 * a restart of the machine. Undefined where there is no such process; `unknown` where it cannot be told.
 */
export async function processStart(processId: number): Promise<string | undefined> {
  if (!exists(processId)) return undefined
  if (process.platform === 'linux') return await fromProc(processId)
  if (process.platform === 'win32') return 'unknown'
  return await fromPs(processId)
}

function exists(processId: number): boolean {
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH' // EPERM: it is somebody else's
  }
}

/** Ticks since the boot, field 22 of proc_pid_stat(5); the second field may hold spaces and brackets. */
async function fromProc(processId: number): Promise<string | undefined> {
  try {
    const [boot, stat] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readFile(`/proc/${processId}/stat`, 'utf8'),
    ])
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie does nothing any more; it only waits for its parent.
    if (state === 'Z') return undefined
    return `${boot.trim()} ${fields[18]}`
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return exists(processId) ? 'unknown' : undefined
    throw error
  }
}

function fromPs(processId: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const args = ['-o', 'lstart=', '-p', String(processId)]
    execFile('ps', args, { timeout: PS_TIMEOUT_MS, env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' } }, (error, stdout) =>
      resolve(error ? 'unknown' : stdout.trim()),
    )
  })
}
