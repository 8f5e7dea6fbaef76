import type { GateTable } from '../runbooks/context.js'
import type { GateRow } from './gate-rows.js'
import { type GateStep, type GateTableOptions, gateLine, gateTable } from './gate-table.js'
import { groupRows } from './group-rows.js'

/** A log is read later: while numbers move, so often is enough. */
const LINE_INTERVAL_MS = 10_000
/** That it still waits is worth a line, though nothing has changed. */
const REMINDER_INTERVAL_MS = 60_000
/** Whatever is not among the worst of these stands in the evidence. */
const ROWS_MAX = 20

/** What was said in a log already, of all gates: once is enough. */
export class Explained {
  private readonly legends = new Set<string>()
  private isHintGiven = false

  /** How to stop it and go on was told. */
  hintGiven(): void {
    this.isHintGiven = true
  }

  /** What the next table of this kind leaves out. */
  next({ shows, status }: GateTable): Pick<GateTableOptions, 'legend' | 'hint'> {
    // Of other clusters the same columns mean something else.
    const legend = [shows.kind, status.source.alias, status.target.alias].join(' ')
    const leftOut = {
      ...(this.legends.has(legend) ? ({ legend: false } as const) : {}),
      ...(this.isHintGiven ? ({ hint: false } as const) : {}),
    }
    this.legends.add(legend)
    this.isHintGiven = true
    return leftOut
  }
}

/** What a gate says where nothing can be drawn over: the table when a state has changed, one line now and then otherwise. */
export class GateLog {
  #shownStates = ''
  #blockAt = Number.NEGATIVE_INFINITY
  #shownLine = ''
  #shownGood = 0
  #lineAt = Number.NEGATIVE_INFINITY
  readonly #explained: Explained

  constructor(explained: Explained) {
    this.#explained = explained
  }

  /** What to write of this look; empty for nothing. */
  look(table: GateTable, rows: readonly GateRow[], step: GateStep, options: GateTableOptions): string {
    const at = Date.parse(table.status.at)
    const states = statesOf(table, rows)
    if (states !== this.#shownStates && at - this.#blockAt >= LINE_INTERVAL_MS) {
      this.#shownStates = states
      this.#blockAt = at
      this.#told(table, withoutTime(gateLine(table, rows, step)), at)
      return `${gateTable(table, rows, step, { ...options, ...this.#explained.next(table), rowsMax: ROWS_MAX })}\n`
    }
    const line = gateLine(table, rows, step)
    if (!this.#isDue(table, withoutTime(line), at)) return ''
    this.#told(table, withoutTime(line), at)
    return `${line}\n`
  }

  #isDue({ good }: GateTable, line: string, at: number): boolean {
    if (good !== this.#shownGood) return true
    const waited = at - this.#lineAt
    return waited >= (line === this.#shownLine ? REMINDER_INTERVAL_MS : LINE_INTERVAL_MS)
  }

  #told({ good }: GateTable, line: string, at: number): void {
    this.#shownGood = good
    this.#shownLine = line
    this.#lineAt = at
  }
}

/** What is worth a table again when it changes: states, not numbers. */
function statesOf({ shows, status, lacking }: GateTable, rows: readonly GateRow[]): string {
  const states =
    shows.kind === 'groups'
      ? groupRows(status.groups.groups).map(({ group, topic, state, runsOn }) => [group, topic, state, runsOn])
      : rows.map(({ topic, partition, state, worst }) => [topic, partition, state, troubled(state, worst)])
  return JSON.stringify([lacking === undefined, states.map(one => one.join(' ')).sort()])
}

/** Which partition lags most changes all the time. */
function troubled(state: GateRow['state'], worst: number | undefined): number | undefined {
  return state === 'draining' || state === 'moving' ? undefined : worst
}

function withoutTime(line: string): string {
  return line.slice(line.indexOf(' '))
}
