import { readAsGroup } from '../read-as-group.js'
import type { Step } from '../step.js'

/** Messages 3 and 4. */
const NOT_CONSUMED = 2

/** The group goes on, on the other cluster; it must read what it has not read, and that once. */
export const readAsGroupOnTarget: Step = {
  title: 'The application goes on, on the target',
  explain:
    'The same program with the same group and another bootstrap server. It goes on behind message 2, the last that it has read on the source: nothing comes again, nothing is left out.',
  async act(world) {
    await readAsGroup(world, world.clusters.target, world.sent.slice(-NOT_CONSUMED))
    world.narrator.done('messages 3 and 4, and no others')
  },
}
