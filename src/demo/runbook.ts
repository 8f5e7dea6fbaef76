import { ExitCode, UserError } from '../errors.js'
import type { LocalKafka } from '../local-kafka/local-kafka.js'
import { REPLICATOR } from './files.js'
import type { DemoWorld } from './world.js'

/** Producers and consumers of the demo are its own steps; hooks write into files of these names where they are. */
const APPLICATIONS = ['consumers', 'producers'] as const

/** Short waits, so that one sees it all in a minute. In earnest the defaults look longer. */
const SHORT_GATES = '--samples 2 --interval 1 --timeout 60'

/**
 * A failover or failback as one types it, with hooks that note where the applications are.
 *
 * @param to the side that they go to
 */
export function runbookCommand(name: 'failover' | 'failback', to: 'SOURCE' | 'TARGET'): string {
  return command(`${name} --replicator-name ${REPLICATOR} --yes`, to, [`--on stop-producers='echo stopped >producers'`])
}

/** The same when the source is lost: there is nobody to stop there. */
export function unplannedCommand(): string {
  return command(`failover --replicator-name ${REPLICATOR} --unplanned --yes`, 'TARGET', [])
}

function command(words: string, to: 'SOURCE' | 'TARGET', hooks: readonly string[]): string {
  const start = (what: string) => `--on start-${what}='echo $KAFKA_REPLICATOR_${to}_BROKERS >${what}'`
  return [`kafka-replicator ${words}`, SHORT_GATES, ...hooks, ...APPLICATIONS.map(start)].join(' \\\n  ')
}

/** Shows where the hooks have sent the applications. @throws UserError when that is not this cluster alone. */
export async function expectApplicationsAt(world: DemoWorld, { name, bootstrapServers }: LocalKafka): Promise<void> {
  const places = await world.type(`cat ${APPLICATIONS.join(' ')}`)
  if (places !== `${bootstrapServers}\n`.repeat(APPLICATIONS.length)) {
    throw new UserError(`The hooks were to send the applications to the ${name}, ${bootstrapServers}.`, {
      exitCode: ExitCode.No,
      fix: 'This is a fault of kafka-replicator: please report it with this output.',
    })
  }
  world.narrator.done(`consumers and producers were sent to the ${name}`)
}
