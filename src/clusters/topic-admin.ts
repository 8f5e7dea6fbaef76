import type { Admin } from 'kafkajs'
import { KafkaError } from '../wire/kafka-errors.js'
import { type ConfigChange, incrementalAlterConfigs } from '../wire/messages/incremental-alter-configs.js'
import type { Cluster } from './cluster.js'
import { makeKafkajs } from './kafkajs-internals.js'

export interface NewTopic {
  topic: string
  partitions: number
  replicationFactor: number
  configs: Record<string, string>
}

/** Kafka: `DescribeConfigsResponse.ConfigSource.TOPIC_CONFIG`, an override on the topic itself. */
const TOPIC_OVERRIDE = 1
const TOPIC_RESOURCE = 2
const TOPIC_ALREADY_EXISTS = 36
/** A describe answer holds about 4 KiB a topic. */
const TOPICS_PER_REQUEST = 100

/** Creates and configures topics on one cluster. kafkajs does it where it can; what it lacks goes over our own wire. */
export class TopicAdmin {
  private readonly cluster: Cluster
  private admin: Promise<Admin> | undefined

  constructor(cluster: Cluster) {
    this.cluster = cluster
  }

  /** Creates a topic; one that exists already is left as it is and answers false. Throws the broker's refusal. */
  async create({ topic, partitions, replicationFactor, configs }: NewTopic): Promise<boolean> {
    const admin = await this.connected()
    const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }))
    try {
      return await admin.createTopics({
        waitForLeaders: false,
        topics: [{ topic, numPartitions: partitions, replicationFactor, configEntries }],
      })
    } catch (error) {
      throw brokerError(error, `creating topic ${topic}`)
    }
  }

  /** Raises the number of partitions to `count`. Throws the broker's refusal. */
  async growTo(topic: string, count: number): Promise<void> {
    const admin = await this.connected()
    try {
      await admin.createPartitions({ topicPartitions: [{ topic, count }] })
    } catch (error) {
      throw brokerError(error, `raising topic ${topic} to ${count} partitions`)
    }
  }

  async delete(topic: string): Promise<void> {
    const admin = await this.connected()
    await admin.deleteTopics({ topics: [topic] })
  }

  /** The overrides set on each topic itself; what comes from a broker's defaults is left out. */
  async overrides(topics: readonly string[]): Promise<Map<string, Map<string, string>>> {
    const admin = await this.connected()
    const result = new Map<string, Map<string, string>>()
    for (let i = 0; i < topics.length; i += TOPICS_PER_REQUEST) {
      const resources = topics.slice(i, i + TOPICS_PER_REQUEST).map(name => ({ type: TOPIC_RESOURCE, name }))
      const { resources: answers } = await admin.describeConfigs({ includeSynonyms: false, resources })
      for (const { resourceName, configEntries } of answers) {
        const own = configEntries.filter(entry => Number(entry.configSource) === TOPIC_OVERRIDE && !entry.isSensitive)
        result.set(resourceName, new Map(own.map(entry => [entry.configName, entry.configValue])))
      }
    }
    return result
  }

  /** Sets and removes single overrides and leaves all others alone (AlterConfigs would replace the whole set). */
  async alter(topic: string, changes: ConfigChange[]): Promise<void> {
    const [row] = await this.cluster.callAny(incrementalAlterConfigs, { topics: [{ topic, changes }] })
    if (row && row.errorCode !== 0) throw new KafkaError(row.errorCode, `configuring topic ${topic}`, row.errorMessage)
  }

  async close(): Promise<void> {
    const admin = this.admin
    this.admin = undefined
    if (admin) await (await admin).disconnect()
  }

  private connected(): Promise<Admin> {
    this.admin ??= this.connect()
    return this.admin
  }

  private async connect(): Promise<Admin> {
    const admin = makeKafkajs(this.cluster.options).admin()
    try {
      await admin.connect()
      return admin
    } catch (error) {
      this.admin = undefined
      throw error
    }
  }
}

/** kafkajs wraps what brokers say; the code inside is what the rest of this tool decides by. */
function brokerError(error: unknown, where: string): unknown {
  const inner = (error as { errors?: unknown[] }).errors?.[0] ?? error
  const code = (inner as { code?: unknown }).code
  return typeof code === 'number' && code !== TOPIC_ALREADY_EXISTS
    ? new KafkaError(code, where, (inner as Error).message)
    : error
}
