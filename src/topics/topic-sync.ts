import type { Clock } from '../clock.js'
import type { ClusterSide } from '../clusters/cluster-side.js'
import type { EventListener } from '../events.js'
import { targetTopicName, topicNameFault } from '../policy/topic-names.js'
import type { NameFilter } from '../policy/topic-patterns.js'
import { planTopic } from '../policy/topic-plan.js'
import { Code } from '../wire/kafka-errors.js'
import type { TopicMetadata } from '../wire/messages/metadata.js'
import { AclSync } from './acl-sync.js'
import { ConfigSync } from './config-sync.js'
import { isReady, type SelectedTopic } from './selected-topic.js'
import { TargetTopics } from './target-topics.js'
import { TopicTroubles } from './topic-troubles.js'

/** A topic that is copied, as both sides have it now. */
export interface TopicPair {
  sourceTopic: string
  targetTopic: string
  sourceTopicId: string
  targetTopicId: string
  /** Partitions of the source topic: those that are copied. */
  partitions: number
}

/** In place of the id of a topic that is not there. */
export const NO_TOPIC_ID = ''

/** Where topics come from (`provenance/`). */
export interface TopicProvenance {
  /** What the source's registry says now. Throws what the source refuses. */
  refresh(): Promise<void>
  /** Whether a source topic holds copies of the target's own topics: then it must not travel back. */
  cameFromTarget(sourceTopic: string): boolean
  /** Writes down where these will have come from, before they are created. Throws what the target refuses. */
  claim(topics: readonly { sourceTopic: string; targetTopic: string }[]): Promise<void>
}

/** What a round asks whoever knows what has been copied so far. */
export interface RoundQuestions {
  /** Whether a selected topic is to be taken (DetectAndCopyNewTopics). */
  isWanted(sourceTopic: string): boolean
  /** Whether a target topic that is not there may be created: one that held copies must not come back empty. */
  mayCreate(sourceTopic: string): boolean
  /** Source topics copied so far, to be told which of them are gone. */
  known: Iterable<string>
}

export interface TopicRound {
  pairs: TopicPair[]
  /** Those whose target topic is not there and may not be created; they have no target topic id. */
  missingOnTarget: TopicPair[]
  /** Those of `known` that the source has no longer. */
  goneFromSource: string[]
}

export interface TopicSyncOptions {
  naming: 'prefixed' | 'identical'
  copyConfigurations: boolean
  copyAccessControlLists: boolean
  /** Source topics whose producers are fenced off for now: those rules of ours do not travel. */
  fencedTopics?: (() => readonly string[]) | undefined
}

/** One round: which source topics are selected, and the target brought to where they can be copied. */
export class TopicSync {
  private readonly source: ClusterSide
  private readonly provenance: TopicProvenance
  private filter: NameFilter
  private options: TopicSyncOptions
  private readonly troubles: TopicTroubles
  private readonly targets: TargetTopics
  private readonly configs: ConfigSync
  private readonly acls: AclSync

  constructor(
    clusters: { source: ClusterSide; target: ClusterSide },
    provenance: TopicProvenance,
    filter: NameFilter,
    options: TopicSyncOptions,
    clock: Clock,
    emit: EventListener,
  ) {
    this.source = clusters.source
    this.provenance = provenance
    this.filter = filter
    this.options = options
    this.troubles = new TopicTroubles(emit)
    this.targets = new TargetTopics(clusters.target, this.troubles, clock, emit)
    this.configs = new ConfigSync(clusters, this.troubles, emit)
    const { fencedTopics } = options
    this.acls = new AclSync({ source: clusters.source.cluster, target: clusters.target.cluster }, emit, fencedTopics)
  }

  /** Goes by other patterns, and has other things go along, from the next round on. */
  reselect(filter: NameFilter, changed: Pick<TopicSyncOptions, 'copyConfigurations' | 'copyAccessControlLists'>): void {
    this.filter = filter
    this.options = { ...this.options, ...changed }
  }

  isSelected(sourceTopic: string): boolean {
    return this.filter.matches(sourceTopic)
  }

  /**
   * Finds the selected topics, creates and grows their targets, copies configurations and access rules. A topic that
   * fails is told and left out; the others go on. Rejects only when a cluster does not answer.
   */
  async round({ isWanted, mayCreate, known }: RoundQuestions): Promise<TopicRound> {
    this.troubles.beginRound()
    await this.provenance.refresh()
    const { topics } = await this.source.cluster.metadata(null)
    const goneFromSource = await this.goneFromSource(known, topics)
    const selected = this.select(topics, isWanted)
    if (this.options.copyConfigurations) await this.configs.read(selected)
    await this.targets.find(selected)

    const sound = selected.filter(({ source }) => !this.troubles.has(source.name))
    const planned = sound.map(topic => ({ topic, plan: planTopic(sizeOf(topic.source), sizeOf(topic.target)) }))
    const missing = planned.filter(({ plan }) => plan.action === 'create').map(({ topic }) => topic)
    const created = missing.filter(({ source }) => mayCreate(source.name))
    const small = planned.flatMap(({ topic, plan }) => (plan.action === 'grow' ? [{ topic, from: plan.from }] : []))
    const existing = sound.filter(({ target }) => target !== undefined)
    await this.provenance.claim(sound.map(({ source, targetTopic }) => ({ sourceTopic: source.name, targetTopic })))
    await this.targets.create(created)
    await this.targets.grow(small)
    if (this.options.copyConfigurations) await this.configs.write(existing)
    await this.targets.untilReady([...created, ...small.map(({ topic }) => topic)])

    const createdNames = new Set(created.map(({ source }) => source.name))
    const pairs = selected.filter(isReady).map(pairOf)
    if (this.options.copyAccessControlLists) await this.acls.round(pairs)
    const missingOnTarget = missing.filter(({ source }) => !createdNames.has(source.name)).map(pairOf)
    return { pairs, missingOnTarget, goneFromSource }
  }

  /** A topic that we may not see is left out of the list of all topics; only asked for by name, it is told apart. */
  private async goneFromSource(known: Iterable<string>, topics: readonly TopicMetadata[]): Promise<string[]> {
    const listed = new Set(topics.map(({ name }) => name))
    const absent = [...known].filter(name => !listed.has(name))
    if (absent.length === 0) return []
    const answer = await this.source.cluster.metadata(absent)
    return answer.topics.filter(({ errorCode }) => errorCode === Code.UnknownTopicOrPartition).map(({ name }) => name)
  }

  private select(topics: readonly TopicMetadata[], isWanted: (sourceTopic: string) => boolean): SelectedTopic[] {
    const wanted = topics.filter(
      topic =>
        topic.errorCode === 0 &&
        !topic.isInternal &&
        this.filter.matches(topic.name) &&
        !this.provenance.cameFromTarget(topic.name) &&
        isWanted(topic.name),
    )
    this.source.leaders.learn(wanted)
    wanted.sort((a, b) => (a.name < b.name ? -1 : 1))
    return wanted.flatMap(source => {
      const targetTopic = targetTopicName(source.name, this.options.naming, this.source.cluster.alias)
      const fault = topicNameFault(targetTopic)
      if (fault === undefined) return [{ source, targetTopic, overrides: undefined, target: undefined }]
      this.troubles.add(source.name, `its name on the target, "${targetTopic}", ${fault}`)
      return []
    })
  }
}

function sizeOf(topic: TopicMetadata): { partitions: number; topicId: string }
function sizeOf(topic: TopicMetadata | undefined): { partitions: number; topicId: string } | undefined
function sizeOf(topic: TopicMetadata | undefined) {
  return topic && { partitions: topic.partitions.length, topicId: topic.topicId }
}

function pairOf({ source, target, targetTopic }: SelectedTopic): TopicPair {
  return {
    sourceTopic: source.name,
    targetTopic,
    sourceTopicId: source.topicId,
    targetTopicId: target?.topicId ?? NO_TOPIC_ID,
    partitions: source.partitions.length,
  }
}
