import { seeWhoMoved } from '../failover/undo-steps.js'
import type { Step } from '../step.js'
import { removeIfOurs } from './failback-steps.js'
import type { ReverseReplicator } from './reverse.js'

/** A failback that is given up: the applications stay on the secondary, and it can be begun again at any time. */
export function undoFailback(home: string, reverse: ReverseReplicator): Step[] {
  return [
    {
      name: 'see-who-moved',
      title: `see that no application was started on ${home}`,
      commands: [],
      check: async context => {
        const outcome = await seeWhoMoved(context)
        return outcome.kind === 'passed' ? outcome : { ...outcome, ...alreadyOn(home) }
      },
    },
    {
      name: 'undo-reverse',
      title: `let ${reverse.name} be as it was: deleted, or as it was set up before`,
      commands: [],
      isNeeded: () => reverse.exists(),
      act: {
        isDone: async () => !(await reverse.exists()),
        run: context => removeIfOurs(context, reverse),
      },
    },
  ]
}

function alreadyOn(home: string) {
  return {
    reason: `applications were started on ${home} already`,
    fix: `Go on with the failback; then leave ${home} again with failover.`,
  }
}
