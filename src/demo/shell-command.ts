import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Clock } from '../clock.js'
import { ExitCode, UserError } from '../errors.js'
import { guardProcess } from '../local-kafka/guard.js'
import { withinTime } from '../local-kafka/wait-until.js'

/** Where commands run. */
export interface ShellPlace {
  folder: string
  env: Readonly<Record<string, string | undefined>>
  clock: Clock
}

/** Far more than any command of the demo prints; the limit is for one that has lost its way. */
const OUTPUT_LIMIT = 256 * 1024
/** A killed process is gone at once, unless the machine itself is stuck. */
const KILL_TIMEOUT_MS = 5_000

/**
 * One command line in `sh`, in a process group of its own: a Ctrl-C in our terminal reaches only us, and we decide what
 * happens to it. It never outlives us.
 */
export class ShellCommand {
  readonly #text: string
  readonly #child: ChildProcess
  readonly #clock: Clock
  readonly #exitCode: Promise<number>
  #output = ''
  #ended = false

  private constructor(text: string, child: ChildProcess, clock: Clock, onPiece?: (piece: string) => void) {
    this.#text = text
    this.#child = child
    this.#clock = clock
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (piece: string) => {
        this.#output = `${this.#output}${piece}`.slice(-OUTPUT_LIMIT)
        onPiece?.(piece)
      })
    }
    this.#exitCode = once(child, 'close').then(([exitCode]) => {
      this.#ended = true
      return typeof exitCode === 'number' ? exitCode : ExitCode.Other
    })
  }

  /** `onPiece` hears what it prints as it comes. @throws UserError when there is no `sh`. */
  static async start(
    text: string,
    { folder, env, clock }: ShellPlace,
    onPiece?: (piece: string) => void,
  ): Promise<ShellCommand> {
    const child = spawn('sh', ['-c', text], { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    const command = new ShellCommand(text, child, clock, onPiece)
    // Its "error" event, when it cannot be started, comes through here first.
    command.#exitCode.catch(() => undefined)
    await once(child, 'spawn').catch((error: Error) => {
      throw new UserError(`sh could not be started: ${error.message}`, { exitCode: ExitCode.Environment, cause: error })
    })
    const release = guardProcess(command.#pid)
    void command.#exitCode.then(release)
    return command
  }

  /** What it has printed since the last call, standard output and standard error as they came. */
  takeOutput(): string {
    const text = this.#output
    this.#output = ''
    return text
  }

  /** Undefined while it runs. */
  get hasEnded(): boolean {
    return this.#ended
  }

  /**
   * Waits for its end and answers its exit code.
   * @throws UserError, after killing it, when it has not ended within `timeoutMs`.
   */
  async end(timeoutMs: number): Promise<number> {
    const exitCode = await withinTime(this.#exitCode, timeoutMs, this.#clock)
    if (exitCode !== undefined) return exitCode
    await this.kill()
    throw new UserError(
      `\`${this.#text}\` did not end within ${timeoutMs / 1000} s. ${this.takeOutput().slice(-500)}`,
      {
        exitCode: ExitCode.NotReached,
        fix: 'Is the machine very busy? Then try again when it is not.',
      },
    )
  }

  /** Asks it to end, as `kill` does. */
  terminate(): void {
    if (!this.#ended) this.#child.kill('SIGTERM')
  }

  /** Ends it and everything it has started. */
  async kill(): Promise<void> {
    if (this.#ended) return
    try {
      process.kill(-this.#pid, 'SIGKILL')
    } catch (error) {
      // ESRCH: it has ended between the question and the signal.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
    await withinTime(this.#exitCode, KILL_TIMEOUT_MS, this.#clock)
  }

  get #pid(): number {
    return this.#child.pid!
  }
}
