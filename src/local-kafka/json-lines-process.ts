import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { withinTime } from './wait-until.js'

interface Waiting {
  resolve(result: unknown): void
  reject(error: Error): void
}

/** For a program that is a JVM: after so long without an answer, a report of what its threads are doing. */
export interface HangWatch {
  afterMs: number
  report(text: string): void
}

/** Standard error that is kept for messages, in characters: the stacks of a JVM's threads are 30,000. */
const STDERR_LIMIT = 65_536
/** Writing the stacks takes milliseconds. */
const STACKS_MS = 2_000
/** After its input has closed, the program only has to leave. */
const CLOSE_TIMEOUT_MS = 5_000

/**
 * A program that answers JSON lines: a request is `{"id":1,…}`, its answer `{"id":1,"result":…}` or
 * `{"id":1,"error":"…"}`, in any order. Answer 0 is its greeting. It must end when its standard input does, which
 * also happens when our process is killed.
 */
export class JsonLinesProcess {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #waiting = new Map<number, Waiting>()
  readonly #ended: Promise<void>
  readonly #greeting: Promise<unknown>
  #endedBecause: string | undefined
  #stderr = ''
  #lastId = 0
  readonly #hang: HangWatch | undefined

  constructor(command: string, args: readonly string[], hang?: HangWatch) {
    this.#hang = hang
    this.#child = spawn(command, args, { stdio: 'pipe' })
    this.#greeting = this.#answerTo(0)
    // Nobody may be waiting for it when the process fails; who does still gets the error.
    this.#greeting.catch(() => undefined)
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = `${this.#stderr}${text}`.slice(-STDERR_LIMIT)
    })
    // A write to a program that has ended: its end is reported by 'close' with the reason.
    this.#child.stdin.on('error', () => undefined)
    createInterface({ input: this.#child.stdout }).on('line', line => this.#receive(line))
    this.#ended = new Promise(resolve => {
      this.#child.once('error', error => this.#end(error.message, resolve))
      this.#child.once('close', (exitCode, signal) => this.#end(signal ?? `exit code ${exitCode}`, resolve))
    })
  }

  /** Resolves when the program has said that it is ready. */
  async greeting(timeoutMs: number): Promise<void> {
    await this.#within(this.#greeting, 'start', timeoutMs)
  }

  /** Sends a request and resolves with its result; rejects with the answer's error, at the end of the process, or in time. */
  async ask<Answer>(name: string, request: object, timeoutMs: number): Promise<Answer> {
    if (this.#endedBecause) throw this.#endError()
    const id = ++this.#lastId
    const answer = this.#answerTo(id)
    this.#child.stdin.write(`${JSON.stringify({ ...request, id })}\n`)
    try {
      return (await this.#within(answer, name, timeoutMs)) as Answer
    } finally {
      this.#waiting.delete(id)
    }
  }

  /** Closes its input and waits for its end; kills it when that takes longer, by default than 5 s. */
  async close(patienceMs = CLOSE_TIMEOUT_MS): Promise<void> {
    this.#child.stdin.end()
    await withinTime(this.#ended, patienceMs)
    this.kill()
    await withinTime(this.#ended, CLOSE_TIMEOUT_MS)
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #answerTo(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
  }

  /** An answer may rightly be null, so the promise is wrapped to tell it from "too late". */
  async #within(answer: Promise<unknown>, name: string, timeoutMs: number): Promise<unknown> {
    const wrapped = answer.then(result => ({ result }))
    const firstMs = Math.min(timeoutMs, this.#hang?.afterMs ?? timeoutMs)
    let inTime = await withinTime(wrapped, firstMs)
    if (!inTime && firstMs < timeoutMs) {
      await this.#reportHang(name, firstMs)
      inTime = await withinTime(wrapped, timeoutMs - firstMs)
    }
    if (!inTime) throw new Error(`No answer to ${name} within ${timeoutMs / 1000} s. ${this.#stderr.slice(-2000)}`)
    return inTime.result
  }

  /** A JVM writes the stacks of its threads when it gets a SIGQUIT, and goes on. */
  async #reportHang(name: string, waitedMs: number): Promise<void> {
    this.#child.kill('SIGQUIT')
    await withinTime(this.#ended, STACKS_MS)
    this.#hang?.report(`No answer to ${name} for ${waitedMs / 1000} s. What its threads do:\n${this.#stderr}`)
  }

  #receive(line: string): void {
    const answer = JSON.parse(line) as { id: number; result?: unknown; error?: string }
    const waiting = this.#waiting.get(answer.id)
    // Nobody waits any more for an answer that came too late.
    if (!waiting) return
    this.#waiting.delete(answer.id)
    if (answer.error === undefined) waiting.resolve(answer.result)
    else waiting.reject(new Error(answer.error))
  }

  #end(reason: string, resolve: () => void): void {
    this.#endedBecause ??= reason
    for (const waiting of this.#waiting.values()) waiting.reject(this.#endError())
    this.#waiting.clear()
    resolve()
  }

  #endError(): Error {
    return new Error(`The process has ended (${this.#endedBecause}). ${this.#stderr.slice(-2000)}`)
  }
}
