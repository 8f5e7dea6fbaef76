import { type Clock, systemClock } from '../clock.js'
import { targetTopicName } from '../policy/topic-names.js'
import { compilePatterns } from '../policy/topic-patterns.js'
import { ProgressStore } from '../progress/progress-store.js'
import { StateTopic, stateTopicName } from '../progress/state-topic.js'
import { type OpenClusters, openClusters } from '../replication/open-clusters.js'
import type { ReplicatorOptions } from '../replication/replicator-options.js'
import type { TopicMetadata } from '../wire/messages/metadata.js'
import { ConnectionPool } from './connection-pool.js'
import { inParallel } from './in-parallel.js'
import {
  notCompared,
  type PartitionVerification,
  type TopicVerification,
  type VerificationResult,
  worstVerdict,
} from './verification-result.js'
import { type BothSides, type VerifyOptions, verifyPartition } from './verify-partition.js'

/** More readers at once only make each slower: one side's checksums already fill a core. Also a bound on memory. */
const PARTITIONS_AT_ONCE = 4

export interface VerifyRequest extends VerifyOptions {
  /** Only topics that these patterns select too; empty selects all of the replicator's. */
  topics: string[]
  onProgress?: (progress: VerifyProgress) => void
}

/** How far a verification is. */
export interface VerifyProgress {
  partitionsDone: number
  partitions: number
  /** Read from the source so far. */
  records: number
  bytes: number
}

/**
 * Reads both clusters and tells for every topic of a replicator whether the target holds exactly the committed source
 * records, in order, byte for byte, once. Changes nothing. Throws UserError when a cluster cannot be reached.
 */
export async function verifyReplicator(
  options: ReplicatorOptions,
  request: VerifyRequest,
  clock: Clock = systemClock,
): Promise<VerificationResult> {
  const startedAt = clock.monotonic()
  const clusters = await openClusters(options, clock)
  const sides: BothSides = {
    source: { ...clusters.source, connections: new ConnectionPool(clusters.source.cluster) },
    target: { ...clusters.target, connections: new ConnectionPool(clusters.target.cluster) },
  }
  try {
    const store = await openNotes(options.id, clusters, clock)
    const pairs = await topicPairs(options, request, clusters, store)
    const topics = await verifyTopics(pairs, sides, store, request, clock)
    return {
      replicatorName: options.name,
      source: options.source.alias,
      target: options.target.alias,
      // Nothing compared is nothing proven.
      verdict: topics.length === 0 ? 'different' : worstVerdict(topics.map(({ verdict }) => verdict)),
      topics,
      recordsEqual: topics
        .flatMap(({ partitions }) => partitions)
        .reduce((sum, { comparison }) => sum + (comparison?.matched ?? 0), 0),
      seconds: (clock.monotonic() - startedAt) / 1000,
    }
  } finally {
    sides.source.connections.close()
    sides.target.connections.close()
    await clusters.close()
  }
}

/** The replicator's notes, without creating their topic; undefined when it never ran. */
async function openNotes(id: string, { target }: OpenClusters, clock: Clock): Promise<ProgressStore | undefined> {
  const topic = new StateTopic(stateTopicName(id), target, clock)
  if (!(await topic.exists())) return undefined
  const store = new ProgressStore(topic)
  await store.load()
  return store
}

interface Pair {
  source: TopicMetadata
  targetTopic: string
  target: TopicMetadata | undefined
}

/** The same selection that the engine makes (`topics/topic-sync.ts`). */
async function topicPairs(
  options: ReplicatorOptions,
  request: VerifyRequest,
  { source, target }: OpenClusters,
  store: ProgressStore | undefined,
): Promise<Pair[]> {
  const { include, exclude, naming, detectNew } = options.topics
  const replicated = compilePatterns(include, exclude)
  const asked = request.topics.length === 0 ? undefined : compilePatterns(request.topics, [])
  const isCopyOfTarget = (name: string) => naming === 'prefixed' && name.startsWith(`${options.target.alias}.`)
  const isTaken = (name: string) => detectNew || !store?.hasDiscovered || store.knowsTopic(name)
  const { topics } = await source.cluster.metadata(null)
  const selected = topics
    .filter(({ name, errorCode, isInternal }) => errorCode === 0 && !isInternal && replicated.matches(name))
    .filter(({ name }) => !isCopyOfTarget(name) && isTaken(name) && (asked?.matches(name) ?? true))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  source.leaders.learn(selected)
  const names = selected.map(({ name }) => targetTopicName(name, naming, options.source.alias))
  const present = names.length === 0 ? [] : (await target.cluster.metadata(names)).topics
  target.leaders.learn(present)
  return selected.map((topic, i) => {
    const targetTopic = names[i] as string
    return { source: topic, targetTopic, target: present.find(t => t.name === targetTopic && t.errorCode === 0) }
  })
}

async function verifyTopics(
  pairs: readonly Pair[],
  sides: BothSides,
  store: ProgressStore | undefined,
  request: VerifyRequest,
  clock: Clock,
): Promise<TopicVerification[]> {
  const results = pairs.map((pair): TopicVerification => emptyResult(pair, store))
  const work = pairs.flatMap((pair, i) => {
    const result = results[i] as TopicVerification
    return result.problem === undefined
      ? pair.source.partitions.map(({ partition }) => ({ pair, partition, result }))
      : []
  })
  const progress: VerifyProgress = { partitionsDone: 0, partitions: work.length, records: 0, bytes: 0 }
  await inParallel(work, PARTITIONS_AT_ONCE, async ({ pair, partition, result }) => {
    const done = await verifyOne(pair, partition, sides, store, request, clock, ({ count, sizeBytes }) => {
      progress.records += count
      progress.bytes += sizeBytes
      request.onProgress?.(progress)
    })
    progress.partitionsDone++
    request.onProgress?.(progress)
    result.partitions.push(done)
  })
  for (const result of results) {
    result.partitions.sort((a, b) => a.partition - b.partition)
    if (result.problem === undefined) result.verdict = worstVerdict(result.partitions.map(({ verdict }) => verdict))
  }
  return results
}

async function verifyOne(
  { source, target, targetTopic }: Pair,
  partition: number,
  sides: BothSides,
  store: ProgressStore | undefined,
  request: VerifyRequest,
  clock: Clock,
  onRead: (run: { count: number; sizeBytes: number }) => void,
): Promise<PartitionVerification> {
  if (target !== undefined && partition >= target.partitions.length) {
    const problem = `the target topic has only ${target.partitions.length} partitions`
    return { ...notCompared(partition), verdict: 'different', problem }
  }
  const note = store?.partition(source.name, partition)
  const producerIds = store === undefined ? undefined : new Set(store.producers.map(({ producerId }) => producerId))
  const what = { sourceTopic: source.name, targetTopic, partition, note, producerIds }
  return await verifyPartition(sides, what, request, clock, onRead)
}

/** What can be said of a topic before a record is read. */
function emptyResult({ source, target, targetTopic }: Pair, store: ProgressStore | undefined): TopicVerification {
  const problem = topicProblem(source, target, store)
  const verdict = problem === undefined ? 'unread' : 'different'
  return { sourceTopic: source.name, targetTopic, verdict, problem, partitions: [] }
}

function topicProblem(
  source: TopicMetadata,
  target: TopicMetadata | undefined,
  store: ProgressStore | undefined,
): string | undefined {
  if (target === undefined) return 'the target has no such topic'
  const note = store?.partition(source.name, 0)
  if (note !== undefined && note.sourceTopicId !== source.topicId) {
    return 'the source topic was deleted and created again since it was copied'
  }
  if (note !== undefined && note.targetTopicId !== target.topicId) {
    return 'the target topic was deleted and created again since it was written'
  }
  return undefined
}
