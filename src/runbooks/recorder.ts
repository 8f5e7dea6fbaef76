import type { Clock } from '../clock.js'
import type { GateTable } from './context.js'
import type { Evidence } from './evidence.js'
import type { HookListener, HookName, HookResult } from './hooks.js'
import type { StepListener } from './run-runbook.js'
import type { NewRunbookEvent, RunbookEvent } from './runbook-events.js'
import type { Step, StepState } from './step.js'

/** Where a runbook is seen: a terminal, a log or a script. */
export interface RunbookScreen {
  event(event: RunbookEvent): void
  /**
   * Shows a look of a gate, beside its event. Answers it for the evidence. `news`: what a log would say of it, which may be
   * nothing (''); `tables`: all that are waited for together, in full.
   */
  table(table: GateTable): { news: string; tables: string }
}

/** Keeps as evidence what is shown, and shows it. */
export class RunbookRecorder implements HookListener {
  readonly evidence: Evidence
  private readonly steps: readonly Step[]
  private readonly clock: Clock
  private readonly screen: RunbookScreen
  /** The step that is under way. */
  private step = ''

  constructor(evidence: Evidence, steps: readonly Step[], clock: Clock, screen: RunbookScreen) {
    this.evidence = evidence
    this.steps = steps
    this.clock = clock
    this.screen = screen
  }

  /** To be told first. A kill may have cut the last line of an earlier life, so a new one begins here. */
  async begin(event: Extract<NewRunbookEvent, { event: 'begun' }>): Promise<void> {
    if (event.resumed) await this.evidence.add('events.jsonl', '\n')
    await this.tell(event)
  }

  async tell(event: NewRunbookEvent): Promise<void> {
    const told = { at: this.time(), ...event } as RunbookEvent
    await this.evidence.add('events.jsonl', `${JSON.stringify(told)}\n`)
    this.screen.event(told)
  }

  readonly tellStep: StepListener = async (step: Step, state: StepState): Promise<void> => {
    const { name, title } = step
    this.step = name
    const number = this.steps.indexOf(step) + 1
    await this.tell({ event: 'step', step: name, title, number, of: this.steps.length, state })
  }

  /**
   * What is new in a table is added to `tables.txt`; the last one of a gate is its `gate-<step>.txt`, with the numbers in
   * `gate-<step>.json`.
   */
  async show(table: GateTable): Promise<void> {
    const { status, lacking, ...look } = table
    const { step } = this
    const { replicatorName, totals, verdict } = status
    const { news, tables } = this.screen.table(table)
    if (news !== '') await this.evidence.add('tables.txt', news)
    await this.evidence.keep(`gate-${step}.txt`, `${tables}\n`)
    await this.evidence.keep(`gate-${step}.json`, `${JSON.stringify(table, null, 2)}\n`)
    await this.tell({ event: 'gate', step, ...look, lacking: lacking ?? null, replicatorName, verdict, totals })
  }

  outputPath(name: HookName): string {
    // Its time keeps apart what the same command said in another attempt.
    const time = this.time().replaceAll(/[:.]/g, '-')
    return this.evidence.pathOf(`hook-${name}-${time}.log`)
  }

  async ended(name: HookName, result: HookResult): Promise<void> {
    await this.tell({ event: 'hook', name, ...result })
  }

  private time(): string {
    return new Date(this.clock.now()).toISOString()
  }
}
