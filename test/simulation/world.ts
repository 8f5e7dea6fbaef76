import type { Random } from './random.js'
import { VirtualTime } from './virtual-time.js'

/** The first thing that went wrong in a history; everything after it is noise. */
export class Violation extends Error {
  override readonly name = 'Violation'
}

/** How fast the network is just now. */
export interface Weather {
  minMs: number
  maxMs: number
  spikeChance: number
  spikeMs: number
}

/** What all parts of a history share: time, chance, the trace and the first violation. */
export class World {
  readonly time = new VirtualTime()
  readonly network: Random
  readonly brokers: Random
  readonly trace: string[] = []
  weather: Weather = { minMs: 1, maxMs: 3, spikeChance: 0, spikeMs: 0 }
  violation: Violation | undefined

  constructor(random: Random) {
    this.network = random.fork()
    this.brokers = random.fork()
  }

  tell(line: string): void {
    this.trace.push(`${(this.time.elapsed / 1000).toFixed(4).padStart(9)} ${line}`)
  }

  fail(message: string): void {
    if (this.violation) return
    this.tell(`VIOLATION ${message}`)
    this.violation = new Violation(message)
  }

  /** How long a message travels; the order on one connection is its connection's business. */
  delay(): number {
    const { minMs, maxMs, spikeChance, spikeMs } = this.weather
    const usual = minMs + this.network.next() * (maxMs - minMs)
    return this.network.chance(spikeChance) ? usual + this.network.next() * spikeMs : usual
  }
}
