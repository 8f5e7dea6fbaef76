import type { Step } from '../step.js'

/** What one asks every day. */
export const lookAtIt: Step = {
  title: 'Look at it',
  explain:
    'What the AWS CLI would show, from any terminal of this machine, with --query and all output formats. The state is the heartbeat that the engine writes to the target.',
  async act(world) {
    await world.type(
      "kafka-replicator list-replicators --output table \\\n  --query 'Replicators[].[ReplicatorName,ReplicatorState]'",
    )
    await world.type(
      "kafka-replicator describe-replicator --replicator-arn $ARN --output yaml \\\n  --query 'ReplicationInfoList[0].TopicReplication'",
    )
  },
}
