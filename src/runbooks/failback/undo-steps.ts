import { askAsBefore, wasAsked } from '../asking.js'
import type { RunbookContext } from '../context.js'
import { seeWhoMoved, undoAsking } from '../failover/undo-steps.js'
import { PASSED, type Step, type StepOutcome } from '../step.js'
import { unfenceOf } from './failback-steps.js'
import { type ReverseReplicator, reversed } from './reverse.js'

/** A failback that is given up: the applications stay on the secondary, and it can be begun again at any time. */
export function undoFailback(home: string, reverse: ReverseReplicator): Step[] {
  return [
    {
      name: 'see-who-moved',
      title: `see that no application was started on ${home}`,
      commands: [],
      check: async context => {
        const outcome = await seeWhoMoved(context)
        return outcome.kind === 'protected' ? { ...outcome, ...alreadyOn(home) } : outcome
      },
    },
    { ...unfenceOf(reverse), name: 'undo-fence' },
    {
      name: 'undo-reverse',
      title: `let ${reverse.name} be as it was: deleted, or as it was set up before`,
      commands: [],
      isNeeded: () => reverse.exists(),
      act: {
        isDone: async () => !(await reverse.exists()),
        run: context => undoReverse(context, reverse),
      },
    },
    undoAsking,
  ]
}

function alreadyOn(home: string) {
  return {
    reason: `applications were started on ${home} already`,
    fix: `Go on with the failback; then leave ${home} again with failover.`,
  }
}

async function undoReverse(context: RunbookContext, reverse: ReverseReplicator): Promise<StepOutcome> {
  if (await reverse.isOurs()) {
    await reverse.remove()
    return PASSED
  }
  const there = await reversed(context, reverse)
  if (wasAsked(there)) await askAsBefore(there)
  await context.say(`${reverse.name} was there before, so it stays; delete it if it is needed no more`)
  return PASSED
}
