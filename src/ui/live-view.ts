import type { ReplicatorSnapshot } from '../replication/snapshot.js'
import type { LagTableOptions } from './lag-table.js'
import { lagTable } from './lag-table.js'
import type { Rates } from './rates.js'
import { RateMeter } from './rates.js'
import { Redrawn } from './redrawn.js'
import { statusLine } from './status-line.js'

/** What the terminal is like at this moment; a window may be resized any time. */
export interface LiveViewOptions extends LagTableOptions {
  /** Redraw in place; otherwise lines are added at the end. */
  inPlace: boolean
}

/** A terminal is looked at: once a second. A log is read later: every ten seconds. */
export const REDRAW_MS = 1_000
export const LINE_INTERVAL_MS = 10_000

/**
 * The text to write next, for a terminal or a log. On a terminal the tables are drawn over the last ones and events
 * scroll by above them; nothing clears the screen, so what stood last stays when the program ends.
 */
export class LiveView {
  readonly #options: () => LiveViewOptions
  readonly #meters = new Map<string, RateMeter>()
  readonly #redrawn = new Redrawn()

  constructor(options: () => LiveViewOptions) {
    this.#options = options
  }

  /** The present state of all replicators. */
  frame(snapshots: readonly ReplicatorSnapshot[]): string {
    const options = this.#options()
    const seen = snapshots.map(snapshot => ({ snapshot, rates: this.#ratesOf(snapshot) }))
    if (!options.inPlace) return seen.map(({ snapshot, rates }) => `${statusLine(snapshot, rates)}\n`).join('')
    const height = options.height === undefined ? undefined : Math.floor(options.height / Math.max(1, seen.length))
    const tables = seen.map(({ snapshot, rates }) => lagTable(snapshot, rates, { ...options, height })).join('\n\n')
    return this.#redrawn.frame(tables, options)
  }

  /** A line that stays: above the tables on a terminal. */
  line(text: string): string {
    return this.#redrawn.line(text, this.#options())
  }

  #ratesOf(snapshot: ReplicatorSnapshot): Rates {
    const meter = this.#meters.get(snapshot.replicatorName) ?? new RateMeter()
    this.#meters.set(snapshot.replicatorName, meter)
    return meter.observe(snapshot)
  }
}
