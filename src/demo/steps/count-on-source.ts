import { ExitCode, UserError } from '../../errors.js'
import { described, readBoth } from '../compare-topics.js'
import { TOPIC } from '../files.js'
import type { Step } from '../step.js'

/** The promise of the walk-through: two from here, two from there, and none of them twice. */
const MESSAGES = 4

/** What came home, by a client that is none of ours. */
export const countOnSource: Step = {
  title: 'Exactly four messages on the source',
  explain:
    'Messages 1 and 2 had been copied to the target and have not come back as copies; 3 and 4 have come once. The target holds the same, at the same offsets.',
  async act(world) {
    const { narrator, clusters } = world
    narrator.command(
      `kafka-console-consumer.sh --bootstrap-server ${clusters.source.bootstrapServers} \\\n  --topic ${TOPIC} --from-beginning`,
    )
    const records = await readBoth(world)
    narrator.output(described(records).join('\n'))
    if (records.length !== MESSAGES) {
      throw new UserError(`${records.length} messages are there instead of ${MESSAGES}.`, {
        exitCode: ExitCode.No,
        fix: 'This is a fault of kafka-replicator: please report it with this output.',
      })
    }
    narrator.done(`${MESSAGES} messages, no duplicates`)
  },
}
