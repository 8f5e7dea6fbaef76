import type { ReplicatorOptions } from '../../replication/replicator-options.js'
import type { RunbookContext } from '../context.js'
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
      // Not that anything could be lost: but what they write next must lie behind what they wrote last, key by key.
      gate: context => nothingIsWritten(way, context),
    },
    {
      name: 'start-producers',
      title: `start the producers on ${to}`,
      commands: commandsOf('start-producers', hooks),
      check: async context => {
        await context.say(`brokers of ${to}: ${way.target.bootstrapBrokers.join(',')}`)
        return { kind: 'passed' }
      },
      act: handOver('start-producers', 'start-producers', `Start the producers on ${to}.`),
    },
  ]
}

/** Nobody writes to the source of a replicator, and all that it holds is on the target. */
export function nothingIsWritten(way: ReplicatorOptions, context: RunbookContext) {
  const { read } = lookedAt(way, context)
  const still = endsStandStill(`nobody writes to ${way.source.alias}`)
  const empty = drained(`all of it is on ${way.target.alias}`, 0)
  return waitForGate(
    [still, empty].map(gate => ({ ...gate, read })),
    context,
  )
}
