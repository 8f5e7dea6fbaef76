import type { Command } from 'commander'
import { deleteReplicator } from '../aws/model.js'
import { addOperation } from '../aws/operation-command.js'
import type { Shell } from '../shell.js'

const EXAMPLES = `  kafka-replicator delete-replicator --replicator-arn \\
    arn:aws:kafka:us-east-1:123456789012:replicator/orders-dr/…-1`

const DESCRIPTION = `Removes a replicator from this machine. An engine that runs it here drains first: it sends what is on its way, ends
within seconds, and then the replicator is gone (until then its state is DELETING).
Topics, records and consumer groups on the target stay, and so does what it knew of offsets (its topic
__kafka_replicator_state_…): groups that move the other way later still need it. Its progress is not taken over by a new
replicator of the same name: that one begins at its own StartingPosition.`

/** `delete-replicator` */
export function addDeleteReplicator(program: Command, shell: Shell): void {
  addOperation(program, shell, deleteReplicator, {
    summary: 'remove a replicator',
    description: DESCRIPTION,
    examples: EXAMPLES,
    answer: async ({ input }) => {
      const registry = await shell.registry()
      const version = typeof input.CurrentVersion === 'string' ? input.CurrentVersion : undefined
      const definition = await registry.get(String(input.ReplicatorArn))
      const { deleteDefinition } = await import('../replicator-states.js')
      const left = await deleteDefinition(definition, version, shell)
      if (left !== undefined) {
        shell.stderr.write(
          `warning: what it noted on the target (__kafka_replicator_state_…) could not be marked as deleted: ${left}\n`,
        )
      }
      return { ReplicatorArn: input.ReplicatorArn, ReplicatorState: 'DELETING' }
    },
  })
}
