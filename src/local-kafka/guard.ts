import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'

/**
 * What the guard runs: it waits until its standard input closes, which the kernel does however our process ends
 * (an `exit` handler would miss SIGKILL, and a test runner kills its workers). Then it cleans up after us.
 * `$1` is what to do, `$2` with which process, folder or container. The folder waits for its process to be dead. Ctrl-C reaches only us, so the guard outlives it.
 */
export const GUARD_SCRIPT = `read -r line
case "$1" in
  kill) kill -KILL "$2" 2>/dev/null ;;
  remove) sleep 1; rm -rf -- "$2" ;;
  container) docker rm --force --volumes "$2" ;;
esac`

/**
 * Kills a process when ours ends, in whatever way ours ends.
 * @returns a function to call once that process has ended by itself.
 */
export function guardProcess(pid: number): () => void {
  return startGuard('kill', String(pid))
}

/**
 * Removes a folder when our process ends, in whatever way it ends.
 * @returns a function to call once the folder has been removed.
 */
export function guardFolder(folder: string): () => void {
  return startGuard('remove', folder)
}

/** Removes a container when our process ends. @returns a function to call once it has been removed. */
export function guardContainer(name: string): () => void {
  return startGuard('container', name)
}

function startGuard(action: 'kill' | 'remove' | 'container', subject: string): () => void {
  const guard: ChildProcess = spawn('sh', ['-c', GUARD_SCRIPT, 'guard', action, subject], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  // Without a shell there is no guard: the brokers then only end when they are stopped, as their users should do anyway.
  guard.on('error', () => undefined)
  guard.unref()
  const input = guard.stdin as unknown as { unref(): void }
  input.unref()
  return () => {
    guard.kill('SIGKILL')
  }
}
