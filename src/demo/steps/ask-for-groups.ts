import { REPLICATOR } from '../files.js'
import type { Step } from '../step.js'

/** What one asks before an application changes sides. */
export const askForGroups: Step = {
  title: 'May the application move?',
  explain:
    'The replicator keeps each group on the target where it stands on the source: at the first record that it has not consumed. `wait` is for scripts; `status` counts what would be read again if the application moved now.',
  async act(world) {
    // One look is enough here, where nobody commits meanwhile; less than the demo itself waits for a command.
    await world.type(
      `kafka-replicator wait --replicator-name ${REPLICATOR} \\\n  --for groups-synced --samples 1 --interval 1 --timeout 50`,
    )
    await world.type(`kafka-replicator status --replicator-name ${REPLICATOR}`)
  },
}
