import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ExitCode, UserError } from '../errors.js'
import type { LocalKafka } from '../local-kafka/local-kafka.js'
import { REPLICATOR } from './files.js'
import type { DemoWorld } from './world.js'

/** Producers and consumers of the demo are its own steps; what a hook does to them is written here, by their name. */
const APPLICATIONS = ['consumers', 'producers'] as const

/** Short waits, so that one sees it all in a minute. In earnest the defaults look longer. */
const SHORT_GATES = '--samples 2 --interval 1 --timeout 60'

/**
 * A failover or failback as one types it, with hooks that note where the applications are.
 *
 * @param to the side that they go to
 */
export function runbookCommand(name: 'failover' | 'failback', to: 'SOURCE' | 'TARGET', more: readonly string[] = []) {
  const start = (what: string) => `--on start-${what}='echo $KAFKA_REPLICATOR_${to}_BROKERS | tee ${what}'`
  return [
    `kafka-replicator ${name} --replicator-name ${REPLICATOR} --yes`,
    ...more,
    SHORT_GATES,
    `--on stop-producers='echo stopped | tee producers'`,
    ...APPLICATIONS.map(start),
  ].join(' \\\n  ')
}

/** Shows where the hooks have sent the applications. @throws UserError when that is not this cluster. */
export async function expectApplicationsAt({ folder, narrator }: DemoWorld, kafka: LocalKafka): Promise<void> {
  const places = await Promise.all(
    APPLICATIONS.map(async what => (await readFile(join(folder.path, what), 'utf8')).trim()),
  )
  if (places.some(place => place !== kafka.bootstrapServers)) {
    throw new UserError(
      `The hooks were to send the applications to ${kafka.bootstrapServers}, not to ${places.join(' and ')}.`,
      {
        exitCode: ExitCode.No,
        fix: 'This is a fault of kafka-replicator: please report it with this output.',
      },
    )
  }
  narrator.done(`consumers and producers were sent to the ${kafka.name}, ${kafka.bootstrapServers}`)
}
