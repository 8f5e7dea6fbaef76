import { ExitCode, messageOf, UserError } from '../errors.js'
import type { RunbookContext } from './context.js'
import {
  PASSED,
  type Runbook,
  type RunbookEnd,
  type Step,
  type StepOutcome,
  type StepPart,
  type StepState,
} from './step.js'

/** Told of each change, for terminal, script and evidence. */
export type StepListener = (step: Step, state: StepState) => void

const EXIT_CODES: Readonly<Record<StepOutcome['kind'], ExitCode>> = {
  passed: ExitCode.Done,
  no: ExitCode.No,
  'timed-out': ExitCode.NotReached,
  protected: ExitCode.Protected,
  person: ExitCode.NeedsPerson,
  failed: ExitCode.Service,
  interrupted: ExitCode.Interrupted,
}

const PARTS: readonly StepPart[] = ['check', 'act', 'gate']

/**
 * Goes through the steps in order, each part once in the life of the runbook: what the journal says has passed is not
 * done again. Stops at the first part that does not pass.
 *
 * @param from begin with this step, whatever the journal says of those before and of it
 */
export async function runRunbook(
  runbook: Runbook,
  context: RunbookContext,
  listener: StepListener,
  from?: string,
): Promise<RunbookEnd> {
  const first = from === undefined ? 0 : runbook.steps.findIndex(({ name }) => name === from)
  if (first < 0) throw unknownStep(runbook, from as string)
  for (const [i, step] of runbook.steps.entries()) {
    if (i < first) continue
    const stopped = await runStep(step, context, listener, step.name === from)
    if (stopped !== undefined) {
      await context.journal.write({ event: 'stopped', step: step.name, ...stopped })
      listener(step, { kind: 'stopped', ...stopped })
      return { exitCode: EXIT_CODES[stopped.outcome.kind], stoppedAt: step.name, outcome: stopped.outcome }
    }
  }
  return { exitCode: ExitCode.Done, stoppedAt: undefined, outcome: PASSED }
}

type Stopped = { part: StepPart; outcome: Exclude<StepOutcome, { kind: 'passed' }> }

async function runStep(
  step: Step,
  context: RunbookContext,
  listener: StepListener,
  isForced: boolean,
): Promise<Stopped | undefined> {
  const { journal } = context
  const parts = PARTS.filter(part => step[part] !== undefined)
  const isPast = (part: StepPart) => !isForced && journal.partOf(step.name, part) === 'passed'
  if (parts.every(isPast) && parts.length > 0) {
    listener(step, { kind: 'passed' })
    return undefined
  }
  const hasBegun = parts.some(part => journal.partOf(step.name, part) !== undefined)
  if (!hasBegun && step.isNeeded && !(await step.isNeeded(context))) {
    await journal.write({ event: 'not-needed', step: step.name })
    listener(step, { kind: 'not-needed' })
    return undefined
  }
  for (const part of parts) {
    if (isPast(part)) continue
    if (context.stop.aborted) return { part, outcome: { kind: 'interrupted' } }
    listener(step, { kind: 'under-way', part })
    const outcome = await runPart(step, part, context)
    if (outcome.kind !== 'passed') return { part, outcome }
    await journal.write({ event: 'passed', step: step.name, part })
  }
  listener(step, { kind: 'passed' })
  return undefined
}

/** An error is an outcome: the runbook stops there and says how it is resumed. */
async function runPart(step: Step, part: StepPart, context: RunbookContext): Promise<StepOutcome> {
  try {
    if (part === 'act') return await act(step, context)
    await context.journal.write({ event: 'begun', step: step.name, part })
    return (await (part === 'check' ? step.check?.(context) : step.gate?.(context))) ?? PASSED
  } catch (error) {
    const fix = error instanceof UserError ? error.fix : undefined
    return { kind: 'failed', reason: messageOf(error), fix }
  }
}

/** What was begun and has no end in the journal was killed in between: whether it took effect is asked, never assumed. */
async function act(step: Step, context: RunbookContext): Promise<StepOutcome> {
  if (step.act === undefined) return PASSED
  const { journal } = context
  if (journal.partOf(step.name, 'act') === 'begun') {
    const isDone = await step.act.isDone(context)
    if (isDone === true) return PASSED
    if (isDone === 'unknown') return await decidedByPerson(step, context)
  }
  await journal.write({ event: 'begun', step: step.name, part: 'act' })
  return await step.act.run(context)
}

async function decidedByPerson(step: Step, context: RunbookContext): Promise<StepOutcome> {
  const reason = `the runbook ended while it was about to ${step.title}; whether that was done, nobody has written down`
  switch (await context.ask(`${reason}. Was it done?`)) {
    case 'yes':
      return PASSED
    case 'no':
      return (await step.act?.run(context)) ?? PASSED
    case 'interrupted':
      return { kind: 'interrupted' }
    case 'nobody-there':
      return {
        kind: 'person',
        reason,
        fix: `Resume with --done ${step.name}, or with --from-step ${step.name} to do it (again).`,
      }
  }
}

function unknownStep({ steps, name }: Runbook, step: string): UserError {
  return new UserError(`${name} has no step "${step}".`, {
    exitCode: ExitCode.Usage,
    fix: `Its steps: ${steps.map(one => one.name).join(', ')}.`,
  })
}
