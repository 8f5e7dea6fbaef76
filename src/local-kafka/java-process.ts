import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { ExitCode, UserError } from '../errors.js'
import { guardProcess } from './guard.js'
import { withinTime } from './wait-until.js'

/** What to run, and where its output goes. */
export interface JavaCommand {
  mainClass: string
  args: readonly string[]
  classPath: string
  jvmOptions: readonly string[]
  /** Both standard output and standard error are appended here. */
  logFile: string
}

/** A broker with little data shuts down in 1-2 s; one that needs more on a busy machine is killed. */
const SHUTDOWN_TIMEOUT_MS = 30_000
/** The kernel ends a killed process at once, unless the machine itself is stuck. */
const KILL_TIMEOUT_MS = 10_000

/**
 * One JVM that never outlives us. It is detached, so that a Ctrl-C in our terminal reaches only us and we decide
 * what happens to it, and unreferenced, so that a forgotten broker does not keep Node running.
 */
export class JavaProcess {
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  #endedBecause: string | undefined

  private constructor(child: ChildProcess) {
    this.#child = child
    this.#ended = new Promise(resolve => {
      child.once('exit', (exitCode, signal) => {
        this.#endedBecause = signal ? `signal ${signal}` : `exit code ${exitCode}`
        resolve()
      })
    })
  }

  /** @throws UserError when there is no `java` command. */
  static async start(command: JavaCommand): Promise<JavaProcess> {
    const log = await open(command.logFile, 'a')
    try {
      const args = [...command.jvmOptions, '-cp', command.classPath, command.mainClass, ...command.args]
      const child = spawn('java', args, { stdio: ['ignore', log.fd, log.fd], detached: true })
      const java = new JavaProcess(child)
      await once(child, 'spawn').catch((error: Error) => {
        throw new UserError(`java could not be started: ${error.message}`, {
          exitCode: ExitCode.Environment,
          cause: error,
        })
      })
      child.unref()
      const release = guardProcess(java.pid)
      void java.#ended.then(release)
      return java
    } finally {
      await log.close()
    }
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** Undefined while it runs, else "exit code 1" or "signal SIGKILL". */
  get endedBecause(): string | undefined {
    return this.#endedBecause
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal)
  }

  /** SIGTERM, and SIGKILL when that was not enough. Resolves when the process is gone. */
  async stop(): Promise<void> {
    if (this.#endedBecause) return
    // A frozen process could not react to the SIGTERM.
    this.#child.kill('SIGCONT')
    this.#child.kill('SIGTERM')
    await withinTime(this.#ended, SHUTDOWN_TIMEOUT_MS)
    await this.kill()
  }

  /** SIGKILL. Resolves when the process is gone. */
  async kill(): Promise<void> {
    if (this.#endedBecause) return
    this.#child.kill('SIGKILL')
    await withinTime(this.#ended, KILL_TIMEOUT_MS)
    if (!this.#endedBecause) throw new Error(`process ${this.pid} survives SIGKILL`)
  }
}
