import type { MetricDatum } from '@aws-sdk/client-cloudwatch'
import type { GroupsSnapshot } from '../groups/group-sync.js'
import type { ReplicatorSnapshot, TopicSnapshot } from '../replication/snapshot.js'
import { pingOf } from './cluster-metrics.js'
import { topicLatencyMs } from './topic-metrics.js'

type Unit = 'Milliseconds' | 'Count' | 'Bytes/Second' | 'Seconds'
type Value = number | null | undefined
/** Adds one value, unless it is not known. */
type Add = (name: string, unit: Unit, value: Value, dimensions: Record<string, string>) => void

/**
 * The metrics that MSK Replicator has in CloudWatch, by its names, units and dimensions (Amazon MSK Developer Guide,
 * "MSK Replicator metrics"). What is not known is left out, never 0. Rates and failures are those since `before`, the
 * reading a period ago; without it there are none.
 */
export function cloudWatchData(snapshot: ReplicatorSnapshot, before: ReplicatorSnapshot | undefined): MetricDatum[] {
  const { replicatorName, topics, groups } = snapshot
  const base = { ReplicatorName: replicatorName }
  const at = new Date(snapshot.at)
  const data: MetricDatum[] = []
  const add: Add = (MetricName, Unit, Value, dimensions) => {
    if (Value === null || Value === undefined) return
    const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))
    data.push({ MetricName, Unit, Value, Dimensions, Timestamp: at })
  }
  const throughputs = topics.map(topic => rateOf('bytesCopied', topic, snapshot, before))
  const reads = topics.map(topic => rateOf('bytesRead', topic, snapshot, before))
  const lags = topics.map(lagOf)
  const latencies = topics.map(topic => topicLatencyMs(topic, snapshot.at))
  for (const [n, { sourceTopic }] of topics.entries()) {
    const dimensions = { ...base, Topic: sourceTopic }
    add('MessageLag', 'Count', lags[n], dimensions)
    add('ReplicatorThroughput', 'Bytes/Second', throughputs[n], dimensions)
    add('ReplicationLatency', 'Milliseconds', latencies[n], dimensions)
    add('RetentionHeadroomSeconds', 'Seconds', topics[n]?.retentionHeadroomSeconds, dimensions)
  }
  const latest = latencies.filter(one => one !== undefined)
  add('ReplicationLatency', 'Milliseconds', latest.length === 0 ? undefined : Math.max(...latest), base)
  add('MessageLag', 'Count', topics.length === 0 ? undefined : sumOf(lags), base)
  add('ReplicatorThroughput', 'Bytes/Second', before === undefined ? undefined : sumOf(throughputs), base)
  add('ReplicatorBytesInPerSec', 'Bytes/Second', before === undefined ? undefined : sumOf(reads), base)
  // Both names stand in AWS's guide; whoever has an alarm on one of them finds it.
  const failures = topics.length === 0 ? undefined : heldOf(topics)
  add('ReplicationFailures', 'Count', failures, base)
  add('ReplicatorFailure', 'Count', failures, base)
  add('TopicCount', 'Count', topics.length, base)
  addClusters(snapshot, before, base, add)
  if (groups === undefined) return data
  add('ConsumerGroupCount', 'Count', groups.count, base)
  const earlier = before?.groups?.failures
  add('ConsumerGroupOffsetSyncFailure', 'Count', earlier === undefined ? undefined : groups.failures - earlier, base)
  for (const { alias, side } of snapshot.clusters) addGroupLags(groups, side, { ...base, ClusterAlias: alias }, add)
  return data
}

function addClusters(
  { clusters }: ReplicatorSnapshot,
  before: ReplicatorSnapshot | undefined,
  base: Record<string, string>,
  add: Add,
) {
  for (const cluster of clusters) {
    const dimensions = { ...base, ClusterAlias: cluster.alias }
    const earlier = before?.clusters.find(({ side }) => side === cluster.side)?.authErrors
    add('AuthError', 'Count', earlier === undefined ? undefined : cluster.authErrors - earlier, dimensions)
    add('ThrottleTime', 'Milliseconds', cluster.throttleMsMax, dimensions)
    add('KafkaClusterPingSuccessCount', 'Count', pingOf(cluster), dimensions)
  }
}

/** Of all groups together: CloudWatch bills each metric, and one for each group, topic and partition would be thousands. */
function addGroupLags(
  { topics }: GroupsSnapshot,
  side: 'source' | 'target',
  dimensions: Record<string, string>,
  add: Add,
) {
  if (topics.length === 0) return
  const longest = topics.reduce<number | null>((most, topic) => {
    const lag = topic[side].maxOffsetLag
    return most === null || lag === null ? null : Math.max(most, lag)
  }, 0)
  add('MaxOffsetLag', 'Count', longest, dimensions)
  add('SumOffsetLag', 'Count', sumOf(topics.map(topic => topic[side].sumOffsetLag)), dimensions)
}

/** Unknown as soon as one partition is: a sum without it would look better than it is. */
function lagOf({ partitions }: TopicSnapshot): number | null {
  return sumOf(partitions.map(({ lag }) => lag))
}

/** Bytes a second since the reading before; undefined where there is none, or the count began anew. */
function rateOf(
  counter: 'bytesCopied' | 'bytesRead',
  topic: TopicSnapshot,
  { at }: ReplicatorSnapshot,
  before: ReplicatorSnapshot | undefined,
): number | null {
  const seconds = (at - (before?.at ?? at)) / 1000
  if (before === undefined || seconds <= 0) return null
  const earlier = before.topics.find(({ sourceTopic }) => sourceTopic === topic.sourceTopic)
  const bytes = totalOf(counter, topic) - (earlier === undefined ? 0 : totalOf(counter, earlier))
  return bytes < 0 ? null : bytes / seconds
}

function totalOf(counter: 'bytesCopied' | 'bytesRead', { partitions }: TopicSnapshot): number {
  return partitions.reduce((sum, partition) => sum + partition[counter], 0)
}

/** Partitions that do not go on without a person: records too large, rights that are missing, and the like. */
function heldOf(topics: readonly TopicSnapshot[]): number {
  return topics.flatMap(({ partitions }) => partitions).filter(({ state }) => state === 'held').length
}

function sumOf(values: readonly Value[]): number | null {
  let sum = 0
  for (const value of values) {
    if (value === null || value === undefined) return null
    sum += value
  }
  return sum
}
