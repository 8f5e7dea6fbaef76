import type { RunbookContext } from './context.js'
import type { Asked, ControlChange } from './tools.js'

type AskingContext = Pick<RunbookContext, 'options' | 'tools' | 'journal' | 'by'>

const NOTHING: Omit<Asked, 'by'> = { groupSync: 'on', copying: 'on', fencedTopics: [] }

/**
 * Asks something of the engine of this replicator, wherever it runs. What was asked of it before the run's first change is
 * kept in the journal first: an earlier failover may have frozen groups, and a run that is given up must leave them so.
 */
export async function askEngine(change: ControlChange, context: AskingContext): Promise<void> {
  const { tools, journal, by } = context
  if (!wasAsked(context)) await journal.write({ event: 'fact', name: factOf(context), value: await tools.asked() })
  await tools.control(change, by)
}

/** Whether this run has asked anything of the engine of this replicator. */
export function wasAsked({ journal, ...context }: Pick<AskingContext, 'options' | 'journal'>): boolean {
  return journal.fact(factOf(context)) !== undefined
}

/** Asks of the engine what was asked of it before this run, in the name of whoever asked for it then. */
export async function askAsBefore(context: AskingContext): Promise<void> {
  const before = context.journal.fact<Asked | null>(factOf(context)) ?? { ...NOTHING, by: `${context.by}, aborted` }
  const { by: inNameOf, ...asked } = before
  await context.tools.control(asked, context.by, inNameOf)
}

/** A failback works with two replicators. */
function factOf({ options }: Pick<AskingContext, 'options'>): string {
  return `asked-before-of-${options.id}`
}
