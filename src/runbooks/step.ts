import type { ExitCode } from '../errors.js'
import type { RunbookContext } from './context.js'

/**
 * One step of a runbook: looks whether it may begin, does what it is there for, waits until that shows. Each part may be
 * absent. A part that has passed is written down and not done again when the runbook is resumed.
 */
export interface Step {
  /** In kebab case: for `--from-step`, the journal and the evidence. */
  readonly name: string
  /** What it is there for, in words: `stop the producers on the source`. */
  readonly title: string
  /** The commands that would do the same, for `--dry-run`. */
  readonly commands: readonly string[]
  /** Whether it is needed at all; looked at when its turn comes. */
  isNeeded?(context: RunbookContext): Promise<boolean>
  /** Changes nothing, and may be repeated. */
  check?(context: RunbookContext): Promise<StepOutcome>
  act?: Act
  /** Waits for what must hold before the next step; changes nothing, and may be repeated. */
  gate?(context: RunbookContext): Promise<StepOutcome>
}

/** What a step changes in the world. */
export interface Act {
  /**
   * Asked when a runbook is resumed that ended while it acted, so that nothing is done twice. `unknown`: nobody can tell
   * (a command of the user's); then a person decides.
   */
  isDone(context: RunbookContext): Promise<boolean | 'unknown'>
  run(context: RunbookContext): Promise<StepOutcome>
}

/**
 * `passed`: on to the next part · `no`: it must not go on, and waiting would not help (1) · `timed-out`: what it waited for did not
 * come (4) · `protected`: going on could lose data (5) · `person`: somebody has to act, then resume (6) · `failed`: a broker or a
 * command answered with an error (254) · `interrupted`: by a signal (130).
 */
export type StepOutcome =
  | { kind: 'passed' }
  | { kind: 'no' | 'timed-out' | 'protected' | 'person' | 'failed'; reason: string; fix?: string | undefined }
  | { kind: 'interrupted' }

export const PASSED: StepOutcome = { kind: 'passed' }

/** The parts of a step, in their order. */
export type StepPart = 'check' | 'act' | 'gate'

/** Where a step is. */
export type StepState =
  | { kind: 'waiting-for-its-turn' }
  | { kind: 'not-needed' }
  | { kind: 'under-way'; part: StepPart }
  | { kind: 'passed' }
  | { kind: 'stopped'; part: StepPart; outcome: Exclude<StepOutcome, { kind: 'passed' }> }

export interface Runbook {
  readonly name: 'failover' | 'failback' | 'migrate'
  readonly replicatorName: string
  readonly steps: readonly Step[]
}

/** How a run of a runbook ended. */
export interface RunbookEnd {
  exitCode: ExitCode
  /** The step that it stopped at; undefined when all have passed. */
  stoppedAt: string | undefined
  outcome: StepOutcome
}
