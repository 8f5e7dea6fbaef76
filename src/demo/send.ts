import type { LocalKafka } from '../local-kafka/local-kafka.js'
import { quoted } from './demo-folder.js'
import { TOPIC } from './files.js'
import type { DemoWorld } from './world.js'

/** Sends a message that both sides will have to hold, and shows how a user would. */
export async function send(world: DemoWorld, message: string, kafka: LocalKafka = world.clusters.source) {
  await sendAlone(world, message, kafka)
  world.sent.push(message)
}

/** The same for one that will not cross. */
export async function sendAlone({ narrator }: DemoWorld, message: string, kafka: LocalKafka): Promise<void> {
  narrator.command(
    `echo ${quoted(message)} | kafka-console-producer.sh \\\n  --bootstrap-server ${kafka.bootstrapServers} --topic ${TOPIC}`,
  )
  await narrator.during('', () => kafka.produce(TOPIC, [{ value: message }]))
}
