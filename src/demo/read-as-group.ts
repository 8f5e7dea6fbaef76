import { ExitCode, UserError } from '../errors.js'
import type { LocalKafka } from '../local-kafka/local-kafka.js'
import { GROUP, TOPIC } from './files.js'
import type { DemoWorld } from './world.js'

/**
 * The group reads all that it has not read yet, as a member that commits and leaves; shows how a user would, and what
 * came. @throws UserError when that is anything but these messages, each once.
 */
export async function readAsGroup(world: DemoWorld, kafka: LocalKafka, wanted: readonly string[]): Promise<void> {
  const { narrator } = world
  narrator.command(
    `kafka-console-consumer.sh --bootstrap-server ${kafka.bootstrapServers} \\\n  --topic ${TOPIC} --group ${GROUP} \\\n  --from-beginning --timeout-ms 5000`,
  )
  const records = await narrator.during('', () => kafka.read(TOPIC, { group: GROUP, commit: true }))
  const inOrder = records.toSorted((one, other) => one.timestamp - other.timestamp)
  const texts = inOrder.map(({ value }) => value?.toString() ?? '')
  narrator.output(texts.join('\n'))
  if (texts.toSorted().join('\n') === wanted.toSorted().join('\n')) return
  throw new UserError(
    `Group ${GROUP} was to read ${wanted.length} messages here and no others:\n${wanted.join('\n')}`,
    {
      exitCode: ExitCode.No,
      fix: 'This is a fault of kafka-replicator: please report it with this output.',
    },
  )
}
