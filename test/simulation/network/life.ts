import type { Clock } from '../../../src/clock.js'
import type { World } from '../world.js'

/**
 * One process of the engine, as the machine sees it: its clock and its sockets. When it dies (kill -9) no timer of it
 * goes off any more and nothing reaches it; what it has sent may still be carried out.
 */
export class Life {
  readonly name: string
  readonly world: World
  private alive = true
  private readonly lastWords: (() => void)[] = []

  constructor(name: string, world: World) {
    this.name = name
    this.world = world
  }

  get isAlive(): boolean {
    return this.alive
  }

  /** Runs what comes from outside, unless nobody is there any more. */
  run(work: () => void): void {
    if (this.alive) work()
  }

  onDeath(listener: () => void): void {
    this.lastWords.push(listener)
  }

  kill(): void {
    if (!this.alive) return
    this.alive = false
    for (const listener of this.lastWords.splice(0)) listener()
  }

  readonly clock: Clock = {
    now: () => this.world.time.now,
    monotonic: () => this.world.time.elapsed,
    sleep: (ms, signal) =>
      new Promise(resolve => {
        if (signal?.aborted) return resolve()
        const done = () => {
          signal?.removeEventListener('abort', done)
          resolve()
        }
        signal?.addEventListener('abort', done, { once: true })
        this.world.time.after(ms, () => this.run(done))
      }),
  }
}
