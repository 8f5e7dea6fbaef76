import type { Command } from 'commander'
import { describeReplicator } from '../aws/model.js'
import { addOperation } from '../aws/operation-command.js'
import type { Shell } from '../shell.js'

const EXAMPLES = `  kafka-replicator describe-replicator --replicator-arn \\
    arn:aws:kafka:us-east-1:123456789012:replicator/orders-dr/…-1
  kafka-replicator describe-replicator --replicator-arn … \\
    --query ReplicatorState --output text`

const DESCRIPTION = `Shows a registered replicator: its settings and its state.
CREATING: it has not run yet. RUNNING: an engine runs it, here or elsewhere. FAILED: it stopped or died; StateInfo says
which, when, and how to start it. Unlike AWS, it gives back the members of Apache clusters too.`

/** `describe-replicator` */
export function addDescribeReplicator(program: Command, shell: Shell): void {
  addOperation(program, shell, describeReplicator, {
    summary: 'show a replicator and its state',
    description: DESCRIPTION,
    examples: EXAMPLES,
    answer: async ({ input }) => {
      const registry = await shell.registry()
      const definition = await registry.get(String(input.ReplicatorArn))
      const { readStates } = await import('../replicator-states.js')
      const { description } = await import('../../registry/answers.js')
      const [state] = await readStates([definition], shell)
      return description(definition, state ?? { ReplicatorState: 'CREATING' })
    },
  })
}
