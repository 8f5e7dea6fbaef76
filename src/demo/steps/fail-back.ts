import { expectApplicationsAt, runbookCommand } from '../runbook.js'
import type { Step } from '../step.js'

/** The real command; the reverse replicator is its own affair. */
export const failBack: Step = {
  title: 'Failback',
  explain:
    'The source (the primary) is there again. A replicator of the other direction brings home what was written on the target (the secondary), and the groups with it; it runs inside this command and goes with it.',
  async act(world) {
    await world.typeRunbook(runbookCommand('failback', 'SOURCE'))
    await expectApplicationsAt(world, world.clusters.source)
  },
}
