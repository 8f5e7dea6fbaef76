import type { ClusterSnapshot, PartitionSnapshot, ReplicatorSnapshot } from '../../src/replication/snapshot.ts'

/** One partition of one topic that copies, three records behind; the test says what is different. */
export function replicatorSnapshot(changes: Partial<ReplicatorSnapshot> = {}): ReplicatorSnapshot {
  return {
    replicatorName: 'orders-dr',
    state: 'running',
    reason: undefined,
    at: 1_700_000_000_000,
    startedAt: 1_700_000_000_000,
    recordsCopied: 7,
    bytesCopied: 700,
    groups: undefined,
    clusters: [],
    topics: [{ sourceTopic: 'orders', targetTopic: 'orders', partitions: [partitionSnapshot()] }],
    ...changes,
  }
}

export function partitionSnapshot(changes: Partial<PartitionSnapshot> = {}): PartitionSnapshot {
  return {
    ...{ partition: 0, state: 'copying', reason: undefined },
    ...{ sourceEnd: 10, copied: 7, lag: 3, gapOffsets: 0, recordsCopied: 7, bytesCopied: 700, bytesRead: 900 },
    ...changes,
  }
}

export function clusterSnapshot(side: 'source' | 'target', changes: Partial<ClusterSnapshot> = {}): ClusterSnapshot {
  return { side, alias: `${side}-1`, isAnswering: true, authErrors: 0, throttleMsMax: 0, ...changes }
}
