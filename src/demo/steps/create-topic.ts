import { PARTITIONS, TOPIC } from '../files.js'
import { send } from '../send.js'
import type { Step } from '../step.js'

/** Something to copy. */
export const createTopic: Step = {
  title: 'A topic with a first message on the source',
  explain:
    "Something to copy, there before any replicator is. The demo uses a small client for it; with Kafka's own tools you would type this.",
  async act(world) {
    const { source } = world.clusters
    world.narrator.command(
      `kafka-topics.sh --bootstrap-server ${source.bootstrapServers} \\\n  --create --topic ${TOPIC} --partitions ${PARTITIONS}`,
    )
    await world.narrator.during('', () => source.createTopic(TOPIC, PARTITIONS))
    await send(world, 'This is a customer topic')
  },
}
