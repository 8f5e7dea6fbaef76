import { readAsGroup } from '../read-as-group.js'
import { send } from '../send.js'
import type { Step } from '../step.js'

/** The group has read four messages on two clusters; the fifth is the next one. */
export const goOnOnSource: Step = {
  title: 'The application goes on, on the source',
  explain: 'Message 5 is sent there. The group goes on behind message 4, which it has read on the target.',
  async act(world) {
    await send(world, 'This is the 5th message to the topic.')
    await readAsGroup(world, world.clusters.source, world.sent.slice(-1))
    world.narrator.done('message 5, and no other')
  },
}
