import { quoted } from './demo-folder.js'
import { TOPIC } from './files.js'
import type { DemoWorld } from './world.js'

/** Sends a message to the source and shows how a user would. */
export async function send(world: DemoWorld, message: string): Promise<void> {
  const { source } = world.clusters
  world.narrator.command(
    `echo ${quoted(message)} | kafka-console-producer.sh \\\n  --bootstrap-server ${source.bootstrapServers} --topic ${TOPIC}`,
  )
  await world.narrator.during('', () => source.produce(TOPIC, [{ value: message }]))
  world.sent.push(message)
}
