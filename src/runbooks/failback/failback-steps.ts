import { askEngine } from '../asking.js'
import type { RunbookContext } from '../context.js'
import { fence, unfence } from '../failover/fence.js'
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
  name: string
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
  const { name, reverse, hooks, isFenced } = parts
  return [
    ...beginning(parts),
    drain('drain', 'wait until the primary holds almost all', reverse, ({ settings }) => ({
      ...settings,
      maxMessageLag: Math.max(settings.maxMessageLag, ALMOST_ALL),
    })),
    ...(isFenced ? [fenceOf(reverse)] : []),
    stopProducers(reverse, hooks),
    drainAll(reverse),
    drainConsumers(reverse),
    stopConsumers(reverse, hooks),
    groupsOnPrimary(reverse),
    freezeReverse(reverse),
    seenByReverse(verifyCopy(reverse.name), reverse),
    ...startOnTarget(hooks, nobodyWrote).map(step => onPrimary(step, reverse)),
    ...(isFenced ? [unfenceOf(reverse)] : []),
    deleteReverse(reverse),
    releaseForward(name),
    seeTraffic(name),
    proveByHeartbeat(name, wasTrafficSeen),
  ]
}

/**
 * Nobody writes on the secondary but the forward replicator, which has nothing to copy while nobody writes at home. What
 * producers write there once they are started waits until the rules are gone (`fence-rules.ts`).
 */
function fenceOf(reverse: ReverseReplicator): Step {
  return { ...seenByReverse(fence, reverse), title: 'deny Write on the topics of the secondary to everyone' }
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
      return waitForReverse(drainedHome(bounds(context), naming), context, reverse)
    },
  }
}

function drainAll(reverse: ReverseReplicator): Step {
  const step = drain('drain-all', 'wait until the primary holds all', reverse, () => ({ maxMessageLag: 0 }))
  return {
    ...step,
    gate: async context => {
      const outcome = (await step.gate?.(context)) ?? PASSED
      const { gapOffsets } = (await reverse.status()).totals
      if (outcome.kind === 'passed' && gapOffsets !== null && gapOffsets > 0)
        await context.say(gapsOf(reverse, gapOffsets))
      return outcome
    },
  }
}

/** Retention goes on while the secondary is at rest; as a rule what it takes then came from the primary. */
function gapsOf({ name }: ReverseReplicator, offsets: number): string {
  return [
    `${offsets} offsets of the secondary were gone before they were read, and are recorded as gaps. See which:`,
    `  kafka-replicator status --replicator-name ${name}`,
  ].join('\n')
}

function stopProducers(reverse: ReverseReplicator, hooks: HookCommands): Step {
  return {
    name: 'stop-producers',
    title: 'stop the producers on the secondary',
    commands: commandsOf('stop-producers', hooks),
    act: handOver('stop-producers', 'stop-producers', 'Stop the producers on the secondary.'),
    gate: async context => {
      const there = await reversed(context, reverse)
      const still = await waitForGate(endsStandStill('producers are stopped'), there)
      return still.kind === 'passed' ? await rememberEnds(there) : still
    },
  }
}

function drainConsumers(reverse: ReverseReplicator): Step {
  return {
    name: 'consumers-drained',
    title: 'wait until the consumers have read everything on the secondary',
    commands: [],
    isNeeded: hasGroups,
    gate: async context => {
      const { maxOffsetLag } = context.settings
      const native = { ...consumed(maxOffsetLag), read: () => reverse.status() }
      const hasCopies = context.options.topics.naming === 'prefixed'
      return await waitForGate(hasCopies ? [native, copiesConsumed(maxOffsetLag)] : native, context)
    },
  }
}

function stopConsumers(reverse: ReverseReplicator, hooks: HookCommands): Step {
  return {
    name: 'stop-consumers',
    title: 'stop the consumers on the secondary',
    commands: commandsOf('stop-consumers', hooks),
    isNeeded: async () => (await reverse.status()).groups.verdict.activeOnSource > 0,
    act: handOver('stop-consumers', 'stop-consumers', 'Stop the consumers on the secondary.'),
    gate: context => waitForReverse(noGroupOnSource('consumers are stopped'), context, reverse),
  }
}

function groupsOnPrimary(reverse: ReverseReplicator): Step {
  return {
    name: 'groups',
    title: 'wait until every group stands on the primary where it left off',
    commands: [`kafka-replicator wait --replicator-name ${reverse.name} --for groups-synced`],
    isNeeded: hasGroups,
    gate: async context => {
      const besideTail = decidedTail(context)?.choice === 'leave'
      const outcome = await waitForReverse(groupsHome(context.settings.expectedGroups, besideTail), context, reverse)
      if (outcome.kind !== 'passed' || !besideTail) return outcome
      const { readAgain } = (await reverse.status()).groups.verdict
      await context.say(`beside the tail, groups will read ${readAgain ?? 'an unknown number of'} records again`)
      return PASSED
    },
  }
}

function freezeReverse(reverse: ReverseReplicator): Step {
  return {
    name: 'freeze-groups',
    title: 'freeze the offsets of the groups on the primary',
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

/** The target of the reverse replicator is called by what it is for the user. */
function onPrimary(step: Step, reverse: ReverseReplicator): Step {
  const { title } = step
  const what = title.includes('consumers') ? 'consumers' : 'producers'
  const hook = `start-${what}` as const
  return {
    ...seenByReverse(step, reverse),
    title: `start the ${what} on the primary`,
    act: handOver(step.name, hook, `Start the ${what} on the primary.`),
  }
}
