import type { PartitionSnapshot, PartitionState, ReplicatorSnapshot, TopicSnapshot } from '../replication/snapshot.js'
import type { Rates } from './rates.js'

/** One topic as the lag table shows it. A sum with an unknown part is unknown. */
export interface TopicRow {
  topic: string
  partitions: number
  sourceEnd: number | null
  copied: number | null
  lag: number | null
  /** Records per second. */
  rate: number | null
  /** Of the partition that is worst off. */
  state: PartitionState
  /** That partition's number, for states that need attention. */
  worst: number | undefined
  reason: string | undefined
}

/** Worst first. */
const SEVERITY: readonly PartitionState[] = ['held', 'waiting', 'starting', 'copying', 'caught-up']

/** The topics of a snapshot, those that need attention first, then the longest lag, then by name. */
export function topicRows(snapshot: ReplicatorSnapshot, rates: Rates): TopicRow[] {
  const rows = snapshot.topics.map(topic => topicRow(topic, rates))
  return rows.sort(
    (a, b) => urgency(a) - urgency(b) || (b.lag ?? Infinity) - (a.lag ?? Infinity) || (a.topic < b.topic ? -1 : 1),
  )
}

function topicRow(topic: TopicSnapshot, rates: Rates): TopicRow {
  const worst = worstPartition(topic.partitions)
  const needsAttention = worst?.state === 'held' || worst?.state === 'waiting'
  return {
    topic: topic.sourceTopic,
    partitions: topic.partitions.length,
    sourceEnd: sum(topic.partitions.map(partition => partition.sourceEnd)),
    copied: sum(topic.partitions.map(partition => partition.copied)),
    lag: sum(topic.partitions.map(partition => partition.lag)),
    rate: rates.records.get(topic.sourceTopic) ?? null,
    state: worst?.state ?? 'starting',
    worst: needsAttention ? worst?.partition : undefined,
    reason: needsAttention ? worst?.reason : undefined,
  }
}

/** The partition whose state is worst; of several, the one with the longest lag. */
function worstPartition(partitions: readonly PartitionSnapshot[]): PartitionSnapshot | undefined {
  return partitions.toSorted(
    (a, b) => SEVERITY.indexOf(a.state) - SEVERITY.indexOf(b.state) || (b.lag ?? Infinity) - (a.lag ?? Infinity),
  )[0]
}

/** The sum, or null when any part is unknown. */
export function sum(values: readonly (number | null)[]): number | null {
  let total = 0
  for (const value of values) {
    if (value === null) return null
    total += value
  }
  return total
}

/** Held and waiting topics stay on top of whatever merely lags. */
function urgency(row: TopicRow): number {
  return row.state === 'held' ? 0 : row.state === 'waiting' ? 1 : row.state === 'caught-up' ? 3 : 2
}

/** What a replicator does as one word: the worst of its topics, or the state of the whole. */
export function overallState(snapshot: ReplicatorSnapshot): string {
  if (snapshot.state !== 'running') return snapshot.state
  const states = snapshot.topics.flatMap(topic => topic.partitions.map(partition => partition.state))
  if (states.length === 0) return 'no topics yet'
  return SEVERITY.find(state => states.includes(state)) ?? 'running'
}
