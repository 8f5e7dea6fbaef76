import type { RunbookContext } from '../context.js'
import { PASSED, type Step, type StepOutcome } from '../step.js'
import { fence, unfence } from './fence.js'
import { freezeGroups } from './freeze-groups.js'
import { stopCopying } from './unplanned-steps.js'

/** Steps that have asked something of the engine. */
const ASKING = [fence.name, freezeGroups.name, stopCopying.name]
const MOVING = ['start-consumers', 'start-producers']

/** A failover that is given up: what it has changed so far is as it was. */
export function undoFailover(target: string): Step[] {
  return [
    {
      name: 'see-who-moved',
      title: `see that no application was started on ${target}`,
      commands: [],
      check: seeWhoMoved,
    },
    { ...unfence, name: 'undo-fence' },
    {
      name: 'undo-control',
      title: 'let the engine copy and move groups again',
      commands: [],
      isNeeded: async ({ journal }) => ASKING.some(step => journal.hasActed(step)),
      act: {
        isDone: async () => false, // to ask twice changes nothing
        run: async ({ tools, by }) => {
          await tools.control({ groupSync: 'on', copying: 'on', fencedTopics: [] }, `${by}, aborted`)
          return PASSED
        },
      },
    },
  ]
}

/** What they do there is on the target alone: only a failback brings it home. */
export async function seeWhoMoved({ journal, options }: RunbookContext): Promise<StepOutcome> {
  const isMoved = MOVING.some(step =>
    journal.entries.some(
      entry =>
        (entry.event === 'passed' && entry.step === step && entry.part === 'act') ||
        (entry.event === 'decided' && entry.step === step && entry.isDone),
    ),
  )
  if (!isMoved) return PASSED
  return {
    kind: 'protected',
    reason: `applications were started on ${options.target.alias} already, and what they do there would be left behind`,
    fix: 'Go on with the failover, and then bring them back with failback.',
  }
}
