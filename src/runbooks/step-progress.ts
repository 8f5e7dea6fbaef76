import type { JournalEntry } from './journal.js'
import { STEP_PARTS, type Step } from './step.js'

/**
 * How far a step is, by the journal alone. `begun`: its act was begun, and nobody has written down how that ended ·
 * `not-done`: it said itself that it is not done.
 */
export interface StepProgress {
  over: 'not-needed' | 'passed-over' | undefined
  check: 'open' | 'passed'
  act: 'open' | 'begun' | 'not-done' | 'passed'
  gate: 'open' | 'passed'
}

/** Follows the journal from its first line to its last; one progress for each step. Pure. */
export function progressOf(entries: readonly JournalEntry[], steps: readonly Step[]): StepProgress[] {
  const progress = steps.map(fresh)
  const indexOf = new Map(steps.map(({ name }, i) => [name, i]))
  for (const entry of entries) {
    const index = 'step' in entry ? indexOf.get(entry.step) : undefined
    if (index === undefined) continue
    if (entry.event === 'from-step') beginAt(index, progress, steps)
    else progress[index] = after(entry, progress[index] ?? fresh())
  }
  return progress
}

/** Whether nothing is left to do of a step. */
export function isOver(step: Step, progress: StepProgress): boolean {
  const parts = STEP_PARTS.filter(part => step[part] !== undefined)
  return progress.over !== undefined || (parts.length > 0 && parts.every(part => progress[part] === 'passed'))
}

function fresh(): StepProgress {
  return { over: undefined, check: 'open', act: 'open', gate: 'open' }
}

function after(entry: JournalEntry, before: StepProgress): StepProgress {
  switch (entry.event) {
    case 'not-needed':
      return { ...before, over: 'not-needed' }
    case 'begun':
      return entry.part === 'act' ? { ...before, act: 'begun' } : before
    case 'passed':
      return { ...before, [entry.part]: 'passed' }
    case 'stopped':
      return entry.part === 'act' && entry.notDone ? { ...before, act: 'not-done' } : before
    case 'decided':
      return { ...before, act: entry.isDone ? 'passed' : 'not-done' }
    default:
      return before
  }
}

/**
 * What the operator wants with `--from-step`: the steps before are passed over, this one is done whatever is known of it,
 * and those behind it are gone through again. What these had done or begun may still be so: they are asked first.
 */
function beginAt(index: number, progress: StepProgress[], steps: readonly Step[]): void {
  for (const [i, step] of steps.entries()) {
    const before = progress[i] ?? fresh()
    if (i < index) progress[i] = isOver(step, before) ? before : { ...before, over: 'passed-over' }
    else if (i === index) progress[i] = fresh()
    else progress[i] = { ...fresh(), act: before.act === 'passed' ? 'begun' : before.act }
  }
}
