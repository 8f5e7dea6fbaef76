import { readBoth } from '../compare-topics.js'
import { REPLICATOR, TOPIC } from '../files.js'
import type { Step } from '../step.js'

/** After the kill: the exact number, by a client that is none of ours, and the proof. */
export const countMessages: Step = {
  title: 'Nothing lost, nothing doubled',
  explain:
    'Counted by an ordinary consumer, then proven: what was on its way at the kill has come once. `verify` counts apart what was written on the target itself, messages 3 and 4.',
  async act(world) {
    const { narrator, clusters } = world
    narrator.command(
      `kafka-console-consumer.sh --bootstrap-server ${clusters.target.bootstrapServers} \\\n  --topic ${TOPIC} --from-beginning --timeout-ms 5000 | wc -l`,
    )
    narrator.output(String((await readBoth(world)).length))
    await world.type(`kafka-replicator verify --replicator-name ${REPLICATOR}`)
  },
}
