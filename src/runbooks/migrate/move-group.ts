import type { ReplicatorOptions } from '../../replication/replicator-options.js'
import type { RunbookContext } from '../context.js'
import { waitForGate } from '../gate.js'
import { commandsOf, handOver } from '../hand-over.js'
import type { HookCommands } from '../hooks.js'
import { confirmed, no } from '../outcomes.js'
import { PASSED, type Step, type StepOutcome } from '../step.js'
import { groupIsExact, membersOf, onlyGroup, whyNotExact } from './one-group.js'
import { lookedAt } from './ready-step.js'

/**
 * One group leaves the source of a replicator for its target.
 *
 * @param way the replicator that goes where the group goes
 * @param other that of the other direction
 */
export function moveGroup(
  group: string,
  way: ReplicatorOptions,
  other: ReplicatorOptions,
  hooks: HookCommands,
): Step[] {
  const [from, to] = [way.source.alias, way.target.alias]
  return [
    {
      name: 'confirm',
      title: `confirm that ${group} moves from ${from} to ${to}`,
      commands: [],
      check: context => confirm(group, way, context),
    },
    {
      name: 'stop-consumers',
      title: `stop the consumers of ${group} on ${from}`,
      commands: commandsOf('stop-consumers', hooks),
      isNeeded: async context => {
        const found = (await statusOfGroup(group, way, context)).groups.groups[0]
        // What is not known may have members.
        return found === undefined || membersOf(found).onSource
      },
      act: handOver('stop-consumers', 'stop-consumers', `Stop the consumers of ${group} on ${from}.`),
    },
    {
      name: 'exact',
      title: `see that ${group} has stopped, and begins on ${to} where it left off`,
      commands: [],
      // Both in one gate: the consumers stand still meanwhile.
      gate: context => waitForGate(groupIsExact(lookedAt(way, context), lookedAt(other, context), group), context),
    },
    {
      name: 'start-consumers',
      title: `start the consumers of ${group} on ${to}`,
      commands: commandsOf('start-consumers', hooks),
      check: context => mayStart(group, way, context),
      act: handOver('start-consumers', 'start-consumers', `Start the consumers of ${group} on ${to}.`),
    },
  ]
}

async function statusOfGroup(group: string, way: ReplicatorOptions, { statusOf }: RunbookContext) {
  return onlyGroup(await statusOf(way), group)
}

async function confirm(group: string, way: ReplicatorOptions, context: RunbookContext): Promise<StepOutcome> {
  const { source, target, groups } = await statusOfGroup(group, way, context)
  const problem = source.problem ?? target.problem ?? groups.problem
  if (problem !== null) return { kind: 'failed', reason: problem, fix: 'Resume to look again.' }
  const [found] = groups.groups
  if (found === undefined) {
    const fix = `See which there are with:\nkafka-replicator status --replicator-name ${way.name}`
    return no(`${group} is no group that ${way.name} synchronises and that has offsets of a copied topic`, fix)
  }
  if (membersOf(found).onTarget) {
    return no(`${group} has members on ${way.target.alias} already`, 'Stop them, or see whether it has moved before.')
  }
  return confirmed(await context.confirm(`Move ${group} from ${way.source.alias} to ${way.target.alias}?`))
}

/** However long ago the gate was: it may have been started on the old side again. */
async function mayStart(group: string, way: ReplicatorOptions, context: RunbookContext): Promise<StepOutcome> {
  const problem = whyNotExact(await statusOfGroup(group, way, context))
  if (problem !== undefined) {
    const reason = `${group} would not begin on ${way.target.alias} where it left off: ${problem}`
    return { kind: 'protected', reason, goOn: [{ text: 'Mend that, then go on with:', flags: '--from-step exact' }] }
  }
  const { alias, bootstrapBrokers } = way.target
  await context.say(`brokers of ${alias}: ${bootstrapBrokers.join(',')}; the group id stays ${group}`)
  return PASSED
}
