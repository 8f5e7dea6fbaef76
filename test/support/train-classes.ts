import { join } from 'node:path'
import { withLock } from '../../src/local-kafka/cache-lock.js'
import { cacheFolder, type KafkaVersion, kafkaJars } from '../../src/local-kafka/jars.js'
import { LocalKafka } from '../../src/local-kafka/local-kafka.js'
import { OutsideClient } from '../../src/local-kafka/outside-client.js'
import { outsideClientProgram } from '../../src/local-kafka/outside-client-command.js'

const VERSIONS: readonly KafkaVersion[] = ['4.2.0', '2.8.1']
/** A JVM writes 50 MB when it ends; on a busy machine that takes its time. */
const WRITING_MS = 60_000

/**
 * Makes the archives of classes (class-archive.ts) that are not there: a broker and an outside client do once what they do
 * in most tests, and end. Some ten seconds, once for each version of the jars; the tests save that many times over.
 * @throws UserError when a broker cannot be started here.
 */
export default async function trainClasses(): Promise<void> {
  const program = await outsideClientProgram()
  await withLock(join(cacheFolder(), 'train.lock'), async () => {
    for (const version of VERSIONS) {
      const { classes } = await kafkaJars(version)
      if (!classes.exists) await classes.make(jvmOption => trainBroker(version, jvmOption))
    }
    if (!program.classes.exists) await program.classes.make(jvmOption => trainOutsideClient(jvmOption))
  })
}

async function trainBroker(version: KafkaVersion, jvmOption: string): Promise<void> {
  await using kafka = await LocalKafka.start({ version, name: 'classes', jvmOption })
  await using client = await OutsideClient.start(kafka.bootstrapServers)
  await work(client)
  await kafka.stop()
}

async function trainOutsideClient(jvmOption: string): Promise<void> {
  await using kafka = await LocalKafka.start({ name: 'classes' })
  const client = await OutsideClient.start(kafka.bootstrapServers, { jvmOption })
  try {
    await work(client)
  } finally {
    await client.close(WRITING_MS)
  }
}

/** What most tests do. */
async function work(client: OutsideClient): Promise<void> {
  const topic = 'classes'
  await client.createTopic(topic, 1)
  await client.load({ topic, partitions: 1, records: 100, recordSize: 100 })
  await client.digest(topic)
  await client.read(topic)
}
