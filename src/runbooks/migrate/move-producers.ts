import type { ReplicatorOptions } from '../../replication/replicator-options.js'
import type { RunbookContext } from '../context.js'
import { nobodyWrote, rememberEnds } from '../failover/source-ends.js'
import { waitForGate } from '../gate.js'
import { drained, endsStandStill } from '../gates.js'
import { commandsOf, handOver } from '../hand-over.js'
import type { HookCommands } from '../hooks.js'
import { confirmed } from '../outcomes.js'
import type { Step } from '../step.js'
import { lookedAt } from './ready-step.js'

/**
 * The producers leave the source of a replicator for its target.
 *
 * @param way the replicator that goes where they go
 */
export function moveProducers(way: ReplicatorOptions, hooks: HookCommands): Step[] {
  const [from, to] = [way.source.alias, way.target.alias]
  return [
    {
      name: 'confirm',
      title: `confirm that the producers move from ${from} to ${to}`,
      commands: [],
      check: async context => confirmed(await context.confirm(`Move the producers from ${from} to ${to}?`)),
    },
    {
      name: 'stop-producers',
      title: `stop the producers on ${from}`,
      commands: commandsOf('stop-producers', hooks),
      act: handOver('stop-producers', 'stop-producers', `Stop the producers on ${from}.`),
      gate: async context => {
        const gate = endsStandStill(`nobody writes to ${from}`, from)
        const still = await waitForGate({ ...gate, read: lookedAt(way, context).read }, context)
        return still.kind === 'passed' ? await rememberEnds(seenBy(way, context)) : still
      },
    },
    {
      // Nothing could be lost without it: but what they write next must lie behind what they wrote last, key by key.
      name: 'drain',
      title: `wait until all that they wrote is on ${to}`,
      commands: [`kafka-replicator wait --replicator-name ${way.name} --for caught-up`],
      gate: async context => {
        const gate = drained(`all of it is on ${to}`, { maxMessageLag: 0 })
        const outcome = await waitForGate({ ...gate, read: lookedAt(way, context).read }, context)
        return outcome.kind === 'passed' ? await nobodyWrote(seenBy(way, context)) : outcome
      },
    },
    {
      name: 'start-producers',
      title: `start the producers on ${to}`,
      commands: commandsOf('start-producers', hooks),
      check: async context => {
        const outcome = await nobodyWrote(seenBy(way, context))
        if (outcome.kind === 'passed') {
          await context.say(`brokers of ${to}: ${way.target.bootstrapBrokers.join(',')}`)
        }
        return outcome
      },
      act: handOver('start-producers', 'start-producers', `Start the producers on ${to}.`),
    },
  ]
}

/** The same world, as one sees it who moves this way and leaves nothing behind. */
function seenBy(way: ReplicatorOptions, context: RunbookContext): RunbookContext {
  return { ...context, status: () => context.statusOf(way), settings: { ...context.settings, maxMessageLag: 0 } }
}
