import type { ExitCode } from '../errors.js'
import type { RunbookContext } from './context.js'

/**
 * One step of a runbook: looks whether it may begin, does what it is there for, waits until that shows. Each part may be
 * absent. What has passed is written down and not done again when the runbook is resumed.
 */
export interface Step {
  /** In kebab case: for `--from-step`, `--done`, the journal and the evidence. */
  readonly name: string
  /** What it is there for, in words that follow "to": `stop the producers on the source`. */
  readonly title: string
  /** The commands that would do the same, for `--dry-run`. */
  readonly commands: readonly string[]
  /** Whether it is needed at all; asked when its turn comes, until it has acted. A "no" is kept for good. */
  isNeeded?(context: RunbookContext): Promise<boolean>
  /**
   * Looks whether the act may begin, and changes nothing. It is repeated in each life of the runbook in which the act has
   * still to be done: a day may lie between, so what an earlier gate found belongs in here too when the act relies on it.
   */
  check?(context: RunbookContext): Promise<StepOutcome>
  act?: Act
  /** Waits for what must hold before the next step; changes nothing, and may be repeated. */
  gate?(context: RunbookContext): Promise<StepOutcome>
}

/** What a step changes in the world. */
export interface Act {
  /**
   * Asked when a runbook is resumed in which it was begun, so that nothing is done twice. `unknown`: nobody can tell (a
   * command of the user's); then a person decides.
   */
  isDone(context: RunbookContext): Promise<boolean | 'unknown'>
  /**
   * Does it. An outcome that is not `passed` says that it is not done, and is to be done again when the runbook is
   * resumed. An error that is thrown leaves open whether it is.
   */
  run(context: RunbookContext): Promise<StepOutcome>
}

/**
 * `passed`: on to the next part · `no`: it must not go on, and waiting would not help (1) · `timed-out`: what it waited for did not
 * come (4) · `protected`: going on could lose data (5) · `person`: somebody has to act, then resume (6) · `failed`: a broker or a
 * command answered with an error (254, unless it says otherwise) · `interrupted`: by a signal (SIGINT 130,
 * SIGTERM 143).
 */
export type StepOutcome =
  | { kind: 'passed' }
  | {
      kind: 'no' | 'timed-out' | 'protected' | 'person'
      reason: string
      fix?: string | undefined
      goOn?: readonly [GoOn, ...GoOn[]] | undefined
    }
  | { kind: 'failed'; reason: string; fix?: string | undefined; exitCode?: ExitCode | undefined }
  | { kind: 'interrupted' }

/** How it is gone on with where it would stop there again if it were only resumed. */
export interface GoOn {
  /** Before the command: `If it was done, go on with:`. */
  text: string
  /** What the command that resumes it needs besides: `--done stop-producers`. */
  flags: string
}

/** What ends a run. */
export type Obstacle = Exclude<StepOutcome, { kind: 'passed' }>

export const PASSED: StepOutcome = { kind: 'passed' }

/** The parts of a step, in their order. */
export const STEP_PARTS = ['check', 'act', 'gate'] as const
export type StepPart = (typeof STEP_PARTS)[number]

/** Where a step is. `passed-over`: the operator began behind it (`--from-step`). */
export type StepState =
  | { kind: 'not-needed' }
  | { kind: 'passed-over' }
  | { kind: 'under-way'; part: StepPart }
  | { kind: 'passed' }
  | { kind: 'stopped'; part: StepPart; outcome: Obstacle }

export type RunbookName = 'failover' | 'failback' | 'migrate'

export interface Runbook {
  readonly name: RunbookName
  readonly replicatorName: string
  /** What it does, in a sentence or two, for people. */
  readonly purpose: string
  readonly steps: readonly Step[]
  /** What comes after it: the last lines of a run that is done. */
  readonly next: NextAction
  /** What it is when all its steps have passed; `aborted`: they undo what the run had changed. */
  readonly endsAs: 'done' | 'aborted'
}

export interface NextAction {
  /** A sentence, without a full stop where a command follows: `See that the consumers read on; go back with:`. */
  text: string
  command?: string
}

/** How a run of a runbook ended. */
export interface RunbookEnd {
  exitCode: ExitCode
  /** The step that it stopped at; undefined when all have passed. */
  stoppedAt: string | undefined
  outcome: StepOutcome
}
