import type { Command } from 'commander'
import type { ReplicatorDefinition } from '../../registry/definition.js'
import { listReplicators } from '../aws/model.js'
import { addOperation } from '../aws/operation-command.js'
import { type Shell, warn } from '../shell.js'

const EXAMPLES = `  kafka-replicator list-replicators
  kafka-replicator list-replicators --replicator-name-filter orders \\
    --output table --query 'Replicators[].[ReplicatorName,ReplicatorState]'`

const DESCRIPTION = `Lists the replicators registered on this machine, by name, each with its state: RUNNING while an engine, here or
elsewhere, gives signs of life. A definition that cannot be read is told on standard error and hides no other.`

/** `list-replicators` */
export function addListReplicators(program: Command, shell: Shell): void {
  addOperation(program, shell, listReplicators, {
    summary: 'list the replicators of this machine',
    description: DESCRIPTION,
    examples: EXAMPLES,
    answer: async ({ input }) => {
      const registry = await shell.registry()
      const { definitions, unreadable } = await registry.list(String(input.ReplicatorNameFilter ?? ''))
      for (const { message, fix = '' } of unreadable) warn(shell, `${message} ${fix}`)
      const { pageOf } = await import('../../registry/page.js')
      const nameOf = ({ Request }: ReplicatorDefinition) => Request.ReplicatorName
      const { items, ...next } = pageOf(definitions, nameOf, input)
      const { readStates } = await import('../replicator-states.js')
      const { summary } = await import('../../registry/answers.js')
      const states = await readStates(items, shell)
      const Replicators = items.map((item, i) => summary(item, states[i] ?? { ReplicatorState: 'CREATING' }))
      return { ...next, Replicators }
    },
  })
}
