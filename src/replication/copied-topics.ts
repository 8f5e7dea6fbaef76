import type { EventListener } from '../events.js'
import { HEARTBEAT_TOPIC } from '../policy/topic-patterns.js'
import type { ProgressStore } from '../progress/progress-store.js'
import type { CopyRules } from '../records/batch-intake.js'
import { PartitionCopy } from '../records/partition-copy.js'
import { NO_TOPIC_ID, type TopicPair, type TopicSync } from '../topics/topic-sync.js'
import { changedTopic } from './changed-topic.js'
import type { CopySupervisor } from './copy-supervisor.js'
import type { ReplicatorOptions } from './replicator-options.js'
import type { TopicSnapshot } from './snapshot.js'

interface CopiedTopic {
  pair: TopicPair
  partitions: PartitionCopy[]
}

/** The topics that are being copied, and how new ones come in. */
export class CopiedTopics {
  private readonly options: ReplicatorOptions
  private readonly rules: CopyRules
  private readonly sync: TopicSync
  private readonly store: ProgressStore
  private readonly supervisor: CopySupervisor
  private readonly emit: EventListener
  private readonly topics = new Map<string, CopiedTopic>()
  /** The topics of the first discovery, those that could not be created at once among them; undefined before it. */
  private first: Set<string> | undefined
  private gone: ReadonlySet<string> = new Set()

  constructor(
    options: ReplicatorOptions,
    rules: CopyRules,
    sync: TopicSync,
    store: ProgressStore,
    supervisor: CopySupervisor,
    emit: EventListener,
  ) {
    this.options = options
    this.rules = rules
    this.sync = sync
    this.store = store
    this.supervisor = supervisor
    this.emit = emit
  }

  /** Finds topics and partitions that are not copied yet, and topics that are no longer what they were. */
  async discover(): Promise<void> {
    const { startAt, detectNew } = this.options.topics
    // What appears after the first start holds only new records: with LATEST too, all of them are wanted.
    const found = new Set<string>()
    const isLater = (topic: string) => this.store.hasDiscovered || !(this.first?.has(topic) ?? true)
    const restarts = this.options.obstacles.onTopicRecreated === 'restart'
    const { pairs, missingOnTarget, goneFromSource } = await this.sync.round({
      isWanted: topic => {
        found.add(topic)
        if (topic === HEARTBEAT_TOPIC) return true
        return detectNew || !isLater(topic) || this.first?.has(topic) || this.store.knowsTopic(topic)
      },
      mayCreate: topic => restarts || !this.store.knowsTopic(topic),
      known: this.store.topics,
    })
    this.first ??= this.store.hasDiscovered ? new Set() : found
    for (const pair of [...pairs, ...missingOnTarget]) {
      const known = this.topics.get(pair.sourceTopic)
      if (known) this.checkIds(known, pair)
      else if (pair.targetTopicId !== NO_TOPIC_ID) this.tellDiscovered(pair)
      const topic = known ?? { pair, partitions: [] }
      for (let partition = topic.partitions.length; partition < pair.partitions; partition++) {
        const copy = new PartitionCopy({ ...pair, partition }, this.rules, this.supervisor)
        topic.partitions.push(copy)
        const isNew = isLater(pair.sourceTopic) || known || this.store.isBehindKnown(pair.sourceTopic, partition)
        this.supervisor.add(copy, pair, isNew ? 'earliest' : startAt)
      }
      this.topics.set(pair.sourceTopic, topic)
    }
    this.tellGone(goneFromSource)
    if ([...this.topics.keys()].every(topic => topic === HEARTBEAT_TOPIC)) this.tellNothingMatches()
  }

  /** All partitions. Asked for every second, and they may be thousands: no list is made of them. */
  *partitions(): Generator<PartitionCopy> {
    for (const { partitions } of this.topics.values()) yield* partitions
  }

  /** A partition of a copied topic; without `copy` where the partition is not among them (yet). Undefined for other topics. */
  find(sourceTopic: string, partition: number): { pair: TopicPair; copy: PartitionCopy | undefined } | undefined {
    const topic = this.topics.get(sourceTopic)
    return topic && { pair: topic.pair, copy: topic.partitions[partition] }
  }

  /** Whether it is so of each partition. */
  every(isSo: (copy: PartitionCopy) => boolean): boolean {
    for (const copy of this.partitions()) if (!isSo(copy)) return false
    return true
  }

  snapshot(): TopicSnapshot[] {
    return [...this.topics.values()].map(({ pair, partitions }) => ({
      sourceTopic: pair.sourceTopic,
      targetTopic: pair.targetTopic,
      partitions: partitions.map(copy => copy.snapshot()),
    }))
  }

  private tellDiscovered({ sourceTopic, targetTopic, partitions }: TopicPair): void {
    const count = `${partitions} partition${partitions === 1 ? '' : 's'}`
    this.emit({
      code: 'topic-discovered',
      level: 'info',
      message: `copying topic ${sourceTopic} (${count}) to ${targetTopic}`,
      data: { sourceTopic, targetTopic, partitions },
    })
  }

  /** Told once, and again when one that had come back is gone again. */
  private tellGone(topics: readonly string[]): void {
    for (const sourceTopic of topics) {
      if (this.gone.has(sourceTopic)) continue
      this.emit({
        code: 'source-topic-gone',
        level: 'warn',
        message: `source topic ${sourceTopic} is gone (deleted?): its copy on the target stays, nothing more comes`,
        data: { sourceTopic },
      })
    }
    this.gone = new Set(topics)
  }

  private tellNothingMatches(): void {
    const { source, topics } = this.options
    this.emit({
      code: 'no-topic-matches',
      level: 'warn',
      message: `no topic on ${source.alias} matches ${topics.include.join(', ')}; it looks again every 30 s`,
      data: { patterns: topics.include.join(', ') },
    })
  }

  private checkIds(known: CopiedTopic, now: TopicPair): void {
    known.pair = now
    for (const copy of known.partitions) {
      this.supervisor.learn(copy, now)
      const obstacle = changedTopic(copy, now)
      if (obstacle) copy.meet(obstacle)
    }
  }
}
