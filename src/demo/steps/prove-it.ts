import { REPLICATOR } from '../files.js'
import type { Step } from '../step.js'

/** Exit code 0 of verify means equal; any other ends the demo with that code. */
export const proveIt: Step = {
  title: 'Prove it',
  explain:
    'Reads both clusters with a reader of its own and compares each partition, record by record: in order, byte for byte, once. Exit code 0 means equal.',
  async act(world) {
    await world.type(`kafka-replicator verify --replicator-name ${REPLICATOR}`)
  },
}
