import type { Clock } from '../clock.js'
import type { ClusterSide } from '../clusters/cluster-side.js'
import { messageOf } from '../errors.js'
import type { EventListener } from '../events.js'
import { isCopiedConfig, planConfigs } from '../policy/config-plan.js'
import { targetTopicName, topicNameFault } from '../policy/topic-names.js'
import type { TopicFilter } from '../policy/topic-patterns.js'
import { planTopic, replicationFactorFor } from '../policy/topic-plan.js'
import type { TopicMetadata } from '../wire/messages/metadata.js'

/** A topic that is copied, as both sides have it now. */
export interface TopicPair {
  sourceTopic: string
  targetTopic: string
  sourceTopicId: string
  targetTopicId: string
  /** Partitions of the source topic: those that are copied. */
  partitions: number
}

/** What is not there by then comes with the next round. */
const CREATION_DEADLINE_MS = 10_000
const CREATION_POLL_MS = 100

export interface TopicSyncOptions {
  naming: 'prefixed' | 'identical'
  copyConfigurations: boolean
}

/** One round: which source topics are selected, and the target brought to where they can be copied. */
export class TopicSync {
  private readonly source: ClusterSide
  private readonly target: ClusterSide
  private readonly filter: TopicFilter
  private readonly options: TopicSyncOptions
  private readonly clock: Clock
  private readonly emit: EventListener
  /** Topics that failed in the last round, so that each failure is told once. */
  private readonly failing = new Map<string, string>()

  constructor(
    clusters: { source: ClusterSide; target: ClusterSide },
    filter: TopicFilter,
    options: TopicSyncOptions,
    clock: Clock,
    emit: EventListener,
  ) {
    this.source = clusters.source
    this.target = clusters.target
    this.filter = filter
    this.options = options
    this.clock = clock
    this.emit = emit
  }

  /**
   * Finds the selected topics, creates and grows their targets and copies configurations. A topic that fails is told
   * and left out; the others go on. Rejects only when a cluster does not answer.
   *
   * @param isWanted says of a selected topic whether it is to be taken (DetectAndCopyNewTopics)
   */
  async round(isWanted: (sourceTopic: string) => boolean): Promise<TopicPair[]> {
    const selected = await this.selectedTopics(isWanted)
    const overrides = this.options.copyConfigurations
      ? await this.source.admin.overrides(selected.map(({ name }) => name))
      : new Map<string, Map<string, string>>()
    const existing = await this.targetTopics(selected.map(topic => this.targetName(topic)))
    let changed = false
    for (const topic of selected) {
      changed = (await this.attempt(topic, () => this.prepare(topic, existing, overrides.get(topic.name)))) || changed
    }
    if (this.options.copyConfigurations) await this.copyConfigs(selected, existing, overrides)
    const present = changed ? await this.targetTopicsWhenReady(selected) : existing
    return selected.flatMap(topic => this.pairOf(topic, present.get(this.targetName(topic))))
  }

  private async selectedTopics(isWanted: (sourceTopic: string) => boolean): Promise<TopicMetadata[]> {
    const { topics } = await this.source.cluster.metadata(null)
    const selected = topics.filter(
      topic =>
        topic.errorCode === 0 &&
        !topic.isInternal &&
        this.filter.matches(topic.name) &&
        !this.cameFromTarget(topic.name) &&
        isWanted(topic.name),
    )
    this.source.leaders.learn(selected)
    return selected.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** With prefixes, `<target alias>.x` on the source is a copy of the target's own x: it must not travel back. */
  private cameFromTarget(name: string): boolean {
    return this.options.naming === 'prefixed' && name.startsWith(`${this.target.cluster.alias}.`)
  }

  private targetName(topic: TopicMetadata): string {
    return targetTopicName(topic.name, this.options.naming, this.source.cluster.alias)
  }

  private async targetTopics(names: string[]): Promise<Map<string, TopicMetadata>> {
    if (names.length === 0) return new Map()
    const { topics } = await this.target.cluster.metadata(names)
    const present = topics.filter(topic => topic.errorCode === 0)
    this.target.leaders.learn(present)
    return new Map(present.map(topic => [topic.name, topic]))
  }

  /** A broker knows a topic just created, or its new partitions, a moment later. */
  private async targetTopicsWhenReady(selected: readonly TopicMetadata[]): Promise<Map<string, TopicMetadata>> {
    const deadline = this.clock.monotonic() + CREATION_DEADLINE_MS
    for (;;) {
      const present = await this.targetTopics(selected.map(topic => this.targetName(topic)))
      const missing = selected.filter(
        topic => !this.failing.has(topic.name) && this.pairOf(topic, present.get(this.targetName(topic))).length === 0,
      )
      if (missing.length === 0 || this.clock.monotonic() > deadline) return present
      await this.clock.sleep(CREATION_POLL_MS)
    }
  }

  /** Creates or grows one target topic; answers whether anything was changed. */
  private async prepare(
    topic: TopicMetadata,
    existing: ReadonlyMap<string, TopicMetadata>,
    overrides: ReadonlyMap<string, string> | undefined,
  ): Promise<boolean> {
    const name = this.targetName(topic)
    const fault = topicNameFault(name)
    if (fault) throw new Error(`its name on the target, "${name}", ${fault}`)
    const plan = planTopic(sizeOf(topic), existing.has(name) ? sizeOf(existing.get(name) as TopicMetadata) : undefined)
    const data = { sourceTopic: topic.name, targetTopic: name }
    switch (plan.action) {
      case 'none':
        return false
      case 'create': {
        const configs = Object.fromEntries([...(overrides ?? [])].filter(([config]) => isCopiedConfig(config)))
        const replicationFactor = replicationFactorFor(this.target.cluster.brokerCount)
        await this.target.admin.create({ topic: name, partitions: plan.partitions, replicationFactor, configs })
        this.emit({
          code: 'topic-created',
          level: 'info',
          message: `created topic ${name} with ${plan.partitions} partition${plan.partitions === 1 ? '' : 's'} on ${this.target.cluster.alias}`,
          data: { ...data, partitions: plan.partitions },
        })
        return true
      }
      case 'grow':
        await this.target.admin.growTo(name, plan.partitions)
        this.emit({
          code: 'partitions-added',
          level: 'info',
          message: `raised topic ${name} from ${plan.from} to ${plan.partitions} partitions, as the source has`,
          data: { ...data, partitions: plan.partitions },
        })
        return true
    }
  }

  private async copyConfigs(
    selected: readonly TopicMetadata[],
    existing: ReadonlyMap<string, TopicMetadata>,
    overrides: ReadonlyMap<string, Map<string, string>>,
  ): Promise<void> {
    const old = selected.filter(topic => existing.has(this.targetName(topic)))
    const onTarget = await this.target.admin.overrides(old.map(topic => this.targetName(topic)))
    for (const topic of old) {
      const name = this.targetName(topic)
      const changes = planConfigs(overrides.get(topic.name) ?? new Map(), onTarget.get(name) ?? new Map())
      if (changes.length === 0) continue
      await this.attempt(topic, async () => {
        await this.target.admin.alter(name, changes)
        const list = changes.map(({ name, value }) => (value === null ? `${name} removed` : `${name}=${value}`))
        this.emit({
          code: 'topic-config-copied',
          level: 'info',
          message: `topic ${name}: ${list.join(', ')}, as on the source`,
          data: { sourceTopic: topic.name, targetTopic: name, changes: list.join(', ') },
        })
        return true
      })
    }
  }

  /** Runs one topic's work; a failure is told once and does not stop the others. */
  private async attempt(topic: TopicMetadata, work: () => Promise<boolean>): Promise<boolean> {
    try {
      const changed = await work()
      this.failing.delete(topic.name)
      return changed
    } catch (error) {
      const message = messageOf(error)
      if (this.failing.get(topic.name) !== message) {
        this.failing.set(topic.name, message)
        this.emit({
          code: 'topic-failed',
          level: 'error',
          message: `topic ${topic.name} is not copied as it should be: ${message}; it is tried again with the next round`,
          data: { sourceTopic: topic.name, error: message },
        })
      }
      return false
    }
  }

  private pairOf(source: TopicMetadata, target: TopicMetadata | undefined): TopicPair[] {
    if (target === undefined || target.partitions.length < source.partitions.length) return []
    return [
      {
        sourceTopic: source.name,
        targetTopic: target.name,
        sourceTopicId: source.topicId,
        targetTopicId: target.topicId,
        partitions: source.partitions.length,
      },
    ]
  }
}

function sizeOf(topic: TopicMetadata): { partitions: number; topicId: string } {
  return { partitions: topic.partitions.length, topicId: topic.topicId }
}
