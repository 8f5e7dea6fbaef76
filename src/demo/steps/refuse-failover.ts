import { ExitCode } from '../../errors.js'
import { unplannedCommand } from '../runbook.js'
import type { Step } from '../step.js'

/** Exit code 5, and nothing was touched. */
export const refuseFailover: Step = {
  title: 'Unplanned failover, refused',
  explain:
    'Nobody can say what the source held in the end, so it stops there and says so. Exit code 5: it would lose data.',
  endsReplicator: true,
  async act(world) {
    await world.typeRunbook(unplannedCommand(), ExitCode.Protected)
    world.narrator.done('refused, with exit code 5')
  },
}
