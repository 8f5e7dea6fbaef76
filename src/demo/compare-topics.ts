import { ExitCode, UserError } from '../errors.js'
import type { IncomingRecord } from '../local-kafka/kafkajs-client.js'
import { TOPIC } from './files.js'
import type { DemoWorld } from './world.js'

/**
 * Reads both sides with an ordinary consumer and answers what lies on the target: exactly what was sent, and so does the
 * source, in the same partitions at the same offsets. @throws UserError when it is anything else.
 */
export async function readBoth({ clusters, narrator, sent }: DemoWorld): Promise<IncomingRecord[]> {
  const { source, target } = clusters
  const [wanted, found] = await narrator.during('', async (): Promise<[IncomingRecord[], IncomingRecord[]]> => {
    // Once as many are there as were sent, everything is read: one too many must not go unseen.
    await target.read(TOPIC, { count: sent.length })
    return [await source.read(TOPIC), await target.read(TOPIC)]
  })
  const texts = found.map(({ value }) => value?.toString() ?? '')
  const asSent = texts.toSorted().join('\n') === sent.toSorted().join('\n')
  if (asSent && placed(wanted) === placed(found)) return found
  throw new UserError(
    `The source holds ${wanted.length} messages and the target ${texts.length}; both were to hold the ${sent.length} that were sent, at the same places.`,
    {
      exitCode: ExitCode.No,
      fix: 'This is a fault of kafka-replicator: please report it with this output.',
    },
  )
}

function placed(records: IncomingRecord[]): string {
  return records
    .map(({ partition, offset, value }) => `${partition} ${offset} ${value?.toString() ?? ''}`)
    .toSorted()
    .join('\n')
}

/** A line for each, as they were sent. */
export function described(records: IncomingRecord[]): string[] {
  const inOrder = records.toSorted((one, other) => one.timestamp - other.timestamp)
  return inOrder.map(
    ({ partition, offset, value }) => `partition ${partition}  offset ${offset}  ${value?.toString() ?? ''}`,
  )
}
