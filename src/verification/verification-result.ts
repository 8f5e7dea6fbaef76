import type { PartitionComparison } from './compare-partition.js'
import type { RecordedGap } from './recorded-gaps.js'

/** What verify found. Everything is plain data: it is what `--output json` shows. */
export interface VerificationResult {
  replicatorName: string
  source: string
  target: string
  verdict: Verdict
  topics: TopicVerification[]
  /** Selected source topics that hold copies of the target's own: they must not travel back. */
  topicsFromTarget: string[]
  /** Ids under which the replicator writes though the target's registry lacks them: that could travel in a circle. */
  unregisteredProducers: number[]
  /** Records that are on both sides, equal and in order. */
  recordsEqual: number
  seconds: number
}

/**
 * `equal`: proven · `behind`: everything that is on the target is right, but some is not copied yet · `different`:
 * something is wrong · `unread`: a log could not be read, so nothing is proven.
 */
export type Verdict = 'equal' | 'behind' | 'different' | 'unread'

export interface TopicVerification {
  sourceTopic: string
  targetTopic: string
  verdict: Verdict
  /** What is wrong with the topic as a whole, for example that the target has none. */
  problem: string | undefined
  partitions: PartitionVerification[]
}

export interface PartitionVerification {
  partition: number
  verdict: Verdict
  /** Why it could not be compared. */
  problem: string | undefined
  /** What of the two logs was compared: from the first offset up to, but not including, the last. */
  sourceRange: [from: number, to: number] | undefined
  targetRange: [from: number, to: number] | undefined
  comparison: PartitionComparison | undefined
  /** Records of other producers on the target, which were left out. */
  foreignRecords: number
  /** Records on the source that have been on the target before, which must not travel back. */
  cameFromTarget: number
  /** What the replicator has recorded that the target will never hold, or holds alone; in order of their offsets. */
  recordedGaps: RecordedGap[]
  /** Records on the source that are therefore not expected on the target. */
  recordedRecords: number
  /** What the reader should know, though it is no difference. */
  notices: string[]
}

/** The result of a partition before anything is known of it. */
export function notCompared(partition: number): PartitionVerification {
  return {
    partition,
    verdict: 'unread',
    problem: undefined,
    sourceRange: undefined,
    targetRange: undefined,
    comparison: undefined,
    foreignRecords: 0,
    cameFromTarget: 0,
    recordedGaps: [],
    recordedRecords: 0,
    notices: [],
  }
}

/** The worst decides; what could not be read is not as bad as what is proven wrong. */
const FROM_BAD_TO_GOOD: readonly Verdict[] = ['different', 'behind', 'unread', 'equal']

export function worstVerdict(verdicts: Iterable<Verdict>): Verdict {
  const all = new Set(verdicts)
  return FROM_BAD_TO_GOOD.find(verdict => all.has(verdict)) ?? 'equal'
}

export function verdictOf(comparison: PartitionComparison): Verdict {
  if (Object.values(comparison.counts).some(count => count > 0)) return 'different'
  return comparison.notCopiedYet > 0 ? 'behind' : 'equal'
}
