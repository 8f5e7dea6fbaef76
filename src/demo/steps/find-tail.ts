import { ExitCode, UserError } from '../../errors.js'
import { REPLICATOR } from '../files.js'
import type { Step } from '../step.js'

/** What was lost is not forgotten. */
const ONE_OFFSET = /customer p\d: source offsets (\d+)-\1 \(1\)/

/** The source is back, and its last record is named. */
export const findTail: Step = {
  title: 'The source comes back',
  explain: 'Message 6 is still there. `status` tells what never crossed; a failback would ask what is to become of it.',
  endsReplicator: true,
  async act(world) {
    const { narrator, clusters } = world
    await narrator.during('its broker starts', () => clusters.source.launch())
    // It is well only where nothing is missing.
    const status = await world.type(`kafka-replicator status --replicator-name ${REPLICATOR}`, ExitCode.No)
    if (ONE_OFFSET.test(status)) return
    throw new UserError('status was to name the one record that has not crossed.', {
      exitCode: ExitCode.No,
      fix: 'This is a fault of kafka-replicator: please report it with this output.',
    })
  },
}
