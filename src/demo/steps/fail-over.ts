import { expectApplicationsAt, runbookCommand } from '../runbook.js'
import type { Step } from '../step.js'

/** The real command; it proves each step itself and ends with 0 only then. */
export const failOver: Step = {
  title: 'Planned failover',
  explain:
    'The applications leave the source, and nothing may be lost: no producer writes, all is on the target, each group stands there at its record and is frozen, both sides are compared. Hooks stop and start what is yours; here they note where the applications are.',
  async act(world) {
    await world.typeRunbook(runbookCommand('failover', 'TARGET'))
    await expectApplicationsAt(world, world.clusters.target)
  },
}
