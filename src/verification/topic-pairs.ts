import { targetTopicName } from '../policy/topic-names.js'
import { compileAskedPatterns, compilePatterns, HEARTBEAT_TOPIC } from '../policy/topic-patterns.js'
import type { PartitionNote } from '../progress/notes.js'
import type { ProgressStore } from '../progress/progress-store.js'
import type { OpenClusters } from '../replication/open-clusters.js'
import type { ReplicatorOptions } from '../replication/replicator-options.js'
import type { TopicMetadata } from '../wire/messages/metadata.js'

/** A selected source topic and what the target has of it. */
export interface Pair {
  source: TopicMetadata
  targetTopic: string
  target: TopicMetadata | undefined
}

export interface TopicPairs {
  pairs: Pair[]
  /** Selected by their names, but made for copies of the target's own topics. */
  fromTarget: string[]
}

/**
 * The same selection that the engine makes (`topics/topic-sync.ts`).
 *
 * @param asked only topics that these patterns select too; empty selects all of the replicator's but heartbeats
 * @param cameFromTarget what the source's registry says of a topic
 */
export async function topicPairs(
  options: ReplicatorOptions,
  asked: readonly string[],
  { source, target }: OpenClusters,
  store: ProgressStore | undefined,
  cameFromTarget: (topic: string) => boolean,
): Promise<TopicPairs> {
  const { include, exclude, naming, detectNew } = options.topics
  const replicated = compilePatterns(include, exclude)
  // Heartbeats are no records of the user's: compared where they are asked for only.
  const wanted = asked.length === 0 ? { matches: isUsers } : compileAskedPatterns(asked)
  const isTaken = (name: string) =>
    detectNew || name === HEARTBEAT_TOPIC || !store?.hasDiscovered || store.knowsTopic(name)
  // Other tools copy to such names too, and register nothing.
  const isNamedAfterTarget = (name: string) => naming === 'prefixed' && name.startsWith(`${options.target.alias}.`)
  const isFromTarget = ({ name }: TopicMetadata) => isNamedAfterTarget(name) || cameFromTarget(name)
  const { topics } = await source.cluster.metadata(null)
  const matching = topics
    .filter(({ name, errorCode, isInternal }) => errorCode === 0 && !isInternal && replicated.matches(name))
    .filter(({ name }) => isTaken(name) && wanted.matches(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const selected = matching.filter(topic => !isFromTarget(topic))
  source.leaders.learn(selected)
  const names = selected.map(({ name }) => targetTopicName(name, naming, options.source.alias))
  const present = names.length === 0 ? [] : (await target.cluster.metadata(names)).topics
  target.leaders.learn(present)
  const pairs = selected.map((topic, i) => {
    const targetTopic = names[i] as string
    return { source: topic, targetTopic, target: present.find(t => t.name === targetTopic && t.errorCode === 0) }
  })
  return { pairs, fromTarget: matching.filter(isFromTarget).map(({ name }) => name) }
}

function isUsers(name: string): boolean {
  return name !== HEARTBEAT_TOPIC
}

/** What can be said of a topic before a record is read; undefined where nothing is wrong with it. */
export function topicProblem({ source, target }: Pair, store: ProgressStore | undefined): string | undefined {
  if (target === undefined) return 'the target has no such topic'
  return recreated(source, target, store?.partition(source.name, 0))
}

/** What is wrong with one partition; each may begin anew at its own time where its topic was created again. */
export function partitionProblem(
  { source, target }: Pair,
  partition: number,
  note: PartitionNote | undefined,
): string | undefined {
  if (target === undefined) return 'the target has no such topic'
  if (partition < target.partitions.length) return recreated(source, target, note)
  return `the target topic has only ${target.partitions.length} partitions`
}

function recreated(source: TopicMetadata, target: TopicMetadata, note: PartitionNote | undefined): string | undefined {
  if (note !== undefined && note.sourceTopicId !== source.topicId) {
    return 'the source topic was deleted and created again since it was copied'
  }
  if (note !== undefined && note.targetTopicId !== target.topicId) {
    return 'the target topic was deleted and created again since it was written'
  }
  return undefined
}
