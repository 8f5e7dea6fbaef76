import type { StoredStatus } from '../replication/stored-status.js'
import type { RunbookContext } from './context.js'
import type { Step, StepOutcome } from './step.js'

/** The first step of a runbook: how the replicator stands is kept as evidence, and judged before anything is touched. */
export function firstLook(
  name: string,
  step: Pick<Step, 'name' | 'title'>,
  judge: (status: StoredStatus, context: RunbookContext) => Promise<StepOutcome>,
): Step {
  return {
    ...step,
    commands: [`kafka-replicator status --replicator-name ${name}`],
    check: async context => {
      const status = await context.status()
      await context.evidence.keep('status-before.json', `${JSON.stringify(status, null, 2)}\n`)
      return await judge(status, context)
    },
  }
}

/** Of a runbook that is only possible while all is well. */
export const PREFLIGHT = { name: 'preflight', title: 'look whether everything is ready for it' } as const
