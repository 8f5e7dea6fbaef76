import { send } from '../send.js'
import type { Step } from '../step.js'

/** What the primary will have to get back. */
export const sendOnTarget: Step = {
  title: 'Messages 3 and 4, on the target',
  explain: 'The producers write there now, to the topic of the same name.',
  async act(world) {
    await send(world, 'This is the 3rd message to the topic.', world.clusters.target)
    await send(world, 'This is the 4th message to the topic.', world.clusters.target)
  },
}
