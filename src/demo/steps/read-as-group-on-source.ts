import { GROUP } from '../files.js'
import { readAsGroup } from '../read-as-group.js'
import type { Step } from '../step.js'

/** What the group has consumed before it moves. */
export const readAsGroupOnSource: Step = {
  title: 'An application reads on the source',
  explain: `Its consumer group is ${GROUP}. It reads both messages, commits its offsets and stops.`,
  async act(world) {
    await readAsGroup(world, world.clusters.source, world.sent)
  },
}
