import type { PartitionSnapshot } from '../replication/snapshot.js'

/** Older than this it tells of a time that has passed: MSK's metric is one of each minute. */
const VALID_MS = 60_000

/**
 * Milliseconds from when a producer made the first record of the batch copied last until the target had it; undefined
 * when none was copied within the last minute, or the record has no time. A producer's clock ahead of ours gives 0.
 */
export function latencyMs({ lastCopied }: PartitionSnapshot, now: number): number | undefined {
  if (lastCopied === undefined || lastCopied.first < 0 || now - lastCopied.at > VALID_MS) return undefined
  return Math.max(0, lastCopied.at - lastCopied.first)
}
