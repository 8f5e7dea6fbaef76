import type { ReplicatorOptions } from '../../replication/replicator-options.js'
import type { RunbookContext } from '../context.js'
import { waitForGate } from '../gate.js'
import type { Step } from '../step.js'
import { type LookedAt, type ReadyCriteria, readyGates } from './readiness.js'

/** A replicator as gates look at it. */
export function lookedAt(options: ReplicatorOptions, { statusOf }: RunbookContext): LookedAt {
  const { name, source, target } = options
  return { name, from: source.alias, to: target.alias, read: () => statusOf(options) }
}

/** Waits until applications may move between the clusters of these replicators. */
export function untilReady(replicators: readonly ReplicatorOptions[], criteria: ReadyCriteria): Step {
  const toWait = replicators.map(({ name }) => `--replicator-name ${name}`).join(' ')
  return {
    name: 'ready',
    title: 'wait until applications may move',
    commands: [`kafka-replicator wait ${toWait} --for caught-up --max-lag ${criteria.maxMessageLag}`],
    gate: context => {
      const looked = replicators.map(options => lookedAt(options, context))
      return waitForGate(readyGates(looked, criteria), context)
    },
  }
}
