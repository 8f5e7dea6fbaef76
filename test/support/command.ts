import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { systemClock } from '../../src/clock.js'

/** Needs `npm run build`, as every test with a process of its own. */
export const BIN = new URL('../../bin/kafka-replicator.js', import.meta.url).pathname
const PATIENCE_MS = 60_000
const POLL_MS = 50

/** The built program (`npm run build`) in a process of its own, so that it can be killed. Ended with the test. */
export class Command {
  output = ''
  private readonly child: ChildProcess
  private readonly closed: Promise<unknown>

  /** `env` is added to a small environment, in which `home` is also the registry's. */
  constructor(home: string, argv: readonly string[], env: Record<string, string> = {}) {
    const { PATH, JAVA_HOME } = process.env
    this.child = spawn(process.execPath, [BIN, ...argv], {
      env: { PATH, JAVA_HOME, HOME: home, KAFKA_REPLICATOR_HOME: home, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', chunk => {
        this.output += chunk
      })
    }
    this.closed = once(this.child, 'close')
    onTestFinished(() => this.kill())
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null
  }

  /** Its exit code, and all that it has said. */
  async end(): Promise<{ exitCode: number | null; output: string }> {
    await this.closed
    return { exitCode: this.child.exitCode, output: this.output }
  }

  /** Waits until it has said that. */
  async untilSaid(text: string): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS
    while (!this.output.includes(text)) {
      if (this.child.exitCode !== null) throw new Error(`it ended before it said "${text}":\n${this.output}`)
      if (performance.now() > deadline) throw new Error(`it never said "${text}":\n${this.output}`)
      await systemClock.sleep(POLL_MS)
    }
  }

  /** SIGKILL unless told otherwise; resolves when it is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal)
    await this.closed
  }
}
