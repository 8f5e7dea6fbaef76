import type { ReplicatorOptions } from '../../replication/replicator-options.js'
import { askEngine } from '../asking.js'
import { claiming } from '../claim.js'
import { counted } from '../counted.js'
import { removeLeftFence } from '../failover/left-fence.js'
import { firstLook, PREFLIGHT } from '../first-look.js'
import { waitForGate } from '../gate.js'
import { engineHasHeard } from '../gates.js'
import { confirmed, no } from '../outcomes.js'
import { PASSED, type Step } from '../step.js'
import type { FailbackParts } from './failback-steps.js'
import type { ReverseReplicator } from './reverse.js'
import { copyTail, decideTail } from './tail.js'

/** Until what was written on the secondary is on its way to the primary; the applications notice nothing of it. */
export function beginning({ forward, reverse, tail }: FailbackParts): Step[] {
  const { name } = forward
  return [
    preflight(name),
    decideTail(forward, tail),
    confirm(name),
    removeLeftFence(forward.source.alias),
    holdForward(forward),
    copyTail(forward),
    createReverse(forward, reverse),
  ]
}

function preflight(name: string): Step {
  return firstLook(name, PREFLIGHT, async (status, context) => {
    const { source, target, state, totals, stoppedBy, groups } = status
    for (const { alias, problem } of [source, target]) {
      if (problem !== null) return no(`${alias} does not answer: ${problem}`)
    }
    if (state === 'never-ran') return no(`${name} has never run: there is nothing to come back from`)
    const fix = `See why with:\nkafka-replicator status --replicator-name ${name}`
    if (totals.held > 0) return { kind: 'protected', reason: `${counted(totals.held, 'partition')} held`, fix }
    if (state !== 'running' && stoppedBy === null) {
      const command = `kafka-replicator run --replicator-name ${name}`
      return {
        kind: 'person',
        reason: `${name} does not run (${state})`,
        fix: `Start it with this, then resume:\n${command}`,
      }
    }
    const by = stoppedBy?.by ?? groups.frozenBy
    await context.say(by === null ? 'no failover of it has been noted' : `the applications were moved by ${by}`)
    return PASSED
  })
}

function confirm(name: string): Step {
  return {
    ...claiming,
    name: 'confirm',
    title: 'confirm that the applications come home',
    commands: [],
    check: async context => {
      const { source, target } = context.options
      const question = `Fail back ${name}: applications leave ${target.alias} and come home to ${source.alias}?`
      return confirmed(await context.confirm(question))
    },
  }
}

/** While groups come home, nothing that happens there may move them where they come from. */
const holdForward = ({ name }: ReplicatorOptions): Step => ({
  name: 'hold-forward',
  title: `keep ${name} from moving groups meanwhile`,
  commands: [],
  isNeeded: async ({ options, status }) => options.groups.synchronise && (await status()).groups.frozenBy === null,
  act: {
    isDone: async () => false, // to ask twice changes nothing
    run: async context => {
      await askEngine({ groupSync: 'frozen' }, context)
      return PASSED
    },
  },
  gate: context => waitForGate(engineHasHeard(`${name} holds groups`), context),
})

function createReverse({ name, source, target }: ReplicatorOptions, reverse: ReverseReplicator): Step {
  return {
    name: 'create-reverse',
    title: `register ${reverse.name}, from ${target.alias} to ${source.alias}`,
    commands: [
      `kafka-replicator create-replicator --replicator-name ${reverse.name} <the files of ${name}, source and target swapped>`,
      `kafka-replicator run --replicator-name ${reverse.name}`,
    ],
    isNeeded: async () => !(await reverse.exists()),
    act: {
      isDone: () => reverse.exists(),
      run: async ({ say }) => {
        await reverse.create()
        await say(`${reverse.name} is registered; it runs as long as this runbook does, and goes with it`)
        return PASSED
      },
    },
  }
}
