import { type Clock, systemClock } from '../clock.js'
import { OffsetMap } from '../offset-map/offset-map.js'
import type { PartitionNote } from '../progress/notes.js'
import { ProgressStore } from '../progress/progress-store.js'
import { StateTopic, stateTopicName } from '../progress/state-topic.js'
import { type OpenClusters, openClusters } from '../replication/open-clusters.js'
import type { ReplicatorOptions } from '../replication/replicator-options.js'
import { ConnectionPool } from './connection-pool.js'
import { inParallel } from './in-parallel.js'
import { Provenance } from './provenance.js'
import { type Pair, partitionProblem, topicPairs, topicProblem } from './topic-pairs.js'
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
/** While the replicator runs it may record gap after gap, and each look at the notes is a moment older than the logs. */
const GAP_TRIES_MAX = 3

export interface VerifyRequest extends VerifyOptions {
  /** Only topics that these patterns select too; empty selects all of the replicator's. */
  topics: string[]
  /** Only so many records of each partition, the last ones that were copied; all where it is not given. */
  lastRecords?: number | undefined
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
 * records, in order, byte for byte, once. Changes nothing. Throws UserError when a cluster cannot be reached (254), or
 * the source's registry of provenance is not the one that the replicator has relied on (5).
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
    const provenance = new Provenance(sides, options.id, store, clock)
    await provenance.refresh()
    const unregisteredProducers = provenance.unregisteredProducers()
    const cameFromTarget = (topic: string) => provenance.topicCameFromTarget(topic)
    const { pairs, fromTarget } = await topicPairs(options, request.topics, clusters, store, cameFromTarget)
    const topics = await verifyTopics(pairs, { sides, store, provenance }, request, clock)
    // Nothing compared is nothing proven.
    const isSound = topics.length > 0 && unregisteredProducers.length === 0
    return {
      replicatorName: options.name,
      source: options.source.alias,
      target: options.target.alias,
      verdict: isSound ? worstVerdict(topics.map(({ verdict }) => verdict)) : 'different',
      topics,
      topicsFromTarget: fromTarget,
      unregisteredProducers,
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

/** What a verification works with. */
interface Opened {
  sides: BothSides
  store: ProgressStore | undefined
  provenance: Provenance
}

async function verifyTopics(
  pairs: readonly Pair[],
  opened: Opened,
  request: VerifyRequest,
  clock: Clock,
): Promise<TopicVerification[]> {
  const results = pairs.map((pair): TopicVerification => emptyResult(pair, opened.store))
  const work = pairs.flatMap((pair, i) => {
    const result = results[i] as TopicVerification
    return result.problem === undefined
      ? pair.source.partitions.map(({ partition }) => ({ pair, partition, result }))
      : []
  })
  const progress: VerifyProgress = { partitionsDone: 0, partitions: work.length, records: 0, bytes: 0 }
  await inParallel(work, PARTITIONS_AT_ONCE, async ({ pair, partition, result }) => {
    const done = await verifyOne(pair, partition, opened, request, clock, ({ count, sizeBytes }) => {
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
  pair: Pair,
  partition: number,
  { sides, store, provenance }: Opened,
  request: VerifyRequest,
  clock: Clock,
  onRead: (run: { count: number; sizeBytes: number }) => void,
): Promise<PartitionVerification> {
  const { source, targetTopic } = pair
  for (let tries = 1; ; tries++) {
    const note = store?.partition(source.name, partition)
    const gaps = store?.gapsOf(source.name, partition) ?? []
    const problem = partitionProblem(pair, partition, note)
    if (problem !== undefined) return { ...notCompared(partition), verdict: 'different', problem }
    const from = store && note && lastCopied(store, source.name, partition, note, request.lastRecords)
    const what = { sourceTopic: source.name, targetTopic, partition, note, gaps, from }
    const result = await verifyPartition(sides, what, provenance, request, clock, onRead)
    if (result.verdict !== 'different' || tries === GAP_TRIES_MAX) return result
    // A gap that was recorded since the notes were read may explain it.
    await store?.load()
    if (store === undefined || store.gapsOf(source.name, partition).length === gaps.length) return result
  }
}

/**
 * Where the last copied records begin. Only this comes from the engine's own map; whether the records behind it are equal, the
 * logs say. Undefined where there are no more than that, or the map cannot be read: then all are compared.
 */
function lastCopied(
  store: ProgressStore,
  topic: string,
  partition: number,
  { sourceTopicId, openSegment }: PartitionNote,
  count: number | undefined,
): { source: number; target: number } | undefined {
  if (count === undefined) return undefined
  const map = OffsetMap.tryLoad(store.segments(sourceTopicId, topic, partition), openSegment)
  return map?.fromEnd(count)
}

/** What can be said of a topic before a record is read. */
function emptyResult(pair: Pair, store: ProgressStore | undefined): TopicVerification {
  const problem = topicProblem(pair, store)
  const verdict = problem === undefined ? 'unread' : 'different'
  return { sourceTopic: pair.source.name, targetTopic: pair.targetTopic, verdict, problem, partitions: [] }
}
