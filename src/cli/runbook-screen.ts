import type { GateTable } from '../runbooks/context.js'
import type { RunbookScreen } from '../runbooks/recorder.js'
import type { RunbookEvent } from '../runbooks/runbook-events.js'
import { Redrawn } from '../ui/redrawn.js'
import { gateLine, runbookLines } from '../ui/runbook-lines.js'
import { type Shell, wantsUnicode } from './shell.js'

/** One event a line, for scripts. */
export class JsonlScreen implements RunbookScreen {
  private readonly shell: Shell

  constructor(shell: Shell) {
    this.shell = shell
  }

  event(event: RunbookEvent): void {
    this.shell.stdout.write(`${JSON.stringify(event)}\n`)
  }

  tableText(table: GateTable): string {
    return gateLine(table)
  }

  table(): void {
    // its event has said it
  }
}

/** Lines, and a table below them that is drawn over itself; where it is no terminal, written when it says something new. */
export class TextScreen implements RunbookScreen {
  private readonly shell: Shell
  private redrawn = new Redrawn()
  private lackedBefore: string | undefined

  constructor(shell: Shell) {
    this.shell = shell
  }

  event(event: RunbookEvent): void {
    const text = runbookLines(event)
    if (text !== undefined) this.shell.stdout.write(`${text}\n`)
    // What follows stands below the table that was drawn last.
    if (event.event === 'gate') return
    this.redrawn = new Redrawn()
    this.lackedBefore = undefined
  }

  tableText(table: GateTable): string {
    return gateLine(table)
  }

  table({ title, lacking, good }: GateTable, text: string, all: string): void {
    const { stdout, env } = this.shell
    const window = { width: stdout.columns, height: stdout.rows, unicode: wantsUnicode(env) }
    if (stdout.isTTY) {
      stdout.write(this.redrawn.frame(all, window))
      return
    }
    const lacks = `${title} ${good} ${lacking}`
    if (lacks !== this.lackedBefore) stdout.write(`${text}\n`)
    this.lackedBefore = lacks
  }
}
