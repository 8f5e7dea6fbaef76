import { sendAlone } from '../send.js'
import type { Step } from '../step.js'

/** A record that nobody has copied, and then no broker to copy it from. */
export const loseSource: Step = {
  title: 'One more message, then the source dies',
  explain: 'The replicator does not run, so message 6 is on the source alone when its broker is ended with SIGKILL.',
  endsReplicator: true,
  async act(world) {
    const { source } = world.clusters
    await sendAlone(world, 'This is the 6th message to the topic.', source)
    world.narrator.command('kill -9 $BROKER')
    await source.kill()
  },
}
