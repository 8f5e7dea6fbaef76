import type { ReplicatorOptions } from '../../replication/replicator-options.js'
import { askEngine } from '../asking.js'
import type { RunbookContext } from '../context.js'
import { counted } from '../counted.js'
import { fence, titleOfFence, unfence } from '../failover/fence.js'
import { verifyCopy } from '../failover/planned-steps.js'
import { nobodyWrote, rememberEnds } from '../failover/source-ends.js'
import { startOnTarget } from '../failover/start-on-target.js'
import { waitForGate } from '../gate.js'
import { endsStandStill, engineHasHeard, type LagBounds, noGroupOnSource } from '../gates.js'
import { commandsOf, handOver } from '../hand-over.js'
import type { HookCommands } from '../hooks.js'
import { PASSED, type Step } from '../step.js'
import { beginning } from './beginning.js'
import { releaseForward, seeTraffic, wasTrafficSeen } from './forward-steps.js'
import { consumed, copiesConsumed, drainedHome, groupsHome, nothingWritten } from './gates.js'
import { proveByHeartbeat } from './heartbeat.js'
import { type ReverseReplicator, reversed, waitForReverse } from './reverse.js'
import { decidedTail, type TailChoice } from './tail.js'

/**
 * Producers still write on the secondary then, so some offsets are always on their way, and none would be for ever; so many
 * are copied within seconds once they are stopped, and then all must be. The MSK guides call it ready below this.
 */
const ALMOST_ALL = 1_000

export interface FailbackParts {
  /** The replicator that the applications have followed; its source is where they come home to. */
  forward: ReplicatorOptions
  reverse: ReverseReplicator
  hooks: HookCommands
  tail: TailChoice | undefined
  /** Whether producers are kept off the secondary's topics by rules meanwhile. */
  isFenced: boolean
}

/**
 * The applications come home. What was written on the secondary is copied to the primary by a replicator of the other
 * direction; from then on it is a planned failover of that one, and the forward one goes on where it was.
 */
export function failback(parts: FailbackParts): Step[] {
  const { forward, reverse, hooks, isFenced } = parts
  const { name } = forward
  const [home, away] = [forward.source.alias, forward.target.alias]
  return [
    ...beginning(parts),
    drain('drain', `wait until ${home} holds almost all`, reverse, ({ settings }) => ({
      ...settings,
      maxMessageLag: Math.max(settings.maxMessageLag, ALMOST_ALL),
    })),
    ...(isFenced ? [fenceOf(away, reverse)] : []),
    stopProducers(away, reverse, hooks),
    drainAll(home, reverse),
    drainConsumers(away, reverse),
    stopConsumers(away, reverse, hooks),
    groupsAtHome(home, reverse),
    freezeReverse(home, reverse),
    seenByReverse(verifyCopy(reverse.name), reverse),
    ...startOnTarget(home, hooks, nobodyWrote).map(step => startAtHome(step, reverse)),
    ...(isFenced ? [unfenceOf(reverse)] : []),
    deleteReverse(reverse),
    releaseForward(name),
    seeTraffic(forward),
    proveByHeartbeat(forward, wasTrafficSeen),
  ]
}

/**
 * Nobody writes on the secondary but the forward replicator, which has nothing to copy while nobody writes at home. What
 * producers write there once they are started waits until the rules are gone (`fence-rules.ts`).
 */
function fenceOf(away: string, reverse: ReverseReplicator): Step {
  return { ...seenByReverse(fence, reverse), title: titleOfFence(away) }
}

/** Before the reverse replicator goes: until the rules are gone it must not copy them. */
export function unfenceOf(reverse: ReverseReplicator): Step {
  return seenByReverse(unfence, reverse)
}

async function hasGroups({ options }: RunbookContext): Promise<boolean> {
  return options.groups.synchronise
}

function drain(
  name: string,
  title: string,
  reverse: ReverseReplicator,
  bounds: (context: RunbookContext) => LagBounds,
): Step {
  return {
    name,
    title,
    commands: [`kafka-replicator wait --replicator-name ${reverse.name} --for caught-up`],
    gate: context => {
      const { naming } = context.options.topics
      return waitForReverse(drainedHome(bounds(context), naming, context.options.source.alias), context, reverse)
    },
  }
}

function drainAll(home: string, reverse: ReverseReplicator): Step {
  const step = drain('drain-all', `wait until ${home} holds all`, reverse, () => ({ maxMessageLag: 0 }))
  return {
    ...step,
    gate: async context => {
      const outcome = (await step.gate?.(context)) ?? PASSED
      const { gapOffsets } = (await reverse.status()).totals
      if (outcome.kind === 'passed' && gapOffsets !== null && gapOffsets > 0)
        await context.say(gapsOf(reverse, gapOffsets, context.options.target.alias))
      return outcome
    },
  }
}

/** Retention goes on while the secondary is at rest; as a rule what it takes then came from the primary. */
function gapsOf({ name }: ReverseReplicator, offsets: number, away: string): string {
  return [
    `${counted(offsets, 'offset')} of ${away} ${offsets === 1 ? 'was gone before it was read, and is recorded as a gap' : 'were gone before they were read, and are recorded as gaps'}. See which:`,
    `  kafka-replicator status --replicator-name ${name}`,
  ].join('\n')
}

function stopProducers(away: string, reverse: ReverseReplicator, hooks: HookCommands): Step {
  return {
    name: 'stop-producers',
    title: `stop the producers on ${away}`,
    commands: commandsOf('stop-producers', hooks),
    act: handOver('stop-producers', 'stop-producers', `Stop the producers on ${away}.`),
    gate: async context => {
      const there = await reversed(context, reverse)
      const still = await waitForGate(endsStandStill('producers are stopped', away), there)
      return still.kind === 'passed' ? await rememberEnds(there) : still
    },
  }
}

function drainConsumers(away: string, reverse: ReverseReplicator): Step {
  return {
    name: 'consumers-drained',
    title: `wait until the consumers have read everything on ${away}`,
    commands: [],
    isNeeded: hasGroups,
    gate: async context => {
      const { maxOffsetLag } = context.settings
      const native = { ...consumed(maxOffsetLag, away), read: () => reverse.status() }
      const hasCopies = context.options.topics.naming === 'prefixed'
      return await waitForGate(hasCopies ? [native, copiesConsumed(maxOffsetLag, away)] : native, context)
    },
  }
}

function stopConsumers(away: string, reverse: ReverseReplicator, hooks: HookCommands): Step {
  return {
    name: 'stop-consumers',
    title: `stop the consumers on ${away}`,
    commands: commandsOf('stop-consumers', hooks),
    isNeeded: async () => (await reverse.status()).groups.verdict.activeOnSource > 0,
    act: handOver('stop-consumers', 'stop-consumers', `Stop the consumers on ${away}.`),
    gate: context => waitForReverse(noGroupOnSource('consumers are stopped', away), context, reverse),
  }
}

function groupsAtHome(home: string, reverse: ReverseReplicator): Step {
  return {
    name: 'groups',
    title: `wait until every group stands on ${home} where it left off`,
    commands: [`kafka-replicator wait --replicator-name ${reverse.name} --for groups-synced`],
    isNeeded: hasGroups,
    gate: async context => {
      const besideTail = decidedTail(context)?.choice === 'leave'
      const gate = groupsHome(context.settings.expectedGroups, besideTail, home)
      const outcome = await waitForReverse(gate, context, reverse)
      if (outcome.kind !== 'passed' || !besideTail) return outcome
      const { readAgain } = (await reverse.status()).groups.verdict
      await context.say(
        `beside the tail, groups will read ${readAgain === null ? 'an unknown number of records' : counted(readAgain, 'record')} again`,
      )
      return PASSED
    },
  }
}

function freezeReverse(home: string, reverse: ReverseReplicator): Step {
  return {
    name: 'freeze-groups',
    title: `freeze the offsets of the groups on ${home}`,
    commands: [],
    isNeeded: hasGroups,
    act: {
      isDone: async () => false, // to ask twice changes nothing
      run: async context => {
        await askEngine({ groupSync: 'frozen' }, await reversed(context, reverse))
        return PASSED
      },
    },
    gate: context => waitForReverse(engineHasHeard('groups are frozen'), context, reverse),
  }
}

function deleteReverse(reverse: ReverseReplicator): Step {
  return {
    name: 'delete-reverse',
    title: `stop ${reverse.name} and delete it`,
    commands: [`kafka-replicator delete-replicator --replicator-arn <the ARN of ${reverse.name}>`],
    act: {
      isDone: async () => !(await reverse.exists()),
      run: async context => {
        if (await reverse.isOurs()) {
          await reverse.remove()
          return PASSED
        }
        // One that was there before is the user's: groups may move both ways again, as it was set up.
        await askEngine({ groupSync: 'on' }, await reversed(context, reverse))
        await context.say(`${reverse.name} was there before, so it stays; delete it if it is needed no more`)
        return PASSED
      },
    },
  }
}

/** People and commands start applications as in a failover; only what is looked at before is looked at from there. */
function startAtHome(step: Step, reverse: ReverseReplicator): Step {
  const { act } = step
  return { ...seenByReverse(step, reverse), ...(act && { act }) }
}

/** A step of the failover, as the reverse replicator sees it: the parts that look at clusters look from there. */
function seenByReverse(step: Step, reverse: ReverseReplicator): Step {
  const { check, act, gate } = step
  return {
    ...step,
    ...(act && {
      act: {
        isDone: async context => act.isDone(await home(context, reverse)),
        run: async context => act.run(await home(context, reverse)),
      },
    }),
    ...(check && { check: async context => check(await home(context, reverse)) }),
    ...(gate && { gate: async context => gate(await home(context, reverse)) }),
  }
}

/** When applications begin on the primary, nothing may be missing there. */
async function home(context: RunbookContext, reverse: ReverseReplicator): Promise<RunbookContext> {
  const there = await reversed({ ...context, settings: { ...context.settings, maxMessageLag: 0 } }, reverse)
  const status = async () => {
    const now = await reverse.status()
    const isEmpty = nothingWritten(now, context.options.topics.naming)
    return isEmpty ? { ...now, totals: { ...now.totals, lag: 0 } } : now
  }
  return { ...there, status }
}
