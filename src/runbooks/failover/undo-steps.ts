import { askAsBefore, wasAsked } from '../asking.js'
import type { RunbookContext } from '../context.js'
import { waitForGate } from '../gate.js'
import { engineHasHeard } from '../gates.js'
import { PASSED, type Step, type StepOutcome } from '../step.js'
import { progressOf } from '../step-progress.js'
import { unfence } from './fence.js'

const MOVING = ['start-consumers', 'start-producers']
const MOVING_STEPS: readonly Step[] = MOVING.map(name => ({ name, title: name, commands: [] }))

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
    undoAsking,
  ]
}

/** Groups that an earlier failover has frozen stay so, and what it has stopped stays stopped. */
export const undoAsking: Step = {
  name: 'undo-control',
  title: 'ask of the engine what was asked of it before this run',
  commands: [],
  isNeeded: async context => wasAsked(context),
  act: {
    isDone: async () => false, // to ask twice changes nothing
    run: async context => {
      await askAsBefore(context)
      return PASSED
    },
  },
  gate: context => waitForGate(engineHasHeard('the engine does as before'), context),
}

/** What they do there is on the target alone: only a failback brings it home. */
export async function seeWhoMoved({ journal, options, ask }: RunbookContext): Promise<StepOutcome> {
  const moved = movedTo(options.target.alias)
  const isMoved = MOVING.some(step =>
    journal.entries.some(
      entry =>
        (entry.event === 'passed' && entry.step === step && entry.part === 'act') ||
        (entry.event === 'decided' && entry.step === step && entry.isDone),
    ),
  )
  if (isMoved) return moved
  if (!progressOf(journal.entries, MOVING_STEPS).some(({ act }) => act === 'begun')) return PASSED
  // It was killed in the midst of a command: what that has done, nobody has written down.
  const reason = 'the runbook ended while it was about to start applications; whether any runs, nobody has written down'
  const answer = await ask(`${reason}. Was any started?`)
  if (answer === 'interrupted') return { kind: 'interrupted' }
  if (answer === 'nobody-there') return { kind: 'person', reason, fix: 'Resume at a terminal, to answer that.' }
  return answer === 'yes' ? moved : PASSED
}

function movedTo(cluster: string): StepOutcome {
  return {
    kind: 'protected',
    reason: `applications were started on ${cluster} already, and what they do there would be left behind`,
    fix: 'Go on with the failover, and then bring them back with failback.',
  }
}
