import { ExitCode, UserError } from '../../errors.js'
import type { IncomingRecord } from '../../local-kafka/kafkajs-client.js'
import { TOPIC } from '../files.js'
import type { Step } from '../step.js'

/** The copies, seen by a client that is none of ours; they must be what was sent. */
export const readTarget: Step = {
  title: 'Read the target',
  explain: 'With an ordinary consumer: both messages, in the same partitions at the same offsets as on the source.',
  async act(world) {
    const { source, target } = world.clusters
    const { narrator, sent } = world
    narrator.command(
      `kafka-console-consumer.sh --bootstrap-server ${target.bootstrapServers} \\\n  --topic ${TOPIC} --from-beginning`,
    )
    const [wanted, found] = await narrator.during('', async (): Promise<[IncomingRecord[], IncomingRecord[]]> => {
      // Once as many are there as were sent, everything is read: one too many must not go unseen.
      await target.read(TOPIC, { count: sent.length })
      return [await source.read(TOPIC), await target.read(TOPIC)]
    })
    narrator.output(described(found).join('\n'))
    const texts = found.map(({ value }) => value?.toString() ?? '')
    const asSent = texts.toSorted().join('\n') === sent.toSorted().join('\n')
    if (asSent && described(wanted).join('\n') === described(found).join('\n')) return
    throw new UserError(`The target holds ${texts.length} messages; they are not those that were sent.`, {
      exitCode: ExitCode.No,
      fix: 'This is a fault of kafka-replicator: please report it with this output.',
    })
  },
}

function described(records: IncomingRecord[]): string[] {
  const inOrder = records.toSorted((one, other) => one.timestamp - other.timestamp)
  return inOrder.map(
    ({ partition, offset, value }) => `partition ${partition}  offset ${offset}  ${value?.toString() ?? ''}`,
  )
}
