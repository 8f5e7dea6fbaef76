import { REPLICATOR } from '../files.js'
import type { Step } from '../step.js'

/** Registers the replicator and keeps its ARN for the commands that want it. */
export const createReplicator: Step = {
  title: 'Create the replicator',
  explain:
    "The command of the AWS CLI with another first word: same options, same answer. It is registered on this machine and copies nothing yet. (The role is AWS's; it is kept and not used here.)",
  async act(world) {
    await world.type(
      [
        'kafka-replicator create-replicator',
        `--replicator-name ${REPLICATOR}`,
        '--service-execution-role-arn arn:aws:iam::123456789012:role/demo',
        '--kafka-clusters file://kafka-clusters.json',
        '--replication-info-list file://replication-info.json',
        '--log-delivery file://log-delivery.json',
      ].join(' \\\n  '),
    )
    const assign = `ARN=$(kafka-replicator list-replicators --output text \\\n  --query 'Replicators[0].ReplicatorArn')`
    world.setVariable('ARN', (await world.type(`${assign}; echo $ARN`)).trim())
  },
}
