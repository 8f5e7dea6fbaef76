import { readBoth } from '../compare-topics.js'
import { GROUP } from '../files.js'
import { send } from '../send.js'
import type { Step } from '../step.js'

/** What the group has not consumed when it moves. */
export const sendTwoMore: Step = {
  title: 'Two more messages, while the application is down',
  explain: `They cross like the others. Group ${GROUP} does not read them on the source any more.`,
  async act(world) {
    await send(world, 'This is the 3rd message to the topic.')
    await send(world, 'This is the 4th message to the topic.')
    await readBoth(world)
  },
}
