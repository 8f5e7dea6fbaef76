import { Chalk, type ChalkInstance } from 'chalk'
import type { Clock } from '../clock.js'
import type { GateTable } from '../runbooks/context.js'
import type { HookResult } from '../runbooks/hooks.js'
import type { StepState } from '../runbooks/step.js'
import { clockTime } from './format-number.js'
import { Explained, GateLog } from './gate-log.js'
import { GateProgress, type GateRow } from './gate-rows.js'
import { type GateStep, type GateTableOptions, gateTable } from './gate-table.js'
import { plainLine } from './plain-text.js'
import { Redrawn } from './redrawn.js'
import { indented, wrapped } from './row-table.js'
import { endText, hookText, planText, type RunbookPlan, type RunbookVerdict, stoppedText } from './runbook-text.js'

/** What the terminal is like at this moment; a window may be resized any time. */
export interface RunbookViewOptions extends GateTableOptions {
  /** Draw tables over the one before; otherwise everything is a line of a log, with its time. */
  inPlace: boolean
}

interface Gate {
  /** The newest look. */
  table: GateTable
  rows: readonly GateRow[]
  readonly step: GateStep
  readonly progress: GateProgress
  readonly log: GateLog
}

/**
 * A runbook as a person sees it. Each method returns what to write next, or nothing (''), with its line ends; to be called in
 * the order in which things happen. On a terminal the table of a gate is drawn over the one before, lines scroll by above it,
 * and the last one stays. In a log every line has its time, and a table stands there when a state has changed.
 */
export class RunbookView {
  readonly #plan: RunbookPlan
  readonly #options: () => RunbookViewOptions
  readonly #clock: Clock
  readonly #redrawn = new Redrawn()
  readonly #begun = new Set<string>()
  /** The step under way, from 1. */
  #number = 1
  /** What is waited for together, in the order in which it was first looked at. */
  #gates = new Map<string, Gate>()
  readonly #explained = new Explained()
  /** Whether their tables are drawn over. */
  #isLive = false

  constructor(plan: RunbookPlan, options: () => RunbookViewOptions, clock: Clock) {
    this.#plan = plan
    this.#options = options
    this.#clock = clock
  }

  /** First of all: what it will do. `--dry-run`: that and the commands of each step, and nothing else follows. */
  begin({ isDryRun }: { isDryRun: boolean }): string {
    this.#explained.hintGiven()
    return joined([...planText(this.#plan, isDryRun, this.#options(), this.#chalk()), ''])
  }

  /** As a `StepListener` is told: a step begins, has passed, is not needed or has stopped. */
  step(name: string, state: StepState): string {
    const isFirst = !this.#begun.has(name)
    if (state.kind === 'under-way' && !isFirst) return ''
    this.#begun.add(name)
    this.#keep()
    this.#number = this.#plan.steps.findIndex(one => one.name === name) + 1
    const chalk = this.#chalk()
    const where = `${this.#number}/${this.#plan.steps.length}`
    const title = plainLine(this.#plan.steps[this.#number - 1]?.title ?? name)
    switch (state.kind) {
      case 'under-way':
        return this.#lines([chalk.bold(`${where} ${title}`)])
      case 'passed':
        return this.#lines([chalk.green(`${where} ${isFirst ? 'was done before' : 'done'}: ${title}`)])
      case 'not-needed':
        return this.#lines([`${where} not needed: ${title}`])
      case 'passed-over':
        return this.#lines([`${where} passed over: ${title}`])
      case 'stopped': {
        const [first, ...why] = stoppedText(state.outcome, this.#options(), chalk)
        return this.#lines([`${where} ${first}: ${title}`, ...why])
      }
    }
  }

  /** Each look of a gate of the step under way, once. */
  table(table: GateTable): string {
    const options = this.#options()
    const gate = this.#gateOf(table)
    gate.table = table
    gate.rows = hasTopicRows(table) ? gate.progress.look(table, options.wide) : []
    if (!options.inPlace) return gate.log.look(table, gate.rows, gate.step, options)
    this.#isLive = true
    return this.#redrawn.frame(this.#drawn(options), options)
  }

  /** The tables of the gates that were looked at last, in full and without colours; for a file. */
  lastTables(): string {
    const { unicode, wide } = this.#options()
    return this.#drawn({ unicode, wide, color: false, width: undefined, height: undefined })
  }

  /**
   * Now and then between looks (once a second), so that one sees that it lives, and how long a cluster does not answer;
   * nothing in a log, and where no gate waits.
   */
  tick(): string {
    const options = this.#options()
    if (!this.#isLive || !options.inPlace) return ''
    return this.#redrawn.frame(this.#drawn(options, this.#clock.now()), options)
  }

  /** A line that stays: above the table while there is one. What is set in may be a command: it stays whole, to be copied. */
  line(text: string): string {
    const options = this.#options()
    const plain = plainLine(text)
    const lines = plain.startsWith('  ') ? [plain] : indented(wrapped(plain, options.width))
    return options.inPlace ? this.#redrawn.line(lines.join('\n'), options) : this.#lines(lines)
  }

  /** What a person is asked, with the cursor behind it; the answer follows on the same line. */
  question(text: string): string {
    this.#keep()
    const lines = indented(wrapped(`${plainLine(text)} [yes/no]`, this.#options().width))
    return `${this.#chalk().bold(lines.join('\n'))} `
  }

  /** A command of the user's has ended. */
  hook(name: string, result: HookResult): string {
    this.#keep()
    return this.#lines(hookText(name, result, this.#options(), this.#chalk()))
  }

  /** Last of all: the verdict, and what to do next. */
  end(verdict: RunbookVerdict): string {
    this.#keep()
    return joined(['', ...endText(this.#plan, verdict, this.#options(), this.#chalk())])
  }

  /** Gates that are looked at together are of one step and have the same number of looks behind them. */
  #gateOf(table: GateTable): Gate {
    const name = `${table.status.replicatorName} ${table.title}`
    const others = [...this.#gates.values()]
    const isOver = others.some(({ table: last, step }) => last.sample > 1 || step.number !== this.#number)
    const isAnother = table.sample === 1 && isOver
    if (isAnother || (table.sample === 1 && this.#gates.has(name))) {
      this.#gates.clear()
      this.#keep()
    }
    const count = this.#plan.steps.length
    const step = { number: this.#number, count, resumeCommand: this.#plan.resumeCommand }
    const gate = this.#gates.get(name) ?? {
      table,
      rows: [],
      step,
      progress: new GateProgress(),
      log: new GateLog(this.#explained),
    }
    this.#gates.set(name, gate)
    return gate
  }

  #drawn(options: GateTableOptions, now?: number): string {
    const gates = [...this.#gates.values()]
    const height = options.height === undefined ? undefined : Math.floor(options.height / Math.max(1, gates.length))
    const tables = gates.map(({ table, rows, step }, i) => {
      // Once below all of them is enough, and leaves room.
      const hint = i === gates.length - 1 ? {} : ({ hint: false } as const)
      const ago = now === undefined ? {} : { agoMs: Math.max(0, now - Date.parse(table.status.at)) }
      return gateTable(table, rows, step, { ...options, height, ...hint, ...ago })
    })
    return tables.join('\n\n')
  }

  #keep(): void {
    this.#isLive = false
    this.#redrawn.keep()
  }

  #chalk(): ChalkInstance {
    return new Chalk({ level: this.#options().color ? 1 : 0 })
  }

  #lines([first = '', ...others]: readonly string[]): string {
    const time = this.#options().inPlace ? '' : `${clockTime(this.#clock.now())} `
    return joined([`${time}${first}`, ...others])
  }
}

function hasTopicRows({ shows }: GateTable): boolean {
  return shows.kind === 'drain' || shows.kind === 'still'
}

function joined(lines: readonly string[]): string {
  return lines.map(line => `${line}\n`).join('')
}
