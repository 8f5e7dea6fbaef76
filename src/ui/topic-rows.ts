import type { ChalkInstance } from 'chalk'
import type { PartitionSnapshot, ReplicatorSnapshot } from '../replication/snapshot.js'
import type { StoredPartitionState } from '../replication/stored-status.js'
import type { Rates } from './rates.js'

/** A topic as its engine sees it, or as it looks from outside. */
export interface ShownTopic {
  sourceTopic: string
  partitions: readonly ShownPartition[]
}

interface ShownPartition extends Pick<PartitionSnapshot, 'partition' | 'sourceEnd' | 'copied' | 'lag'> {
  state: StoredPartitionState
  reason: string | null | undefined
}

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
  state: StoredPartitionState
  /** That partition's number, for states that need attention. */
  worst: number | undefined
  reason: string | undefined
}

/** Worst first. */
const SEVERITY: readonly StoredPartitionState[] = [
  ...(['held', 'unknown', 'waiting', 'starting', 'not-begun'] as const),
  ...(['copying', 'behind', 'caught-up', 'ignored'] as const),
]
/** What a person should look at, with the partition and the reason. */
const TROUBLES: readonly StoredPartitionState[] = ['held', 'unknown', 'waiting']

/** One row a topic, those that need attention first, then the longest lag, then by name. */
export function topicRows(topics: readonly ShownTopic[], rates: Rates): TopicRow[] {
  return topics.map(topic => topicRow(topic, rates)).sort((a, b) => byUrgency(a, b) || (a.topic < b.topic ? -1 : 1))
}

/** Held and waiting first, then the longest lag. */
export function byUrgency(a: Pick<TopicRow, 'state' | 'lag'>, b: Pick<TopicRow, 'state' | 'lag'>): number {
  const [lagOfA, lagOfB] = [a.lag ?? Infinity, b.lag ?? Infinity]
  return urgency(a.state) - urgency(b.state) || (lagOfA === lagOfB ? 0 : lagOfB - lagOfA)
}

function topicRow(topic: ShownTopic, rates: Rates): TopicRow {
  const worst = worstPartition(topic.partitions)
  const needsAttention = worst !== undefined && TROUBLES.includes(worst.state)
  return {
    topic: topic.sourceTopic,
    partitions: topic.partitions.length,
    sourceEnd: sum(topic.partitions.map(partition => partition.sourceEnd)),
    copied: sum(topic.partitions.map(partition => partition.copied)),
    lag: sum(topic.partitions.map(partition => partition.lag)),
    rate: rates.records.get(topic.sourceTopic) ?? null,
    state: worst?.state ?? 'starting',
    worst: needsAttention ? worst.partition : undefined,
    reason: needsAttention ? (worst.reason ?? undefined) : undefined,
  }
}

/** The partition whose state is worst; of several, the one with the longest lag. */
function worstPartition(partitions: readonly ShownPartition[]): ShownPartition | undefined {
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
function urgency(state: StoredPartitionState): number {
  if (state === 'held') return 0
  if (state === 'waiting' || state === 'unknown') return 1
  return state === 'caught-up' || state === 'ignored' ? 3 : 2
}

/** What a replicator does as one word: the worst of its topics, or the state of the whole. */
export function overallState(snapshot: ReplicatorSnapshot): string {
  if (snapshot.state !== 'running') return snapshot.state
  const states: StoredPartitionState[] = snapshot.topics.flatMap(topic => topic.partitions.map(({ state }) => state))
  if (states.length === 0) return 'no topics yet'
  return SEVERITY.find(state => states.includes(state)) ?? 'running'
}

/** How a state is coloured; the word says the same. */
export function paint(chalk: ChalkInstance, state: StoredPartitionState): (text: string) => string {
  switch (state) {
    case 'held':
      return chalk.bold.red
    case 'waiting':
    case 'unknown':
      return chalk.yellow
    case 'caught-up':
      return chalk.green
    default:
      return chalk.cyan
  }
}
