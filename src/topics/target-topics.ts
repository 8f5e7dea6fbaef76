import type { Clock } from '../clock.js'
import type { ClusterSide } from '../clusters/cluster-side.js'
import { refusal } from '../clusters/refusal.js'
import type { EventListener } from '../events.js'
import { isCopiedConfig } from '../policy/config-plan.js'
import { replicationFactorFor } from '../policy/topic-plan.js'
import { Code } from '../wire/kafka-errors.js'
import { isReady, type SelectedTopic } from './selected-topic.js'
import type { TopicTroubles } from './topic-troubles.js'

/** A broker that brings forth no topic for so long is not just busy; the rest comes with the next round. */
const STALL_MS = 10_000
/** So long the topics that are ready wait for the others: a broker makes 10,000 logs in about that time. */
const READY_MS = 60_000
/** A topic is mostly there at once; an answer about thousands must not be asked for all the time. */
const POLL_MS = { first: 50, most: 1_000 } as const

/** The topics of the target: found, created, grown. */
export class TargetTopics {
  private readonly target: ClusterSide
  private readonly troubles: TopicTroubles
  private readonly clock: Clock
  private readonly emit: EventListener

  constructor(target: ClusterSide, troubles: TopicTroubles, clock: Clock, emit: EventListener) {
    this.target = target
    this.troubles = troubles
    this.clock = clock
    this.emit = emit
  }

  /** Looks the targets up. One that is not there is no trouble, one that may not be seen is. */
  async find(selected: readonly SelectedTopic[]): Promise<void> {
    if (selected.length === 0) return
    const { topics } = await this.target.cluster.metadata(selected.map(({ targetTopic }) => targetTopic))
    const found = new Map(topics.map(topic => [topic.name, topic]))
    for (const topic of selected) {
      const target = found.get(topic.targetTopic)
      if (target?.errorCode === Code.None) topic.target = target
      else if (target !== undefined && target.errorCode !== Code.UnknownTopicOrPartition) {
        const { targetTopic } = topic
        const needed = { operation: 'Describe', resource: `topic ${targetTopic}` } as const
        const refused = refusal(this.target.cluster, target.errorCode, `target topic ${targetTopic}`, needed)
        this.troubles.add(topic.source.name, refused)
      }
    }
    this.target.leaders.learn(topics.filter(({ errorCode }) => errorCode === Code.None))
  }

  /** Creates topics with the partitions and the configuration of their sources. */
  async create(missing: readonly SelectedTopic[]): Promise<void> {
    const replicationFactor = replicationFactorFor(this.target.cluster.brokerCount)
    const topics = missing.map(({ source, targetTopic, overrides }) => ({
      topic: targetTopic,
      partitions: source.partitions.length,
      replicationFactor,
      configs: Object.fromEntries([...(overrides ?? [])].filter(([name]) => isCopiedConfig(name))),
    }))
    const { created, refusals } = await this.target.admin.createAll(topics)
    for (const { source, targetTopic } of missing) {
      const refused = refusals.get(targetTopic)
      if (refused) this.troubles.add(source.name, refused)
      // One that an earlier round created may only show itself by now.
      else if (created.has(targetTopic)) this.tellCreated(source.name, targetTopic, source.partitions.length)
    }
  }

  /** Gives topics the partitions that they lack; `from` is how many they have. */
  async grow(small: readonly { topic: SelectedTopic; from: number }[]): Promise<void> {
    const goals = small.map(({ topic: { source, targetTopic }, from }) => {
      return { topic: targetTopic, from, partitions: source.partitions.length }
    })
    const refusals = await this.target.admin.growAll(goals)
    for (const { topic, from } of small) {
      const { source, targetTopic } = topic
      const refused = refusals.get(targetTopic)
      if (refused) this.troubles.add(source.name, refused)
      else this.tellGrown(source.name, targetTopic, { from, to: source.partitions.length })
    }
  }

  /** A broker knows a topic just created, or its new partitions, a moment later; where there are many, seconds. */
  async untilReady(changed: readonly SelectedTopic[]): Promise<void> {
    let waiting = changed.filter(({ source }) => !this.troubles.has(source.name))
    const end = this.clock.monotonic() + READY_MS
    let stalledAt = this.clock.monotonic() + STALL_MS
    for (let pause: number = POLL_MS.first; waiting.length > 0; pause = Math.min(pause * 2, POLL_MS.most)) {
      await this.find(waiting)
      const left = waiting.filter(topic => !isReady(topic) && !this.troubles.has(topic.source.name))
      if (left.length < waiting.length) stalledAt = this.clock.monotonic() + STALL_MS
      if (left.length === 0 || this.clock.monotonic() > Math.min(stalledAt, end)) return
      waiting = left
      await this.clock.sleep(pause)
    }
  }

  private tellCreated(sourceTopic: string, targetTopic: string, partitions: number): void {
    this.emit({
      code: 'topic-created',
      level: 'info',
      message: `created topic ${targetTopic} with ${partitions} partition${partitions === 1 ? '' : 's'} on ${this.target.cluster.alias}`,
      data: { sourceTopic, targetTopic, partitions },
    })
  }

  private tellGrown(sourceTopic: string, targetTopic: string, { from, to }: { from: number; to: number }): void {
    this.emit({
      code: 'partitions-added',
      level: 'info',
      message: `raised topic ${targetTopic} from ${from} to ${to} partitions, as the source has`,
      data: { sourceTopic, targetTopic, partitions: to },
    })
  }
}
