import type { GateTable } from '../runbooks/context.js'
import type { RunbookScreen } from '../runbooks/recorder.js'
import type { RunbookEvent } from '../runbooks/runbook-events.js'
import { plainLine, plainText } from '../ui/plain-text.js'
import type { RunbookPlan } from '../ui/runbook-text.js'
import { RunbookView, type RunbookViewOptions } from '../ui/runbook-view.js'
import { type Shell, wantsColor, wantsUnicode } from './shell.js'

/** A terminal is looked at. */
const TICK_MS = 1_000

/** What a screen can do besides: it asks, and lives between two looks. */
export interface AskingScreen extends RunbookScreen {
  /** A question as it is to be written. */
  prompt(question: string): string
  /** Draws what waits again and again, until the signal. */
  live(end: AbortSignal): Promise<void>
}

/** One event a line, for scripts. */
export class JsonlScreen implements AskingScreen {
  private readonly shell: Shell
  private readonly record: TableRecord

  constructor(plan: RunbookPlan, wide: boolean, shell: Shell) {
    this.shell = shell
    this.record = new TableRecord(plan, wide, shell)
  }

  event(event: RunbookEvent): void {
    this.shell.stdout.write(`${JSON.stringify(event)}\n`)
    this.record.event(event)
  }

  table(table: GateTable) {
    return this.record.table(table)
  }

  prompt(question: string): string {
    return `${plainText(question)} [yes/no] `
  }

  async live(): Promise<void> {
    // its lines are all that there is
  }
}

/** For people. */
export class TextScreen implements AskingScreen {
  private readonly shell: Shell
  private readonly view: RunbookView
  private readonly record: TableRecord

  constructor(plan: RunbookPlan, wide: boolean, shell: Shell) {
    this.shell = shell
    this.view = new RunbookView(plan, () => viewOptions(wide, shell), shell.clock)
    this.record = new TableRecord(plan, wide, shell)
  }

  event(event: RunbookEvent): void {
    this.record.event(event)
    this.shell.stdout.write(this.textOf(event))
  }

  table(table: GateTable) {
    this.shell.stdout.write(this.view.table(table))
    return this.record.table(table)
  }

  prompt(question: string): string {
    return this.view.question(question)
  }

  async live(end: AbortSignal): Promise<void> {
    const { stdout, clock } = this.shell
    while (stdout.isTTY && !end.aborted) {
      await clock.sleep(TICK_MS, end)
      if (!end.aborted) stdout.write(this.view.tick())
    }
  }

  private textOf(event: RunbookEvent): string {
    const { view } = this
    switch (event.event) {
      case 'begun': {
        const { runbook, replicatorName, id, resumed, folder } = event
        // What it will do was told when it was begun.
        const plan = resumed ? '' : view.begin({ isDryRun: false })
        const how = `${runbook} of ${plainLine(replicatorName)}, run ${id} ${resumed ? 'resumed' : 'begun'}`
        return `${plan}${view.line(`${how}; all is kept in ${folder}`)}`
      }
      case 'step':
        return view.step(event.step, event.state)
      case 'line':
        return event.text
          .split('\n')
          .map(line => view.line(line))
          .join('')
      case 'gate':
        return ''
      case 'asked':
        if (event.byFlag) return view.line(`${event.question} yes (--yes)`)
        return event.answer === 'nobody-there' ? view.line(`${event.question} Nobody is there to answer.`) : ''
      case 'hook':
        return view.hook(event.name, event)
      case 'ended': {
        const { verdict, stoppedAt, report, next, or } = event
        const how = verdict === 'done' || verdict === 'aborted' ? 'passed' : verdict
        return view.end({
          how,
          stoppedAt: stoppedAt ?? undefined,
          evidence: report,
          next: [next, ...or],
        })
      }
    }
  }
}

/** The plan alone, with the commands of each step: `--dry-run`. */
export function dryRunText(plan: RunbookPlan, shell: Shell): string {
  return new RunbookView(plan, () => viewOptions(false, shell), shell.clock).begin({ isDryRun: true })
}

/** The tables of gates as the evidence keeps them: the same whatever the screen is like. */
class TableRecord {
  private readonly view: RunbookView

  constructor(plan: RunbookPlan, wide: boolean, { env, clock }: Shell) {
    const plain = {
      inPlace: false,
      width: undefined,
      height: undefined,
      color: false,
      unicode: wantsUnicode(env),
      wide,
    }
    this.view = new RunbookView(plan, () => plain, clock)
  }

  event(event: RunbookEvent): void {
    if (event.event === 'step') this.view.step(event.step, event.state)
  }

  table(table: GateTable): { news: string; tables: string } {
    return { news: this.view.table(table), tables: this.view.lastTables() }
  }
}

function viewOptions(wide: boolean, shell: Shell): RunbookViewOptions {
  const { stdout, env } = shell
  return {
    inPlace: stdout.isTTY,
    width: stdout.columns,
    height: stdout.rows,
    color: wantsColor(shell, stdout),
    unicode: wantsUnicode(env),
    wide,
  }
}
