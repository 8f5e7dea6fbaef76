import { ExitCode, messageOf, UserError } from '../errors.js'
import type { RunbookContext } from './context.js'
import {
  type GoOn,
  type Obstacle,
  PASSED,
  type Runbook,
  type RunbookEnd,
  STEP_PARTS,
  type Step,
  type StepOutcome,
  type StepPart,
  type StepState,
} from './step.js'
import { isOver, progressOf, type StepProgress } from './step-progress.js'

/** Told of each change, for terminal, script and evidence. */
export type StepListener = (step: Step, state: StepState) => Promise<void>

/** What the operator knows better than the journal. */
export interface RunbookWishes {
  /** Begin with this step, whatever the journal says of it and of those before. */
  fromStep?: string | undefined
  /** The act of this step was done. */
  done?: string | undefined
}

const EXIT_CODES: Readonly<Record<Exclude<StepOutcome['kind'], 'interrupted'>, ExitCode>> = {
  passed: ExitCode.Done,
  no: ExitCode.No,
  'timed-out': ExitCode.NotReached,
  protected: ExitCode.Protected,
  person: ExitCode.NeedsPerson,
  failed: ExitCode.Service,
}

/** The kinds of what is thrown: by the exit codes that errors carry. */
const KINDS: Partial<Record<ExitCode, 'no' | 'timed-out' | 'protected' | 'person'>> = {
  [ExitCode.No]: 'no',
  [ExitCode.NotReached]: 'timed-out',
  [ExitCode.Protected]: 'protected',
  [ExitCode.NeedsPerson]: 'person',
}

/**
 * Goes through the steps in order, each once in the life of the runbook: what the journal says is done is not done
 * again. Stops at the first part that does not pass; an error there is an outcome as others are.
 *
 * @throws UserError where a wish cannot be met (252) or the journal cannot be written (253)
 */
export async function runRunbook(
  runbook: Runbook,
  context: RunbookContext,
  listener: StepListener,
  wishes: RunbookWishes = {},
): Promise<RunbookEnd> {
  await noteWishes(runbook, context, wishes)
  for (const [i, step] of runbook.steps.entries()) {
    const progress = progressOf(context.journal.entries, runbook.steps)[i]
    const stopped = progress && (await new StepRun(step, progress, context, listener).toEnd())
    if (stopped === undefined) continue
    await context.journal.write({ event: 'stopped', step: step.name, ...stopped })
    const { part, outcome } = stopped
    await listener(step, { kind: 'stopped', part, outcome })
    return { exitCode: exitCodeOf(outcome, context.stop), stoppedAt: step.name, outcome }
  }
  await context.journal.write({ event: 'ended', how: runbook.endsAs })
  return { exitCode: ExitCode.Done, stoppedAt: undefined, outcome: PASSED }
}

function exitCodeOf(outcome: StepOutcome, stop: AbortSignal): ExitCode {
  if (outcome.kind === 'interrupted') return interruptedBy(stop)
  return (outcome.kind === 'failed' ? outcome.exitCode : undefined) ?? EXIT_CODES[outcome.kind]
}

/** 143 where it was aborted with SIGTERM as its reason, else 130. */
export function interruptedBy({ reason }: AbortSignal): ExitCode {
  return reason === 'SIGTERM' ? ExitCode.Terminated : ExitCode.Interrupted
}

async function noteWishes(runbook: Runbook, { journal }: RunbookContext, wishes: RunbookWishes): Promise<void> {
  const { done, fromStep } = wishes
  if (done !== undefined) {
    const progress = progressOf(journal.entries, runbook.steps)[indexOf(done, runbook)]
    if (progress?.act !== 'begun' && progress?.act !== 'not-done') throw nothingToDecide(done, progress)
    await journal.write({ event: 'decided', step: done, isDone: true })
  }
  if (fromStep !== undefined) {
    indexOf(fromStep, runbook)
    await journal.write({ event: 'from-step', step: fromStep })
  }
}

/** Why a part did not pass. `notDone`: its act says that it has not been done. */
interface Stopped {
  part: StepPart
  outcome: Obstacle
  notDone: boolean
}

/** One step in one life of the runbook. */
class StepRun {
  private readonly step: Step
  private readonly progress: StepProgress
  private readonly context: RunbookContext
  private readonly listener: StepListener

  constructor(step: Step, progress: StepProgress, context: RunbookContext, listener: StepListener) {
    this.step = step
    this.progress = progress
    this.context = context
    this.listener = listener
  }

  /** Answers what has stopped it; undefined when it is over. */
  async toEnd(): Promise<Stopped | undefined> {
    const { step, progress } = this
    if (isOver(step, progress)) {
      await this.listener(step, { kind: progress.over ?? 'passed' })
      return undefined
    }
    return (await this.settleAct()) ?? (await this.leaveOut()) ?? (await this.goThroughParts())
  }

  /** What was begun in an earlier life: whether it took effect is asked, never assumed. */
  private async settleAct(): Promise<Stopped | undefined> {
    const { step, progress, context } = this
    const { act } = step
    if (act === undefined || progress.act === 'open' || progress.act === 'passed') return undefined
    if (context.stop.aborted) return stopped('act', { kind: 'interrupted' })
    const isDone = await outcomeOr(() => act.isDone(context))
    if (typeof isDone === 'object') return stopped('act', isDone)
    if (isDone === 'unknown' && progress.act === 'begun') return await this.askWhetherDone()
    // An act that has said itself that it is not done needs no other witness.
    if (isDone === true) await this.pass('act')
    return undefined
  }

  private async askWhetherDone(): Promise<Stopped | undefined> {
    const { step, context } = this
    const reason = `the run ended in the midst of this step (killed, or by an error): ${step.title}. Whether that was done is not known`
    const answer = await context.ask(`${reason}. Was it done? (no: it is done again)`)
    if (answer === 'interrupted') return stopped('act', { kind: 'interrupted' })
    if (answer === 'nobody-there') {
      const fix = 'Look whether it was done.'
      return stopped('act', { kind: 'person', reason, fix, goOn: doneOrAgain(step.name) })
    }
    const isDone = answer === 'yes'
    await context.journal.write({ event: 'decided', step: step.name, isDone })
    this.progress.act = isDone ? 'passed' : 'not-done'
    return undefined
  }

  /** As long as it has not acted, it may turn out not to be needed. */
  private async leaveOut(): Promise<Stopped | undefined> {
    const { step, progress, context } = this
    if (step.isNeeded === undefined || progress.act !== 'open') return undefined
    const isNeeded = await outcomeOr(async () => await step.isNeeded?.(context))
    if (typeof isNeeded === 'object') return stopped('check', isNeeded)
    if (isNeeded !== false) return undefined
    await context.journal.write({ event: 'not-needed', step: step.name })
    progress.over = 'not-needed'
    return undefined
  }

  private async goThroughParts(): Promise<Stopped | undefined> {
    const { step, progress, context } = this
    if (progress.over === undefined) {
      for (const part of STEP_PARTS.filter(part => this.isOpen(part))) {
        if (context.stop.aborted) return stopped(part, { kind: 'interrupted' })
        await this.listener(step, { kind: 'under-way', part })
        const obstacle = await this.run(part)
        if (obstacle !== undefined) return obstacle
        await this.pass(part)
      }
    }
    await this.listener(step, { kind: progress.over ?? 'passed' })
    return undefined
  }

  /** A check serves the act behind it: it is repeated until that is done. */
  private isOpen(part: StepPart): boolean {
    const { step, progress } = this
    if (step[part] === undefined) return false
    return part === 'check' && step.act !== undefined ? progress.act !== 'passed' : progress[part] !== 'passed'
  }

  private async run(part: StepPart): Promise<Stopped | undefined> {
    const { step, context } = this
    await context.journal.write({ event: 'begun', step: step.name, part })
    try {
      const outcome = await (part === 'act' ? step.act?.run(context) : step[part]?.(context))
      if (outcome === undefined || outcome.kind === 'passed') return undefined
      return { part, outcome, notDone: part === 'act' }
    } catch (error) {
      return stopped(part, outcomeOfError(error))
    }
  }

  private async pass(part: StepPart): Promise<void> {
    await this.context.journal.write({ event: 'passed', step: this.step.name, part })
    this.progress[part] = 'passed'
  }
}

function doneOrAgain(step: string): [GoOn, GoOn] {
  return [
    { text: 'If it was done, go on with:', flags: `--done ${step}` },
    { text: 'If it was not, or to do it again:', flags: `--from-step ${step}` },
  ]
}

function stopped(part: StepPart, outcome: Obstacle): Stopped {
  return { part, outcome, notDone: false }
}

async function outcomeOr<Value>(question: () => Promise<Value>): Promise<Value | Obstacle> {
  try {
    return await question()
  } catch (error) {
    return outcomeOfError(error)
  }
}

function outcomeOfError(error: unknown): Obstacle {
  const reason = messageOf(error)
  if (!(error instanceof UserError)) return { kind: 'failed', reason }
  const { exitCode, fix } = error
  if (exitCode === ExitCode.Interrupted) return { kind: 'interrupted' }
  const kind = KINDS[exitCode]
  return kind === undefined ? { kind: 'failed', reason, fix, exitCode } : { kind, reason, fix }
}

function indexOf(name: string, { steps, name: runbook }: Runbook): number {
  const index = steps.findIndex(step => step.name === name)
  if (index >= 0) return index
  throw new UserError(`${runbook} has no step "${name}".`, {
    exitCode: ExitCode.Usage,
    fix: `Its steps: ${steps.map(one => one.name).join(', ')}.`,
  })
}

function nothingToDecide(step: string, progress: StepProgress | undefined): UserError {
  const why = progress?.act === 'passed' ? 'is known to be done' : 'has not been begun'
  return new UserError(`--done ${step}: that step ${why}.`, {
    exitCode: ExitCode.Usage,
    fix: 'Resume without --done.',
  })
}
