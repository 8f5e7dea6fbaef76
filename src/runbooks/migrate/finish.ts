import type { ReplicatorDefinition } from '../../registry/definition.js'
import type { ReplicatorOptions } from '../../replication/replicator-options.js'
import { waitForGate } from '../gate.js'
import { drained, endsStandStill, noGroupOnSource } from '../gates.js'
import { confirmed } from '../outcomes.js'
import { PASSED, type Step } from '../step.js'
import type { ReadyCriteria } from './readiness.js'
import { lookedAt, untilReady } from './ready-step.js'

export interface FinishParts {
  there: ReplicatorOptions
  /** Undefined where it is deleted already: a run that was killed goes on so. */
  back: ReplicatorOptions | undefined
  definitions: { there: ReplicatorDefinition | undefined; back: ReplicatorDefinition | undefined }
  /**
   * Deletes a replicator, or goes on where that was interrupted. Answers why its notes could not be marked as deleted;
   * undefined where they were, or where the engine does so when it notices.
   */
  remove(definition: ReplicatorDefinition): Promise<string | undefined>
}

/**
 * All has moved: both replicators go. The way back first: as long as it brings the records of the new cluster to the old
 * one, nobody can see whether anyone still writes there. What somebody does still write crosses meanwhile.
 */
export function finishMigration(parts: FinishParts, criteria: ReadyCriteria): Step[] {
  const { there, back } = parts
  const { source, target } = there
  return [
    untilReady(back === undefined ? [there] : [there, back], criteria),
    {
      name: 'nobody-left',
      title: `see that no group is left on ${source.alias}`,
      commands: [`kafka-replicator status --replicator-name ${there.name}`],
      gate: context => {
        const gate = noGroupOnSource(`groups have left ${source.alias}`, source.alias)
        return waitForGate({ ...gate, read: lookedAt(there, context).read }, context)
      },
    },
    {
      name: 'confirm',
      title: 'confirm the end of the migration',
      commands: [],
      check: async context =>
        confirmed(await context.confirm(`Delete both replicators? There is no way back from ${target.alias} then.`)),
    },
    deletion('back', `the way back to ${source.alias}`, parts),
    {
      name: 'drain',
      title: `see that nobody writes to ${source.alias} any more, and all of it is on ${target.alias}`,
      commands: [`kafka-replicator wait --replicator-name ${there.name} --for caught-up`],
      gate: context => {
        const { read } = lookedAt(there, context)
        const still = endsStandStill(`nobody writes to ${source.alias}`, source.alias)
        const empty = drained(`all of it is on ${target.alias}`, { maxMessageLag: 0 })
        return waitForGate(
          [
            { ...still, read },
            { ...empty, read },
          ],
          context,
        )
      },
    },
    // Last: a run that is resumed is found by it.
    deletion('there', `the way to ${target.alias}`, parts),
  ]
}

function deletion(which: 'there' | 'back', what: string, { definitions, remove }: FinishParts): Step {
  const factName = `deleted-${which}`
  return {
    name: `delete-${which}`,
    title: `delete ${what}`,
    commands: [
      `kafka-replicator delete-replicator --replicator-arn ${definitions[which]?.ReplicatorArn ?? '<its ARN>'}`,
    ],
    act: {
      isDone: async () => false, // to delete again what is gone changes nothing
      run: async ({ journal, say }) => {
        // In another life its file may be gone, and its notes not marked yet.
        const definition = journal.fact<ReplicatorDefinition>(factName) ?? definitions[which]
        if (definition === undefined) {
          await say(`${what} was deleted before`)
          return PASSED
        }
        await journal.write({ event: 'fact', name: factName, value: definition })
        const left = await remove(definition)
        if (left !== undefined) await say(`what it has noted could not be marked as deleted: ${left}`)
        return PASSED
      },
    },
  }
}
