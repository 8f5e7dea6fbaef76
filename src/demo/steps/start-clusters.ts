import type { Step } from '../step.js'

/** The two clusters, real ones. */
export const startClusters: Step = {
  title: 'Start two Kafka clusters',
  explain:
    'Apache Kafka 4.2.0, one broker each, on free ports of this machine. The first time, Maven downloads its jars; later starts take seconds.',
  async act(world) {
    const { narrator, clock } = world
    const began = clock.monotonic()
    narrator.text('')
    const { source, target } = await narrator.during('two brokers are starting', tell => world.startClusters(tell))
    for (const { name, bootstrapServers, clusterId } of [source, target]) {
      narrator.output(`${name}   ${bootstrapServers}   cluster id ${clusterId}`)
    }
    narrator.done(`both answer, after ${narrator.seconds(began)}`)
  },
}
