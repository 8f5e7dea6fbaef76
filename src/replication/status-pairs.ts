import type { Clock } from '../clock.js'
import type { ClusterSide } from '../clusters/cluster-side.js'
import { targetTopicName } from '../policy/topic-names.js'
import { compilePatterns, HEARTBEAT_TOPIC } from '../policy/topic-patterns.js'
import type { ProgressStore } from '../progress/progress-store.js'
import { ProvenanceRegistry } from '../provenance/provenance-registry.js'
import { TopicOrigins } from '../provenance/topic-origins.js'
import { Code } from '../wire/kafka-errors.js'
import type { TopicMetadata } from '../wire/messages/metadata.js'
import type { ReplicatorOptions } from './replicator-options.js'

/** A topic whose status is asked for. */
export interface StatusPair {
  sourceTopic: string
  targetTopic: string
  /** Undefined where the source did not answer. */
  sourceTopicId: string | undefined
  partitions: number[]
}

/** The topics that the engine would copy: those of the source that are selected, and why some noted ones are not among them. */
export interface SelectedTopics {
  pairs: StatusPair[]
  /** Noted, but the source has them no longer. */
  goneFromSource: string[]
}

/** Reads the topics of the source. Throws what it refuses, or when it does not answer. */
export async function readSourceTopics(
  source: ClusterSide,
  options: ReplicatorOptions,
  clock: Clock,
): Promise<TopicMetadata[]> {
  const { include, exclude, naming } = options.topics
  const filter = compilePatterns(include, exclude)
  const registry = new ProvenanceRegistry(source, clock)
  try {
    await registry.open(undefined)
    const origins = new TopicOrigins(
      { source: registry, target: registry },
      {
        sourceId: source.cluster.clusterId,
        targetId: options.target.expectedClusterId ?? '',
        targetAlias: options.target.alias,
      },
      options.id,
      naming === 'prefixed',
    )
    const { topics } = await source.cluster.metadata(null)
    return topics.filter(
      ({ name, errorCode, isInternal }) =>
        errorCode === 0 && !isInternal && filter.matches(name) && !origins.cameFromTarget(name),
    )
  } finally {
    registry.close()
  }
}

/** Topics that were copied once and that the source does not list: deleted, or hidden from us. Throws as above. */
export async function readAbsentTopics(
  source: ClusterSide,
  listed: readonly TopicMetadata[],
  { topics: { include, exclude } }: ReplicatorOptions,
  notes: ProgressStore | undefined,
): Promise<TopicMetadata[]> {
  const filter = compilePatterns(include, exclude)
  const names = new Set(listed.map(({ name }) => name))
  const absent = (notes?.topics ?? []).filter(name => filter.matches(name) && !names.has(name))
  return absent.length === 0 ? [] : (await source.cluster.metadata(absent)).topics
}

/**
 * Which topics to tell of. Where the source does not answer (`listed` and `absent` undefined): those that were noted.
 * Where the notes are unknown or there are none: those that the source lists.
 */
export function selectPairs(
  options: ReplicatorOptions,
  listed: readonly TopicMetadata[] | undefined,
  absent: readonly TopicMetadata[] | undefined,
  notes: ProgressStore | undefined,
): SelectedTopics {
  const { naming, detectNew, include, exclude } = options.topics
  const filter = compilePatterns(include, exclude)
  const isTaken = (name: string) =>
    detectNew || name === HEARTBEAT_TOPIC || !notes?.hasDiscovered || notes.knowsTopic(name)
  const isGone = ({ errorCode }: TopicMetadata) => errorCode === Code.UnknownTopicOrPartition
  const noted = (name: string) => ({ name, topicId: undefined, partitions: notes?.partitionsOf(name) ?? [] })
  const known = (listed ?? [])
    .filter(({ name }) => isTaken(name))
    .map(({ name, topicId, partitions }) => ({ name, topicId, partitions: partitions.map(one => one.partition) }))
  const unseen = listed === undefined ? (notes?.topics ?? []).filter(name => filter.matches(name)) : []
  const hidden = (absent ?? []).filter(topic => !isGone(topic)).map(({ name }) => name)
  const pairs = [...known, ...[...unseen, ...hidden].map(noted)].map(({ name, topicId, partitions }) => ({
    sourceTopic: name,
    targetTopic: targetTopicName(name, naming, options.source.alias),
    sourceTopicId: topicId,
    partitions: partitions.toSorted((a, b) => a - b),
  }))
  pairs.sort((a, b) => (a.sourceTopic < b.sourceTopic ? -1 : 1))
  return { pairs, goneFromSource: (absent ?? []).filter(isGone).map(({ name }) => name) }
}
