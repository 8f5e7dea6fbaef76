import type { StoredStatus } from '../../replication/stored-status.js'
import { waitForGate } from '../gate.js'
import { engineHasEnded } from '../gates.js'
import type { HookCommands } from '../hooks.js'
import { confirmed, no } from '../outcomes.js'
import { PASSED, type Step } from '../step.js'
import { startOnTarget } from './start-on-target.js'

/** What is known of the loss when the source is gone, kept for the report and for the failback. */
export interface KnownLoss {
  /** Offsets that were still to pass when the engine last noted anything; null where that is not known. */
  offsets: number | null
  partitions: { sourceTopic: string; partition: number; copied: number | null; lastKnownLag: number | null }[]
  /** Milliseconds since the engine last said anything of itself. */
  heartbeatAgeMs: number | null
}

const LOSS_FACT = 'known-loss'

/** The source is lost: what is on the target must do, and what is missing is said first. */
export function unplannedFailover(name: string, hooks: HookCommands): Step[] {
  return [assess(name), acceptLoss, confirmLoss(name), stopCopying, ...startOnTarget(hooks)]
}

function assess(name: string): Step {
  return {
    name: 'assess',
    title: 'look what is known of the source and of the loss',
    commands: [`kafka-replicator status --replicator-name ${name}`],
    check: async context => {
      const status = await context.status()
      await context.evidence.keep('status-before.json', `${JSON.stringify(status, null, 2)}\n`)
      if (status.target.problem !== null) return no(`the target does not answer: ${status.target.problem}`)
      if (status.source.problem === null) {
        const planned = `kafka-replicator failover --replicator-name ${name}`
        return no('the source answers: it is not lost', `Leave it without losing anything: ${planned}`)
      }
      const loss = lossOf(status)
      await context.journal.write({ event: 'fact', name: LOSS_FACT, value: loss })
      await context.say(`the source does not answer: ${status.source.problem}`)
      await context.say(describeLoss(loss))
      return PASSED
    },
  }
}

/** By what the engine has noted: the source may have held more that nobody has seen. */
function lossOf({ topics, heartbeatAgeMs }: StoredStatus): KnownLoss {
  const partitions = topics.flatMap(({ sourceTopic, partitions }) =>
    partitions.map(({ partition, copied, lastKnownLag }) => ({ sourceTopic, partition, copied, lastKnownLag })),
  )
  const offsets = partitions.reduce<number | null>(
    (sum, { lastKnownLag }) => (sum === null || lastKnownLag === null ? null : sum + lastKnownLag),
    0,
  )
  return { offsets: partitions.length === 0 ? null : offsets, partitions, heartbeatAgeMs }
}

function describeLoss({ offsets, heartbeatAgeMs }: KnownLoss): string {
  const age = heartbeatAgeMs === null ? 'at a time that is not known' : `${Math.round(heartbeatAgeMs / 1000)} s ago`
  const seen = `the engine last wrote anything ${age}`
  if (offsets === null) return `how much is missing on the target is not known; ${seen}`
  if (offsets === 0)
    return `all that the engine had seen of the source is on the target; ${seen}, and what was written since is lost`
  return `${offsets} source offsets were seen and are not on the target; ${seen}, and what was written since is lost too`
}

const acceptLoss: Step = {
  name: 'accept-data-loss',
  title: 'accept that records are lost',
  commands: [],
  check: async context => {
    const loss = context.journal.fact<KnownLoss>(LOSS_FACT)
    if (loss?.offsets === 0 || context.settings.acceptDataLoss) return PASSED
    return {
      kind: 'protected',
      reason: loss ? describeLoss(loss) : 'how much is missing on the target is not known',
      fix: 'If that is to be: resume with --accept-data-loss.',
    }
  },
}

function confirmLoss(name: string): Step {
  return {
    // Not the step of a planned one, which a run may have begun as.
    name: 'confirm-loss',
    title: 'confirm that the source is given up for now',
    commands: [],
    check: async context => {
      const { source, target } = context.options
      return confirmed(
        await context.confirm(`Give ${source.alias} up for now: applications of ${name} go to ${target.alias}?`),
      )
    },
  }
}

/**
 * The source may come back at any moment: then its last records must not slip in behind what is written on the target by
 * then, nor its groups move anything here, before somebody has decided.
 */
export const stopCopying: Step = {
  name: 'stop-copying',
  title: 'stop the copying and freeze the groups, should the source come back',
  commands: [],
  act: {
    isDone: async () => false, // to ask twice changes nothing
    run: async ({ tools, by }) => {
      await tools.control({ copying: 'stopped', groupSync: 'frozen' }, by)
      return PASSED
    },
  },
  gate: context => waitForGate(engineHasEnded('the copying has stopped'), context),
}
