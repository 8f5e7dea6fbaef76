import { send } from '../send.js'
import type { Step } from '../step.js'

/** The second message crosses live. */
export const sendAnother: Step = {
  title: 'Send another message while it runs',
  explain: 'The first message crossed when the replicator started; this one is forwarded as soon as it arrives.',
  async act(world) {
    await send(world, 'This is the 2nd message to the topic.')
  },
}
