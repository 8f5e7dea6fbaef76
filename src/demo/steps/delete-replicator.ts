import type { Step } from '../step.js'

/** Takes it out of the registry. */
export const deleteReplicator: Step = {
  title: 'Delete it',
  explain:
    'Takes it out of the registry of this machine, with its notes on the target. What was copied stays where it is.',
  endsReplicator: true,
  async act(world) {
    await world.type('kafka-replicator delete-replicator --replicator-arn $ARN')
  },
}
