import type { Clock } from '../clock.js'
import { chunksOf } from '../clusters/chunks.js'
import { targetTopicName } from '../policy/topic-names.js'
import { compilePatterns, isInternalTopic } from '../policy/topic-patterns.js'
import { stateTopicName } from '../progress/state-topic.js'
import { PROVENANCE_TOPIC } from '../provenance/provenance-registry.js'
import type { ReplicatorOptions } from '../replication/replicator-options.js'
import { readSourceTopics } from '../replication/status-pairs.js'
import { Code } from '../wire/kafka-errors.js'
import { describeConfigs, describeSettings } from '../wire/messages/describe-configs.js'
import { type MetadataWithRights, metadataWithRights } from '../wire/messages/metadata.js'
import { answerTo } from './answer.js'
import type { AskedCluster } from './ask-cluster.js'
import { allowedOnCluster, allowedOnTopic } from './ask-rights.js'
import { TOPIC_KEYS } from './check-topics.js'
import type { AllowedOn, TopicFacts, TopicSettings } from './facts.js'

/** An answer has some 2 KiB a topic. */
const TOPICS_PER_REQUEST = 250

type NamedTopic = MetadataWithRights['topics'][number]

export interface AskedTopics {
  topics: TopicFacts[]
  allowed: { source: AllowedOn[]; target: AllowedOn[] }
}

/** The selected topics as both sides have them, and what we may do on them. Never rejects. */
export async function askTopics(
  options: ReplicatorOptions,
  source: AskedCluster,
  target: AskedCluster,
  clock: Clock,
): Promise<AskedTopics> {
  const [selected, hidden] = await Promise.all([selectTopics(options, source, clock), askHidden(options, source)])
  const { alias } = options.source
  const pairs = selected.map(topic => ({ topic, name: targetTopicName(topic.name, options.topics.naming, alias) }))
  const ours = [stateTopicName(options.id), PROVENANCE_TOPIC]
  const names = pairs.map(({ name }) => name)
  const onTarget = await target.ask(metadataWithRights, { topics: [...names, ...ours] })
  const found = new Map(onTarget.value?.topics.map(topic => [topic.name, topic]) ?? [])
  const isThere = (name: string) => found.get(name)?.errorCode === Code.None
  const [ofSource, ofTarget] = await Promise.all([
    askSettings(
      source,
      selected.map(({ name }) => name),
    ),
    askSettings(target, names.filter(isThere)),
  ])
  const topics = pairs.map(({ name, topic }) => ({
    sourceTopic: topic.name,
    targetTopic: name,
    sourcePartitions: topic.partitions.length,
    targetPartitions: partitionsOf(found.get(name)),
    source: ofSource.get(topic.name),
    target: ofTarget.get(name),
  }))
  const allowed = {
    source: [
      ...allowedOnCluster(source),
      ...selected.map(topic => allowedOnTopic(topic, false)),
      ...hidden.map(topic => allowedOnTopic(topic, topic.name === PROVENANCE_TOPIC)),
    ],
    target: [
      ...allowedOnCluster(target),
      ...[...found.values()].map(topic => allowedOnTopic(topic, ours.includes(topic.name))),
    ],
  }
  return { topics, allowed }
}

/** Those that an engine would copy; where it cannot be told what came from the target, all that match. */
async function selectTopics(options: ReplicatorOptions, source: AskedCluster, clock: Clock): Promise<NamedTopic[]> {
  const all = source.facts.metadata.value?.topics ?? []
  if (source.nodes.length === 0) return []
  const { value } = await answerTo(() => readSourceTopics(source.side, options, clock), clock)
  const { include, exclude } = options.topics
  const filter = compilePatterns(include, exclude)
  const copied = value && new Set(value.map(({ name }) => name))
  return all.filter(({ errorCode, isInternal, name }) => {
    if (errorCode !== Code.None || isInternal) return false
    return copied === undefined ? filter.matches(name) : copied.has(name)
  })
}

/**
 * A topic that may not be described is not listed with all; asked for by its name, it is told apart from one that is not
 * there. Patterns that are plain names are such names, and so is our own registry.
 */
async function askHidden({ topics }: ReplicatorOptions, source: AskedCluster): Promise<NamedTopic[]> {
  const listed = new Set(source.facts.metadata.value?.topics.map(({ name }) => name))
  const plain = topics.include.map(pattern => pattern.replaceAll('\\.', '.')).filter(name => /^[\w.-]+$/.test(name))
  const names = [...plain.filter(name => !isInternalTopic(name)), PROVENANCE_TOPIC].filter(name => !listed.has(name))
  const { value } = await source.ask(metadataWithRights, { topics: [...new Set(names)] })
  return value?.topics.filter(({ errorCode }) => errorCode === Code.TopicAuthorizationFailed) ?? []
}

async function askSettings(cluster: AskedCluster, names: readonly string[]): Promise<Map<string, TopicSettings>> {
  const settings = new Map<string, TopicSettings>()
  await Promise.all(
    [...chunksOf(names, TOPICS_PER_REQUEST)].map(async topics => {
      const [inForce, own] = await Promise.all([
        cluster.ask(describeSettings, { topics, keys: TOPIC_KEYS }),
        cluster.ask(describeConfigs, { topics }),
      ])
      const overrides = new Map(own.value?.map(row => [row.topic, row.overrides]))
      for (const { errorCode, topic, values } of inForce.value ?? []) {
        if (errorCode === Code.None) settings.set(topic, { values, overrides: overrides.get(topic) ?? new Map() })
      }
    }),
  )
  return settings
}

function partitionsOf(topic: NamedTopic | undefined): number | null | undefined {
  if (topic?.errorCode === Code.None) return topic.partitions.length
  return topic?.errorCode === Code.UnknownTopicOrPartition ? null : undefined
}
