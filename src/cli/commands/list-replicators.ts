import type { Command } from 'commander'
import { plainText } from '../../ui/plain-text.js'
import { listReplicators } from '../aws/model.js'
import { addOperation } from '../aws/operation-command.js'
import type { Shell } from '../shell.js'

const EXAMPLES = `  kafka-replicator list-replicators
  kafka-replicator list-replicators --replicator-name-filter orders \\
    --output table --query 'Replicators[].[ReplicatorName,ReplicatorState]'`

/** `list-replicators` */
export function addListReplicators(program: Command, shell: Shell): void {
  addOperation(program, shell, listReplicators, {
    summary: 'list the replicators of this machine',
    description: 'Lists the replicators registered on this machine, by name, each with its state.',
    examples: EXAMPLES,
    answer: async ({ input }) => {
      const registry = await shell.registry()
      const { definitions, unreadable } = await registry.list(String(input.ReplicatorNameFilter ?? ''))
      for (const error of unreadable) {
        shell.stderr.write(`kafka-replicator: [WARNING]: ${plainText(`${error.message} ${error.fix ?? ''}`).trim()}\n`)
      }
      const { readStates } = await import('../replicator-states.js')
      const { summary } = await import('../../registry/answers.js')
      const states = await readStates(definitions, shell)
      return {
        Replicators: definitions.map((definition, i) =>
          summary(definition, states[i] ?? { ReplicatorState: 'CREATING' }),
        ),
      }
    },
  })
}
