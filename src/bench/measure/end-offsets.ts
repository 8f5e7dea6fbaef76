import { Cluster } from '../../clusters/cluster.js'
import { LATEST_TIMESTAMP, listOffsets } from '../../wire/messages/list-offsets.js'

/** Asks one broker for end offsets over one open connection: cheap enough to ask twenty times a second. */
export class EndOffsets {
  readonly #cluster: Cluster
  readonly #nodeId: number

  private constructor(cluster: Cluster, nodeId: number) {
    this.#cluster = cluster
    this.#nodeId = nodeId
  }

  static async connect(bootstrapServers: string, name: string): Promise<EndOffsets> {
    const cluster = new Cluster({
      alias: name,
      reference: name,
      expectedClusterId: undefined,
      bootstrapBrokers: [bootstrapServers],
    })
    await cluster.connect()
    return new EndOffsets(cluster, cluster.nodeIds()[0]!)
  }

  /** The sum over all partitions; undefined while the topic, or one of these partitions, is not there. */
  async sum(topic: string, partitions: number): Promise<number | undefined> {
    const wanted = Array.from({ length: partitions }, (_, partition) => ({ partition, timestamp: LATEST_TIMESTAMP }))
    const answer = await this.#cluster.call(this.#nodeId, listOffsets, {
      isolation: 'read_uncommitted',
      topics: [{ topic, partitions: wanted }],
    })
    if (answer.some(({ errorCode }) => errorCode !== 0)) return undefined
    return answer.reduce((sum, { offset }) => sum + offset, 0)
  }

  /** Names of all topics of the cluster. */
  async topics(): Promise<string[]> {
    const { topics } = await this.#cluster.metadata(null)
    return topics.map(({ name }) => name)
  }

  close(): Promise<void> {
    return this.#cluster.close()
  }
}
