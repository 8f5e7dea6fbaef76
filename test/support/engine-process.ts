import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { systemClock } from '../../src/clock.js'
import type { ReplicatorOptions } from '../../src/replication/replicator-options.js'

const CHILD = fileURLToPath(new URL('engine-child.mjs', import.meta.url))
const PATIENCE_MS = 45_000
const POLL_MS = 20

/**
 * Runs the built engine (`npm run build`) in a process of its own, for what cannot be done to our own: killing it,
 * measuring its memory. Killed at the end of the test, whatever happens.
 */
export async function startEngineProcess(options: ReplicatorOptions): Promise<EngineProcess> {
  const engine = new EngineProcess(options)
  onTestFinished(() => engine.kill())
  await engine.untilCopied(0)
  return engine
}

/** What `engine-child.mjs` says of itself, many times a second. */
interface EngineReport {
  recordsCopied: number
  rssBytes: number
}

export class EngineProcess {
  report: EngineReport = { recordsCopied: -1, rssBytes: 0 }
  /** The highest memory seen. */
  rssBytesMax = 0
  private readonly child: ChildProcess

  constructor(options: ReplicatorOptions) {
    this.child = fork(CHILD, [JSON.stringify(options)], { execArgv: [] })
    this.child.on('message', message => {
      this.report = message as EngineReport
      this.rssBytesMax = Math.max(this.rssBytesMax, this.report.rssBytes)
    })
  }

  /** Waits until this life has copied so many records. */
  async untilCopied(records: number): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS
    while (this.report.recordsCopied < records) {
      if (this.hasEnded) throw new Error(`the engine ended with ${this.child.exitCode ?? this.child.signalCode}`)
      if (performance.now() > deadline) throw new Error(`${records} records not copied: ${JSON.stringify(this.report)}`)
      await systemClock.sleep(POLL_MS)
    }
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.hasEnded) return
    const exit = once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await exit
  }

  private get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null
  }
}
