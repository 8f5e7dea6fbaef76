import type { RunbookContext } from './context.js'
import { PASSED, type Step } from './step.js'

/** In the journal of a run that has claimed its replicator, so that it lets go of it in the end. */
const CLAIM_FACT = 'claim'

/**
 * The act of a step before anything is changed: from here on runbooks on other machines keep off. The lock tells only those
 * on this one.
 */
export const claiming: Pick<Step, 'act'> = {
  act: {
    isDone: async () => false, // to claim twice changes nothing
    run: async ({ tools, journal, settings, by }) => {
      await journal.write({ event: 'fact', name: CLAIM_FACT, value: by })
      await tools.claim(by, settings.takesOver)
      return PASSED
    },
  },
}

/** For a run that is over, done or undone. */
export async function letGo({ tools, journal, by }: RunbookContext): Promise<void> {
  if (journal.fact(CLAIM_FACT) !== undefined) await tools.letGo(by)
}
