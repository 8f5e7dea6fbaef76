import type { Clock } from '../clock.js'
import { Code } from '../wire/kafka-errors.js'
import { NO_UUID, type TopicMetadata } from '../wire/messages/metadata.js'
import type { Cluster } from './cluster.js'

export interface Leader {
  nodeId: number
  epoch: number
}

/** Stale answers of several partitions at once lead to one question, not to a storm of them. */
const REFRESH_PAUSE_MS = 250
/** One metadata request carries at most so many names: an answer stays below about a MiB. */
const TOPICS_PER_REQUEST = 1_000

/** A question that still takes in names; all who add some wait for its answer. */
interface Round {
  names: Set<string>
  done: Promise<void>
}

/** Who leads each partition of the topics in use. Asked again when a broker says it no longer does. */
export class Leaders {
  private readonly cluster: Cluster
  private readonly clock: Clock
  private readonly topics = new Map<string, TopicMetadata>()
  private readonly lastIds = new Map<string, string>()
  /** Ids of topics that were created anew since: a broker that lags behind may still name them. */
  private readonly formerIds = new Set<string>()
  private lastRefresh = Number.NEGATIVE_INFINITY
  private asking: Promise<void> = Promise.resolve()
  private next: Round | undefined

  constructor(cluster: Cluster, clock: Clock) {
    this.cluster = cluster
    this.clock = clock
  }

  /** The leader of a partition, or undefined while it has none or is not known. */
  of(topic: string, partition: number): Leader | undefined {
    const rows = this.topics.get(topic)?.partitions
    // They are sorted, so that it stands at its own number, unless a broker has left some out.
    const there = rows?.[partition]
    const row = there?.partition === partition ? there : rows?.find(p => p.partition === partition)
    return row === undefined || row.leader < 0 ? undefined : { nodeId: row.leader, epoch: row.leaderEpoch }
  }

  /** What is known of a topic; undefined where it was not asked for or does not exist. */
  topic(name: string): TopicMetadata | undefined {
    const topic = this.topics.get(name)
    return topic?.errorCode === 0 ? topic : undefined
  }

  /** Whether the last answer about a topic was that there is none. */
  isGone(name: string): boolean {
    return this.topics.get(name)?.errorCode === Code.UnknownTopicOrPartition
  }

  /** Takes rows of an answer that somebody else has asked for. */
  learn(topics: readonly TopicMetadata[]): void {
    for (const topic of topics) {
      if (this.isOutdated(topic)) continue
      topic.partitions.sort((a, b) => a.partition - b.partition)
      this.topics.set(topic.name, topic)
    }
  }

  /**
   * Asks again for these topics, or for all in use; calls at the same time share one answer, which is never older than
   * the call. Rejects when no broker answers.
   */
  refresh(names: Iterable<string> = this.topics.keys()): Promise<void> {
    this.next ??= this.nextRound()
    for (const name of names) this.next.names.add(name)
    return this.next.done
  }

  private nextRound(): Round {
    const names = new Set<string>()
    const done = this.asking.then(() => this.ask(names))
    this.asking = done.catch(() => {}) // told to those who wait for `done`; the next round is asked all the same
    return { names, done }
  }

  private async ask(names: ReadonlySet<string>): Promise<void> {
    const wait = this.lastRefresh + REFRESH_PAUSE_MS - this.clock.monotonic()
    if (wait > 0) await this.clock.sleep(wait)
    this.lastRefresh = this.clock.monotonic()
    this.next = undefined
    const all = [...names]
    for (let i = 0; i < all.length; i += TOPICS_PER_REQUEST) {
      const part = all.slice(i, i + TOPICS_PER_REQUEST)
      const answer = await this.cluster.metadata(part)
      const answered = new Set(answer.topics.map(({ name }) => name))
      for (const name of part) if (!answered.has(name)) this.topics.delete(name)
      this.learn(answer.topics)
    }
  }

  /** An id never comes back: once a name bears another one, an answer with the former is older than what is known. */
  private isOutdated({ name, topicId }: TopicMetadata): boolean {
    if (topicId === NO_UUID) return false
    if (this.formerIds.has(topicId)) return true
    const last = this.lastIds.get(name)
    if (last !== undefined && last !== topicId) this.formerIds.add(last)
    this.lastIds.set(name, topicId)
    return false
  }
}
