import type { ExitCode } from '../errors.js'
import type { StoredStatus } from '../replication/stored-status.js'
import type { Answer, GateTable } from './context.js'
import type { HookName, HookResult } from './hooks.js'
import type { NextAction, Runbook, RunbookName, StepState } from './step.js'

/**
 * What `--output jsonl` prints, one a line, and what is kept in `events.jsonl`; names of fields stay. `at` is ISO 8601 in
 * UTC. The first is `begun`, the last `ended`, also when it was stopped; a kill leaves none.
 */
export type RunbookEvent = { at: string } & (
  | {
      event: 'begun'
      id: string
      runbook: RunbookName
      replicatorName: string
      /** Whether it goes on where an earlier run ended. */
      resumed: boolean
      /** Where the journal and all evidence are. */
      folder: string
      steps: { name: string; title: string }[]
    }
  | { event: 'step'; step: string; title: string; number: number; of: number; state: StepState }
  | { event: 'line'; text: string }
  | GateSample
  | ({ event: 'hook'; name: HookName } & HookResult)
  /** `isFact`: something that only a person can know, so `--yes` does not answer it. `byFlag`: that did. */
  | { event: 'asked'; question: string; isFact: boolean; byFlag: boolean; answer: Answer }
  | RunbookEnded
)

/** One look of a gate. The whole status of the last look is kept in `gate-<step>.json`. */
export interface GateSample extends Omit<GateTable, 'status' | 'lacking'> {
  event: 'gate'
  step: string
  /** Null while it holds. */
  lacking: string | null
  replicatorName: string
  verdict: StoredStatus['verdict']
  totals: StoredStatus['totals']
}

export interface RunbookEnded {
  event: 'ended'
  exitCode: ExitCode
  /** `done` or `aborted` where all steps have passed, or the kind of outcome that stopped it. */
  verdict: Runbook['endsAs'] | Exclude<Extract<StepState, { kind: 'stopped' }>['outcome']['kind'], 'passed'>
  stoppedAt: string | null
  reason: string | null
  fix: string | null
  /** What happens next: the command that resumes it, or what comes after it. */
  next: NextAction
  /** Where there is a choice: what may be done instead of `next`. */
  or: readonly NextAction[]
  /** The Markdown file that tells what was done. */
  report: string
}

type WithoutTime<Event> = Event extends unknown ? Omit<Event, 'at'> : never
/** An event before it is told. */
export type NewRunbookEvent = WithoutTime<RunbookEvent>
