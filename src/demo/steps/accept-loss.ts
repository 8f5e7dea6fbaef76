import { REPLICATOR } from '../files.js'
import { expectApplicationsAt } from '../runbook.js'
import type { Step } from '../step.js'

/** The same run goes on, once somebody has decided. */
export const acceptLoss: Step = {
  title: 'Decided: go on without it',
  explain:
    'The same run is resumed, and remembers its options. Copying is stopped for good, so that nothing slips in behind the applications when the source comes back.',
  endsReplicator: true,
  async act(world) {
    await world.typeRunbook(
      `kafka-replicator failover --replicator-name ${REPLICATOR} --yes \\\n  --resume --accept-data-loss`,
    )
    await expectApplicationsAt(world, world.clusters.target)
  },
}
