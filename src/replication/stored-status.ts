import type { GapNote, InstanceNote } from '../progress/notes.js'
import type { PartitionState } from './snapshot.js'
import type { StoredGroups } from './stored-groups.js'

/**
 * One replicator seen from outside, by its notes on the target and what both clusters answer: an engine need not run.
 * This is what `status --output json` prints, so names of fields stay. Unknown numbers are null, never 0; offsets of
 * partitions are the source's unless they say otherwise; times are ISO 8601 in UTC.
 */
export interface StoredStatus {
  replicatorName: string
  /** When this was read. */
  at: string
  verdict: StatusVerdict
  state: StoredRunState
  /** What the engine last said of its end, in a sentence; null where it said nothing. */
  stateReason: string | null
  /** Milliseconds since it last wrote anything of itself, by the clocks of two machines; null where it never did. */
  heartbeatAgeMs: number | null
  instance: StoredInstance | null
  /** Who has stopped the copying for good (a failover), and since when; null where nobody has. */
  stoppedBy: { by: string; at: string } | null
  /** Whether the engine says that it has heard of what a runbook asked of it last; true where nothing was asked. */
  controlHeard: boolean
  /** Source topics that producers are kept off by rules of a runbook (`--fence acl`), which are not removed yet. */
  deniedTopics: string[]
  source: StoredCluster
  target: StoredCluster
  /** The topics that are copied; those that the source has no longer are in `goneFromSource`. */
  topics: StoredTopic[]
  groups: StoredGroups
  /** Source topics that were copied once and were deleted since: their copies stay, nothing more comes. */
  goneFromSource: string[]
  /** All recorded gaps, the newest first. */
  gaps: StoredGap[]
  totals: StoredTotals
}

/**
 * `running`: its heartbeat is fresh · `silent`: it should run, but has not been heard of · `stopped`: by its operator ·
 * `failed`: it ended by a fault or to protect the data · `never-ran` · `unknown`: the target could not be asked.
 */
export type StoredRunState = 'running' | 'silent' | 'stopped' | 'failed' | 'never-ran' | 'unknown'

/**
 * The first of these that is so. `unreachable`: a cluster does not answer at all · `never-ran`, `failed`, `silent`: as
 * the state says · `held`: a partition is, or will be when it runs · `stopped` · `no-topics`: it copies nothing ·
 * `unknown`: a number is not known · `copying` and `caught-up`: it runs, and nothing is held or unknown.
 */
export type StatusVerdict =
  | 'unreachable'
  | 'never-ran'
  | 'failed'
  | 'silent'
  | 'held'
  | 'stopped'
  | 'no-topics'
  | 'unknown'
  | 'copying'
  | 'caught-up'

export interface StoredInstance extends Pick<InstanceNote, 'host' | 'processId'> {
  startedAt: string
}

export interface StoredCluster {
  alias: string
  /** Why nothing could be asked of it; null where it answered. */
  problem: string | null
}

export interface StoredTopic {
  sourceTopic: string
  targetTopic: string
  partitions: StoredPartition[]
}

/**
 * Besides what an engine sees itself: `behind`: not copied to the end, and nothing runs · `not-begun`: never copied so
 * far · `unknown`: could not be asked.
 */
export type StoredPartitionState = PartitionState | 'behind' | 'not-begun' | 'unknown'

export interface StoredPartition {
  partition: number
  state: StoredPartitionState
  /** One sentence for `held`, `waiting`, `ignored` and `unknown`; null where there is nothing to say. */
  reason: string | null
  /** The first offset that the source still has. */
  sourceStart: number | null
  /** Its last stable offset: where a committed reader ends today. */
  sourceEnd: number | null
  /** Its high watermark: what lies between is held back by open transactions. */
  sourceHighWatermark: number | null
  /** The next offset to copy, as the engine noted it (once a second while it runs). */
  copied: number | null
  /** Offsets still to pass: `sourceEnd - copied`; 0 where it is not copied any more (`ignored`). */
  lag: number | null
  /** Offsets that were still to pass by what the engine saw of the source when it last noted anything; null where unknown. */
  lastKnownLag: number | null
  /** The target's high watermark. */
  targetEnd: number | null
  /** Offsets in recorded gaps that will never be on the target; null where the notes are not known. */
  gapOffsets: number | null
}

/** Source offsets `from` … `to - 1` that are not on the target (`diverged`: only there). */
export interface StoredGap extends Pick<GapNote, 'kind' | 'sourceTopic' | 'partition' | 'from' | 'to' | 'reason'> {
  /** `to - from`. */
  offsets: number
  at: string
}

export interface StoredTotals {
  topics: number
  partitions: number
  /** Of all partitions; null when that of any is unknown, or there is none. */
  lag: number | null
  held: number
  /** Partitions whose lag is not known. */
  unknown: number
  /** Offsets behind open transactions on the source; null when not known of any partition. */
  inOpenTransactions: number | null
  /** Recorded gaps; null where the notes are not known. */
  gaps: number | null
  /** Offsets in them that will never be on the target. */
  gapOffsets: number | null
}

/** What all partitions come to. */
export function totalsOf(topics: readonly StoredTopic[], gaps: readonly StoredGap[], notesKnown: boolean) {
  const partitions = topics.flatMap(topic => topic.partitions)
  const openOf = ({ sourceEnd, sourceHighWatermark }: StoredPartition) =>
    sourceEnd === null || sourceHighWatermark === null ? null : Math.max(0, sourceHighWatermark - sourceEnd)
  const missing = gaps.filter(({ kind }) => kind !== 'diverged')
  return {
    topics: topics.length,
    partitions: partitions.length,
    lag: partitions.length === 0 ? null : sumKnown(partitions.map(({ lag }) => lag)),
    held: partitions.filter(({ state }) => state === 'held').length,
    unknown: partitions.filter(({ lag }) => lag === null).length,
    inOpenTransactions: sumKnown(partitions.map(openOf)),
    gaps: notesKnown ? gaps.length : null,
    gapOffsets: notesKnown ? missing.reduce((sum, { offsets }) => sum + offsets, 0) : null,
  } satisfies StoredTotals
}

/** What is so, in one word. */
export function verdictOf(status: Omit<StoredStatus, 'verdict'>): StatusVerdict {
  const { source, target, state, totals, topics } = status
  const known: readonly StoredPartitionState[] = ['copying', 'behind', 'caught-up', 'ignored', 'held']
  if (source.problem !== null || target.problem !== null) return 'unreachable'
  if (state === 'never-ran' || state === 'failed' || state === 'silent') return state
  if (totals.held > 0) return 'held'
  if (state === 'stopped') return 'stopped'
  if (totals.partitions === 0) return 'no-topics'
  const isUnknown = ({ partitions }: StoredTopic) => partitions.some(one => !known.includes(one.state))
  if (state === 'unknown' || totals.lag === null || topics.some(isUnknown)) return 'unknown'
  return totals.lag > 0 ? 'copying' : 'caught-up'
}

function sumKnown(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((sum, value) => (sum === null || value === null ? null : sum + value), 0)
}
