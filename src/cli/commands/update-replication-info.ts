import type { Command } from 'commander'
import type { ReplicationInfoUpdate } from '../../registry/update-request.js'
import { updateReplicationInfo } from '../aws/model.js'
import { addOperation } from '../aws/operation-command.js'
import type { Shell } from '../shell.js'

const EXAMPLES = `  kafka-replicator update-replication-info --replicator-arn \\
    arn:aws:kafka:us-east-1:123456789012:replicator/orders-dr/…-1 \\
    --current-version K1X5R6FKA87 \\
    --source-kafka-cluster-id on-premises \\
    --target-kafka-cluster-arn arn:aws:kafka:… \\
    --topic-replication file://topic-replication.json`

const DESCRIPTION = `Changes which topics and groups a replicator takes, what goes along with topics, or where logs go.
Each block is given whole (all five members of --topic-replication, all four of --consumer-group-replication), and log
delivery by itself, as AWS demands. Everything else was fixed when the replicator was created.
An engine that runs it on this machine takes the change over within seconds, without a restart: UPDATING, then RUNNING.
One on another machine works by the definition that is there: give the command there.
A topic that an update adds begins at the replicator's StartingPosition; one that was copied before goes on where it was.`

/** `update-replication-info` */
export function addUpdateReplicationInfo(program: Command, shell: Shell): void {
  addOperation(program, shell, updateReplicationInfo, {
    summary: 'change the topics, the groups or the log delivery of a replicator, also while it runs',
    description: DESCRIPTION,
    examples: EXAMPLES,
    answer: async parameters => {
      const { ReplicatorArn, CurrentVersion, ...update } = parameters.input
      const { checkUpdated } = await import('../check-request.js')
      const { updatedRequest } = await import('../../registry/update-request.js')
      const registry = await shell.registry()
      // ParamValidation has seen to the shape.
      const changes = update as ReplicationInfoUpdate
      const change = (request: Parameters<typeof updatedRequest>[0]) =>
        checkUpdated(updatedRequest(request, changes), parameters)
      await registry.update(String(ReplicatorArn), String(CurrentVersion), change)
      return { ReplicatorArn, ReplicatorState: 'UPDATING' }
    },
  })
}
