import type { ReplicatorOptions } from '../../replication/replicator-options.js'
import type { StoredStatus } from '../../replication/stored-status.js'
import { claiming } from '../claim.js'
import type { RunbookContext } from '../context.js'
import { counted, inWords } from '../counted.js'
import { firstLook, PREFLIGHT } from '../first-look.js'
import { waitForGate } from '../gate.js'
import { drained, endsStandStill, groupsSynced, keepsUp, noGroupOnSource } from '../gates.js'
import { commandsOf, handOver } from '../hand-over.js'
import type { HookCommands } from '../hooks.js'
import { confirmed, no } from '../outcomes.js'
import { PASSED, type Step } from '../step.js'
import { fence, titleOfFence, unfence } from './fence.js'
import { freezeGroups } from './freeze-groups.js'
import { nobodyWrote, rememberEnds } from './source-ends.js'
import { startOnTarget } from './start-on-target.js'

/** Records of each partition that are compared unless `--deep` asks for all. */
const SAMPLED_RECORDS = 1_000

/** A planned failover: nobody writes to the source any more, all of it is on the target, and every group stands exact there. */
export function plannedFailover(way: ReplicatorOptions, hooks: HookCommands, isFenced: boolean): Step[] {
  const { name, target } = way
  return [
    preflight(name),
    confirmMove(name),
    ...(isFenced ? [{ ...fence, title: titleOfFence(way.source.alias) }] : []),
    stopProducers(way, hooks),
    drain(way),
    stopConsumers(way, hooks),
    {
      name: 'groups',
      title: `wait until every group stands on ${target.alias} where it left off`,
      commands: [`kafka-replicator wait --replicator-name ${name} --for groups-synced`],
      isNeeded: async ({ options }) => options.groups.synchronise,
      gate: context => waitForGate(groupsSynced('groups', context.settings.expectedGroups), context),
    },
    freezeGroups,
    verifyCopy(name),
    ...startOnTarget(target.alias, hooks, nobodyWrote),
    ...(isFenced ? [unfence] : []),
  ]
}

function preflight(name: string): Step {
  return {
    ...mayBegin(name),
    // Applications stand still while the rest drains, so nobody is stopped for a replicator that is far behind.
    gate: context => waitForGate(keepsUp(context.settings), context),
  }
}

function mayBegin(name: string): Step {
  return firstLook(name, PREFLIGHT, async (status, { settings }) => {
    const { source, target, state, totals, stoppedBy } = status
    if (target.problem !== null) return no(`${target.alias} does not answer: ${target.problem}`)
    if (source.problem !== null) {
      const unplanned = `kafka-replicator failover --replicator-name ${name} --unplanned`
      return no(`${source.alias} does not answer: ${source.problem}`, `If it is lost:\n${unplanned}`)
    }
    if (state !== 'running' && stoppedBy !== null) {
      const onwards = `Or copy on what was left behind, with:\nkafka-replicator run --replicator-name ${name} --resume-copying`
      return no(`the copying was stopped by ${stoppedBy.by}`, `${homeFirst(name, target.alias)}\n${onwards}`)
    }
    if (state !== 'running') {
      return no(
        `the replicator does not run (${state})`,
        `Start it with:\nkafka-replicator run --replicator-name ${name}`,
      )
    }
    const frozen = frozenApart(status, settings.expectedGroups)
    if (frozen !== undefined) return no(frozen, homeFirst(name, target.alias))
    if (totals.held === 0) return PASSED
    const fix = `See why with:\nkafka-replicator status --replicator-name ${name}`
    return {
      kind: 'protected',
      reason: `${counted(totals.held, 'partition')} held: their records would be missing`,
      fix,
    }
  })
}

/**
 * Why groups that an earlier failover has frozen would never come over: nobody moves them, so a gate would wait in vain.
 * Undefined where they are not frozen, or stand there already and nobody moves on.
 */
function frozenApart(status: StoredStatus, expectedGroups: number | undefined): string | undefined {
  const { mode, frozenBy, verdict } = status.groups
  if (mode === 'off' || frozenBy === null) return undefined
  const active =
    verdict.activeOnSource > 0 ? `${verdict.activeOnSource} of them have members on ${status.source.alias}` : undefined
  const lacking = groupsSynced('groups', expectedGroups).lacking(status, undefined) ?? active
  return (
    lacking && `groups were frozen by ${frozenBy}, so none is brought to ${status.target.alias} any more: ${lacking}`
  )
}

function homeFirst(name: string, target: string): string {
  return [
    `If the applications are on ${target}, bring them home first:`,
    `kafka-replicator failback --replicator-name ${name}`,
    'If that failover is to be given up:',
    `kafka-replicator failover --replicator-name ${name} --abort`,
  ].join('\n')
}

function confirmMove(name: string): Step {
  return {
    ...claiming,
    name: 'confirm',
    title: 'confirm that the applications move',
    commands: [],
    check: async context => {
      const { source, target } = context.options
      const question = `Fail over ${name}: applications leave ${source.alias} for ${target.alias}?`
      return confirmed(await context.confirm(question))
    },
  }
}

function stopProducers({ source }: ReplicatorOptions, hooks: HookCommands): Step {
  return {
    name: 'stop-producers',
    title: `stop the producers on ${source.alias}`,
    commands: commandsOf('stop-producers', hooks),
    act: handOver('stop-producers', 'stop-producers', `Stop the producers on ${source.alias}.`),
    gate: async context => {
      const still = await waitForGate(endsStandStill('producers are stopped', source.alias), context)
      return still.kind === 'passed' ? await rememberEnds(context) : still
    },
  }
}

function drain({ name, source, target }: ReplicatorOptions): Step {
  return {
    name: 'drain',
    title: `wait until everything is on ${target.alias}`,
    commands: [`kafka-replicator wait --replicator-name ${name} --for caught-up`],
    gate: async context => {
      const title = `drain from ${source.alias} to ${target.alias}`
      const outcome = await waitForGate(drained(title, context.settings), context)
      return outcome.kind === 'passed' ? await nobodyWrote(context) : outcome
    },
  }
}

function stopConsumers({ source }: ReplicatorOptions, hooks: HookCommands): Step {
  return {
    name: 'stop-consumers',
    title: `stop the consumers on ${source.alias}`,
    commands: commandsOf('stop-consumers', hooks),
    isNeeded: async context => (await context.status()).groups.verdict.activeOnSource > 0,
    act: handOver('stop-consumers', 'stop-consumers', `Stop the consumers on ${source.alias}.`),
    gate: context => waitForGate(noGroupOnSource('consumers are stopped', source.alias), context),
  }
}

/** Compares the records on both sides: the last ones, or all (`--deep`). */
export function verifyCopy(name: string): Step {
  return {
    name: 'verify',
    title: 'compare what both clusters hold',
    commands: [`kafka-replicator verify --replicator-name ${name} --last ${SAMPLED_RECORDS}`],
    check: verify,
  }
}

async function verify({ tools, settings, evidence, options, say }: RunbookContext) {
  const result = await tools.verify(settings.deepVerify ? undefined : SAMPLED_RECORDS)
  await evidence.keep('verify.json', `${JSON.stringify(result, null, 2)}\n`)
  const scope = settings.deepVerify ? '' : `, at most ${inWords(SAMPLED_RECORDS)} of each partition`
  if (result.verdict === 'equal') {
    await say(`equal: ${counted(result.recordsEqual, 'record')} compared${scope}`)
    return PASSED
  }
  const reason = `the copy is not proven: ${result.verdict}`
  const fix = `See what differs with:\nkafka-replicator verify --replicator-name ${options.name}`
  return { kind: 'protected', reason, fix } as const
}
