import type { ReplicatorOptions } from '../../replication/replicator-options.js'
import type { StoredStatus } from '../../replication/stored-status.js'
import { askEngine } from '../asking.js'
import { claiming } from '../claim.js'
import type { RunbookContext } from '../context.js'
import { counted } from '../counted.js'
import { firstLook } from '../first-look.js'
import { waitForGate } from '../gate.js'
import { engineHasEnded } from '../gates.js'
import type { HookCommands } from '../hooks.js'
import { confirmed, no } from '../outcomes.js'
import { PASSED, type Step, type StepOutcome } from '../step.js'
import { tellLeftFence } from './left-fence.js'
import { startOnTarget } from './start-on-target.js'

/** What is known of the loss when the source is gone, kept for the report and for the failback. */
export interface KnownLoss {
  /** Offsets that the engine had seen and that are not on the target; null where that is not known. */
  offsets: number | null
  /** Whether it still ran: then it had seen all but what was written just before the source fell silent. */
  wasRunning: boolean
  partitions: { sourceTopic: string; partition: number; copied: number | null; lastKnownLag: number | null }[]
  /** Milliseconds since the engine last said anything of itself. */
  heartbeatAgeMs: number | null
}

const LOSS_FACT = 'known-loss'

/** The source is lost: what is on the target must do, and what is missing is said first. */
export function unplannedFailover({ name, source, target }: ReplicatorOptions, hooks: HookCommands): Step[] {
  return [
    assess(name, source.alias),
    acceptLoss,
    confirmLoss(name, source.alias),
    { ...stopCopying, title: `stop the copying and freeze the groups, should ${source.alias} come back` },
    ...startOnTarget(target.alias, hooks),
    tellLeftFence,
  ]
}

function sourceAnswers(name: string, cluster: string): StepOutcome {
  const planned = `kafka-replicator failover --replicator-name ${name}`
  return no(`${cluster} answers: it is not lost`, `Leave it without losing anything:\n${planned}`)
}

function assess(name: string, cluster: string): Step {
  const step = { name: 'assess', title: `look what is known of ${cluster} and of the loss` }
  return firstLook(name, step, async (status, context) => {
    if (status.target.problem !== null) return no(`${status.target.alias} does not answer: ${status.target.problem}`)
    if (status.source.problem === null) return sourceAnswers(name, cluster)
    const loss = lossOf(status)
    await context.journal.write({ event: 'fact', name: LOSS_FACT, value: loss })
    await context.say(`${cluster} does not answer: ${status.source.problem}`)
    await context.say(describeLoss(loss, context.options))
    return PASSED
  })
}

/** By what the engine has noted: the source may have held more that nobody has seen. */
function lossOf({ topics, heartbeatAgeMs, state }: StoredStatus): KnownLoss {
  const partitions = topics.flatMap(({ sourceTopic, partitions }) =>
    partitions.map(({ partition, copied, lastKnownLag }) => ({ sourceTopic, partition, copied, lastKnownLag })),
  )
  const offsets = partitions.reduce<number | null>(
    (sum, { lastKnownLag }) => (sum === null || lastKnownLag === null ? null : sum + lastKnownLag),
    0,
  )
  return {
    offsets: partitions.length === 0 ? null : offsets,
    wasRunning: state === 'running',
    partitions,
    heartbeatAgeMs,
  }
}

function describeLoss(
  { offsets, wasRunning, heartbeatAgeMs }: KnownLoss,
  { source, target }: RunbookContext['options'],
): string {
  const seen =
    offsets === null
      ? `how much of what the engine had seen is missing on ${target.alias} is not known`
      : offsets === 0
        ? `all that the engine had seen of ${source.alias} is on ${target.alias}`
        : `${counted(offsets, 'offset')} of ${source.alias} that the engine had seen ${offsets === 1 ? 'is' : 'are'} not on ${target.alias}`
  if (wasRunning) return `${seen}; what was written just before ${source.alias} fell silent may be missing`
  const age = heartbeatAgeMs === null ? 'never' : `${Math.round(heartbeatAgeMs / 1000)} s ago`
  return `${seen}, but it does not run (last heard ${age}): all that was written since is missing`
}

function isNothingKnownLost(loss: KnownLoss | undefined): boolean {
  return loss?.offsets === 0 && loss.wasRunning
}

const acceptLoss: Step = {
  name: 'accept-data-loss',
  title: 'accept that records are lost',
  commands: [],
  check: async context => {
    const loss = context.journal.fact<KnownLoss>(LOSS_FACT)
    if (isNothingKnownLost(loss) || context.settings.acceptDataLoss) return PASSED
    return {
      kind: 'protected',
      reason: loss
        ? describeLoss(loss, context.options)
        : `how much is missing on ${context.options.target.alias} is not known`,
      goOn: [{ text: 'If these records may be lost, go on with:', flags: '--accept-data-loss' }],
    }
  },
}

function confirmLoss(name: string, cluster: string): Step {
  return {
    ...claiming,
    // Not the step of a planned one, which a run may have begun as.
    name: 'confirm-loss',
    title: `confirm that ${cluster} is given up for now`,
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
  // Days may lie between the first look and this one.
  check: async ({ status, options }) =>
    (await status()).source.problem === null ? sourceAnswers(options.name, options.source.alias) : PASSED,
  act: {
    isDone: async () => false, // to ask twice changes nothing
    run: async context => {
      await askEngine({ copying: 'stopped', groupSync: 'frozen' }, context)
      return PASSED
    },
  },
  gate: context => waitForGate(engineHasEnded('the copying has stopped'), context),
}
