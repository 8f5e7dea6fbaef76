import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { guardProcess } from '../../local-kafka/guard.js'
import { lastLines } from '../../local-kafka/log-tail.js'
import { withinTime } from '../../local-kafka/wait-until.js'

export interface ContestantCommand {
  command: string
  args: readonly string[]
  /** Standard output and standard error go here. */
  logFile: string
  env?: Readonly<Record<string, string>>
  /** Opens a channel for `ask`; only for our own Node scripts. */
  withMessages?: boolean
}

/** Contestants have little to drain when they are stopped. */
const STOP_TIMEOUT_MS = 15_000
const KILL_TIMEOUT_MS = 10_000
/** Our scripts answer at once; a machine with busy cores gets a while. */
const ANSWER_TIMEOUT_MS = 30_000
const LAST_WORDS_LINES = 15

/** One process of a contestant. It ends with ours, however that ends; a Ctrl-C reaches only us. */
export class ContestantProcess {
  readonly #child: ChildProcess
  readonly #logFile: string
  readonly #ended: Promise<void>
  #end: string | undefined

  private constructor(child: ChildProcess, logFile: string) {
    this.#child = child
    this.#logFile = logFile
    this.#ended = new Promise(resolve => {
      child.once('exit', (exitCode, signal) => {
        this.#end = signal ?? `exit code ${exitCode}`
        resolve()
      })
    })
  }

  static async start({ command, args, logFile, env, withMessages }: ContestantCommand): Promise<ContestantProcess> {
    const log = await open(logFile, 'a')
    try {
      const child = spawn(command, args, {
        stdio: ['ignore', log.fd, log.fd, ...(withMessages ? (['ipc'] as const) : [])],
        env: { ...process.env, ...env },
        detached: true,
      })
      const started = new ContestantProcess(child, logFile)
      await once(child, 'spawn')
      const release = guardProcess(started.pid)
      void started.#ended.then(release)
      return started
    } finally {
      await log.close()
    }
  }

  get pid(): number {
    return this.#child.pid!
  }

  async endedBecause(): Promise<string | undefined> {
    if (this.#end === undefined) return undefined
    return `it ended by itself (${this.#end}). Its last lines:\n${await lastLines(this.#logFile, LAST_WORDS_LINES)}`
  }

  /** Sends a message and resolves with the next one that comes back: one question at a time. */
  async ask<Answer>(message: object): Promise<Answer> {
    const answer = once(this.#child, 'message')
    this.#child.send(message)
    const inTime = await withinTime(answer, ANSWER_TIMEOUT_MS)
    if (inTime === undefined) throw new Error(`process ${this.pid} does not answer`)
    return inTime[0] as Answer
  }

  /** SIGTERM, and SIGKILL when that was not enough. */
  async stop(): Promise<void> {
    for (const [signal, timeoutMs] of [
      ['SIGTERM', STOP_TIMEOUT_MS],
      ['SIGKILL', KILL_TIMEOUT_MS],
    ] as const) {
      if (this.#end !== undefined) return
      this.#child.kill(signal)
      await withinTime(this.#ended, timeoutMs)
    }
    if (this.#end === undefined) throw new Error(`process ${this.pid} survives SIGKILL`)
  }
}
