import { described, readBoth } from '../compare-topics.js'
import { TOPIC } from '../files.js'
import type { Step } from '../step.js'

/** The copies, seen by a client that is none of ours; they must be what was sent. */
export const readTarget: Step = {
  title: 'Read the target',
  explain: 'With an ordinary consumer: both messages, in the same partitions at the same offsets as on the source.',
  async act(world) {
    const { narrator, clusters } = world
    narrator.command(
      `kafka-console-consumer.sh --bootstrap-server ${clusters.target.bootstrapServers} \\\n  --topic ${TOPIC} --from-beginning`,
    )
    narrator.output(described(await readBoth(world)).join('\n'))
  },
}
