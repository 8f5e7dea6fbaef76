import type { ReplicatorSnapshot } from '../replication/snapshot.js'
import type { LagTableOptions } from './lag-table.js'
import { lagTable } from './lag-table.js'
import type { Rates } from './rates.js'
import { RateMeter } from './rates.js'
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
  #tables: string | undefined

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
    const shown = clipped(tables, options)
    const text = `${this.#erase()}${shown}\n`
    this.#tables = shown
    return text
  }

  /** A line that stays: above the tables on a terminal. */
  line(text: string): string {
    const below = this.#tables === undefined ? '' : `${this.#tables}\n`
    return `${this.#erase()}${text}\n${below}`
  }

  #ratesOf(snapshot: ReplicatorSnapshot): Rates {
    const meter = this.#meters.get(snapshot.replicatorName) ?? new RateMeter()
    this.#meters.set(snapshot.replicatorName, meter)
    return meter.observe(snapshot)
  }

  /** Takes the cursor to where the tables begin and clears from there. */
  #erase(): string {
    if (this.#tables === undefined) return ''
    const width = this.#options().width ?? Number.POSITIVE_INFINITY
    // A window made narrower has folded long lines: each takes more than one line of the screen now.
    const lines = this.#tables.split('\n').map(line => Math.max(1, Math.ceil(visibleLength(line) / width)))
    return `\u001b[${lines.reduce((total, count) => total + count, 0)}A\r\u001b[0J`
  }
}

/** The cursor cannot go back above the screen's first line, so what is drawn in place must be lower than the screen. */
function clipped(text: string, { height, unicode }: LiveViewOptions): string {
  const lines = text.split('\n')
  if (height === undefined || lines.length < height) return text
  return [...lines.slice(0, Math.max(1, height - 2)), unicode ? '…' : '...'].join('\n')
}

function visibleLength(line: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with the escape character
  return line.replace(/\u001b\[[0-9;]*m/g, '').length
}
