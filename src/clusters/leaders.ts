import type { Clock } from '../clock.js'
import type { TopicMetadata } from '../wire/messages/metadata.js'
import type { Cluster } from './cluster.js'

export interface Leader {
  nodeId: number
  epoch: number
}

/** Stale answers of several partitions at once lead to one question, not to a storm of them. */
const REFRESH_PAUSE_MS = 250
/** One metadata request carries at most so many names: an answer stays below about a MiB. */
const TOPICS_PER_REQUEST = 1_000

/** Who leads each partition of the topics in use. Asked again when a broker says it no longer does. */
export class Leaders {
  private readonly cluster: Cluster
  private readonly clock: Clock
  private readonly topics = new Map<string, TopicMetadata>()
  private lastRefresh = Number.NEGATIVE_INFINITY
  private refreshing: Promise<void> | undefined

  constructor(cluster: Cluster, clock: Clock) {
    this.cluster = cluster
    this.clock = clock
  }

  /** The leader of a partition, or undefined while it has none or is not known. */
  of(topic: string, partition: number): Leader | undefined {
    const row = this.topics.get(topic)?.partitions.find(p => p.partition === partition)
    return row === undefined || row.leader < 0 ? undefined : { nodeId: row.leader, epoch: row.leaderEpoch }
  }

  /** What is known of a topic; undefined where it was not asked for or does not exist. */
  topic(name: string): TopicMetadata | undefined {
    const topic = this.topics.get(name)
    return topic?.errorCode === 0 ? topic : undefined
  }

  /** Takes rows of an answer that somebody else has asked for. */
  learn(topics: readonly TopicMetadata[]): void {
    for (const topic of topics) {
      topic.partitions.sort((a, b) => a.partition - b.partition)
      this.topics.set(topic.name, topic)
    }
  }

  /** Asks again for all topics in use; calls at the same time share one answer. Rejects when no broker answers. */
  refresh(): Promise<void> {
    this.refreshing ??= this.ask().finally(() => {
      this.refreshing = undefined
    })
    return this.refreshing
  }

  private async ask(): Promise<void> {
    const wait = this.lastRefresh + REFRESH_PAUSE_MS - this.clock.monotonic()
    if (wait > 0) await this.clock.sleep(wait)
    this.lastRefresh = this.clock.monotonic()
    const names = [...this.topics.keys()]
    for (let i = 0; i < names.length; i += TOPICS_PER_REQUEST) {
      const answer = await this.cluster.metadata(names.slice(i, i + TOPICS_PER_REQUEST))
      this.learn(answer.topics)
    }
  }
}
