import type { EventListener } from '../events.js'
import { earlierFilter } from '../policy/earlier-selection.js'
import { compilePatterns, HEARTBEAT_TOPIC } from '../policy/topic-patterns.js'
import type { ProgressStore } from '../progress/progress-store.js'
import type { CopyRules } from '../records/batch-intake.js'
import { PartitionCopy } from '../records/partition-copy.js'
import { NO_TOPIC_ID, type TopicPair, type TopicSync } from '../topics/topic-sync.js'
import { changedTopic } from './changed-topic.js'
import type { CopySupervisor } from './copy-supervisor.js'
import type { ReplicatorOptions, TopicSelection } from './replicator-options.js'
import type { TopicSnapshot } from './snapshot.js'

/** Topics per replicator (msk-api 2.7). */
const MSK_TOPICS_MAX = 750

interface CopiedTopic {
  pair: TopicPair
  partitions: PartitionCopy[]
}

/** The topics that are being copied, and how new ones come in. */
export class CopiedTopics {
  private readonly options: ReplicatorOptions
  /** Which topics are taken now; `options` may say something else already. */
  private selection: TopicSelection
  private readonly rules: CopyRules
  private readonly sync: TopicSync
  private readonly store: ProgressStore
  private readonly supervisor: CopySupervisor
  private readonly emit: EventListener
  private readonly topics = new Map<string, CopiedTopic>()
  /** Topics that another selection has left out: they know how far they are, should they be selected again. */
  private readonly left = new Map<string, CopiedTopic>()
  /** The topics of the first discovery, those that could not be created at once among them; undefined before it. */
  private first: Set<string> | undefined
  private gone: ReadonlySet<string> = new Set()
  private round: Promise<void> = Promise.resolve()
  private isQuotaTold = false
  /** The selection of the last round that was finished. */
  discoveredBy: TopicSelection | undefined

  constructor(
    options: ReplicatorOptions,
    rules: CopyRules,
    sync: TopicSync,
    store: ProgressStore,
    supervisor: CopySupervisor,
    emit: EventListener,
  ) {
    this.options = options
    this.selection = options.topics
    this.rules = rules
    this.sync = sync
    this.store = store
    this.supervisor = supervisor
    this.emit = emit
  }

  /** Finds topics and partitions that are not copied yet, and topics that are no longer what they were. */
  discover(): Promise<void> {
    return this.inTurn(() => this.discoverAlone())
  }

  /** Goes by another selection (`options.topics` as it is now) from the next discovery on. */
  reselect(): Promise<void> {
    return this.inTurn(async () => {
      this.selection = this.options.topics
      const { include, exclude, copyConfigurations, copyAccessControlLists } = this.selection
      this.sync.reselect(compilePatterns(include, exclude), { copyConfigurations, copyAccessControlLists })
      this.first = undefined
    })
  }

  /** Leaves the topics that are not selected any more. Answers whether nothing of them is on its way; ask until it is so. */
  leave(): boolean {
    for (const [name, topic] of this.topics) {
      if (this.sync.isSelected(name)) continue
      this.topics.delete(name)
      this.left.set(name, topic)
    }
    const gone = [...this.left].filter(([name]) => !this.sync.isSelected(name)).map(([, topic]) => this.hasLeft(topic))
    return gone.every(Boolean)
  }

  private hasLeft({ partitions }: CopiedTopic): boolean {
    return partitions.map(copy => this.supervisor.leave(copy)).every(Boolean)
  }

  /** Of two rounds at once both would find the same new topics. */
  private inTurn(job: () => Promise<void>): Promise<void> {
    this.round = this.round.then(job, job)
    return this.round
  }

  private async discoverAlone(): Promise<void> {
    const { selection } = this
    const { startAt, detectNew } = selection
    // What appears after the first start holds only new records: with LATEST too, all of them are wanted.
    const found = new Set<string>()
    const earlier = earlierFilter(this.store.discovered, compilePatterns)
    const isLater = (topic: string) => earlier.matches(topic) || !(this.first?.has(topic) ?? true)
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
    this.first ??= new Set([...found].filter(topic => !earlier.matches(topic)))
    for (const pair of [...pairs, ...missingOnTarget]) {
      if (this.isOnItsWayOut(pair.sourceTopic)) continue
      const known = this.topics.get(pair.sourceTopic) ?? this.takeBack(pair.sourceTopic)
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
    this.discoveredBy = selection
    this.tellGone(goneFromSource)
    this.tellQuota()
    if ([...this.topics.keys()].every(topic => topic === HEARTBEAT_TOPIC)) this.tellNothingMatches()
  }

  /** It was left and is selected again, but something of it is still on its way: it comes back in a later round. */
  private isOnItsWayOut(sourceTopic: string): boolean {
    const topic = this.left.get(sourceTopic)
    return topic !== undefined && !this.hasLeft(topic)
  }

  /** A topic that was left goes on where it was. */
  private takeBack(sourceTopic: string): CopiedTopic | undefined {
    const topic = this.left.get(sourceTopic)
    this.left.delete(sourceTopic)
    for (const copy of topic?.partitions ?? []) {
      copy.goOn()
      this.supervisor.bring(copy)
    }
    return topic
  }

  /**
   * All partitions, those of topics that were left among them: what of these arrives last is noted too. Asked for every
   * second, and they may be thousands: no list is made of them.
   */
  *partitions(): Generator<PartitionCopy> {
    for (const { partitions } of this.topics.values()) yield* partitions
    for (const { partitions } of this.left.values()) yield* partitions
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

  /** MSK takes the first 750 in the order of their names and silently leaves the others. */
  private tellQuota(): void {
    if (this.isQuotaTold || this.topics.size <= MSK_TOPICS_MAX) return
    this.isQuotaTold = true
    this.emit({
      code: 'topic-quota-exceeded',
      level: 'warn',
      message: `copying ${this.topics.size} topics: MSK Replicator's quota is ${MSK_TOPICS_MAX}, here there is none`,
      data: { topics: this.topics.size, quota: MSK_TOPICS_MAX },
    })
  }

  private tellNothingMatches(): void {
    const { source } = this.options
    this.emit({
      code: 'no-topic-matches',
      level: 'warn',
      message: `no topic on ${source.alias} matches ${this.selection.include.join(', ')}; it looks again every 30 s`,
      data: { patterns: this.selection.include.join(', ') },
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
