import type { Api } from '../wire/api.js'
import { Code, type KafkaError } from '../wire/kafka-errors.js'
import { createPartitions } from '../wire/messages/create-partitions.js'
import { createTopics, type TopicOutcome } from '../wire/messages/create-topics.js'
import { deleteTopics } from '../wire/messages/delete-topics.js'
import { describeConfigs } from '../wire/messages/describe-configs.js'
import { type ConfigChange, incrementalAlterConfigs } from '../wire/messages/incremental-alter-configs.js'
import { chunksOf } from './chunks.js'
import type { Cluster } from './cluster.js'
import { type Right, refusal } from './refusal.js'

export interface NewTopic {
  topic: string
  partitions: number
  replicationFactor: number
  configs: Record<string, string>
}

/** What of a request that named several topics was refused: topic → the broker's word. The others are done. */
export type Refusals = Map<string, KafkaError>

/**
 * New partitions in one request. 34 such requests took a controller 12 s on a very busy machine, so one ends well
 * within the timeout; KRaft refuses a request of more than 10,000 as a whole.
 */
const PARTITIONS_PER_REQUEST = 300
/** How long the controller may take; below the 30 s after which a connection counts as lost. */
const CREATE_TIMEOUT_MS = 20_000
/** A controller that has just moved says so; it is asked for anew so often. */
const CONTROLLER_TRIES = 3
/** A describe answer holds about 2 KiB a topic. */
const DESCRIBED_PER_REQUEST = 250
const ALTERED_PER_REQUEST = 250
const UNKNOWN_SERVER_ERROR = -1

/**
 * Creates and configures topics on one cluster, many in one request: what is wrong with one of them is told of that
 * one alone. All methods reject only when no broker answers.
 */
export class TopicAdmin {
  private readonly cluster: Cluster

  constructor(cluster: Cluster) {
    this.cluster = cluster
  }

  /** Creates a topic; one that exists already is left as it is. Throws the broker's refusal. */
  async create(topic: NewTopic): Promise<void> {
    const [refused] = (await this.createAll([topic])).refusals.values()
    if (refused) throw refused
  }

  /** Creates topics; those that exist already are left as they are, and are neither created nor refused. */
  async createAll(topics: readonly NewTopic[]): Promise<{ created: Set<string>; refusals: Refusals }> {
    const outcomes: TopicOutcome[] = []
    for (const chunk of chunksOf(topics, PARTITIONS_PER_REQUEST, ({ partitions }) => partitions)) {
      const rows = await this.createTogether(chunk)
      // A controller that stumbles over one topic (a policy of the cluster's owner, say) refuses all of the request.
      const stumbled = chunk.length > 1 && rows.every(({ errorCode }) => errorCode === UNKNOWN_SERVER_ERROR)
      if (!stumbled) outcomes.push(...rows)
      else for (const topic of chunk) outcomes.push(...(await this.createTogether([topic])))
    }
    const created = outcomes.filter(({ errorCode }) => errorCode === Code.None).map(({ topic }) => topic)
    const refused = outcomes.filter(({ errorCode }) => errorCode !== Code.TopicAlreadyExists)
    return {
      created: new Set(created),
      refusals: this.refusalsOf(refused, 'Create', topic => `creating topic ${topic}`),
    }
  }

  /** Raises topics to `partitions` each; `from` is how many they have. */
  async growAll(topics: readonly { topic: string; from: number; partitions: number }[]): Promise<Refusals> {
    const rows: TopicOutcome[] = []
    for (const chunk of chunksOf(topics, PARTITIONS_PER_REQUEST, ({ from, partitions }) => partitions - from)) {
      const goals = chunk.map(({ topic, partitions }) => ({ topic, count: partitions }))
      rows.push(...(await this.onController(createPartitions, { topics: goals, timeoutMs: CREATE_TIMEOUT_MS })))
    }
    return this.refusalsOf(rows, 'Alter', topic => `adding partitions to topic ${topic}`)
  }

  /** Deletes a topic. Throws the broker's refusal. */
  async delete(topic: string): Promise<void> {
    const rows = await this.onController(deleteTopics, { topics: [topic], timeoutMs: CREATE_TIMEOUT_MS })
    const [refused] = this.refusalsOf(rows, 'Delete', name => `deleting topic ${name}`).values()
    if (refused) throw refused
  }

  /** The overrides set on each topic itself, without those from a broker's defaults; or why they are not told. */
  async overrides(topics: readonly string[]): Promise<Map<string, Map<string, string> | KafkaError>> {
    const result = new Map<string, Map<string, string> | KafkaError>()
    for (const chunk of chunksOf(topics, DESCRIBED_PER_REQUEST)) {
      for (const row of await this.cluster.callAny(describeConfigs, { topics: chunk })) {
        const refused = this.refusalOf(row, 'DescribeConfigs', `reading the configuration of topic ${row.topic}`)
        result.set(row.topic, refused ?? row.overrides)
      }
    }
    return result
  }

  /** Sets and removes single overrides and leaves all others alone (AlterConfigs would replace the whole set). */
  async alterAll(topics: readonly { topic: string; changes: ConfigChange[] }[]): Promise<Refusals> {
    const rows: TopicOutcome[] = []
    for (const chunk of chunksOf(topics, ALTERED_PER_REQUEST)) {
      rows.push(...(await this.cluster.callAny(incrementalAlterConfigs, { topics: chunk })))
    }
    return this.refusalsOf(rows, 'AlterConfigs', topic => `configuring topic ${topic}`)
  }

  private createTogether(topics: readonly NewTopic[]): Promise<TopicOutcome[]> {
    return this.onController(createTopics, { topics, timeoutMs: CREATE_TIMEOUT_MS })
  }

  /** With ZooKeeper only the controller takes these; with KRaft every broker passes them on. */
  private async onController<Request>(api: Api<Request, TopicOutcome[]>, request: Request): Promise<TopicOutcome[]> {
    for (let tries = 1; ; tries++) {
      const { controllerId } = await this.cluster.metadata([])
      const rows = await this.cluster.call(controllerId, api, request)
      const hasMoved = rows.some(({ errorCode }) => errorCode === Code.NotController)
      if (!hasMoved || tries === CONTROLLER_TRIES) return rows
    }
  }

  private refusalsOf(
    rows: readonly TopicOutcome[],
    operation: Right['operation'],
    where: (topic: string) => string,
  ): Refusals {
    return new Map(
      rows.flatMap(row => {
        const refused = this.refusalOf(row, operation, where(row.topic))
        return refused ? [[row.topic, refused] as const] : []
      }),
    )
  }

  private refusalOf(
    { topic, errorCode, errorMessage }: TopicOutcome,
    operation: Right['operation'],
    where: string,
  ): KafkaError | undefined {
    if (errorCode === Code.None) return undefined
    return refusal(this.cluster, errorCode, where, { operation, resource: `topic ${topic}` }, errorMessage)
  }
}
