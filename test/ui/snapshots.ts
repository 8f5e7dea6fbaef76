import type {
  PartitionSnapshot,
  PartitionState,
  ReplicatorSnapshot,
  TopicSnapshot,
} from '../../src/replication/snapshot.ts'

/** A snapshot with topics that are held, waiting, behind and caught up. */
export function exampleSnapshot(): ReplicatorSnapshot {
  return {
    replicatorName: 'orders-dr',
    state: 'running',
    reason: undefined,
    at: Date.UTC(2026, 0, 2, 14, 2, 31),
    startedAt: Date.UTC(2026, 0, 2, 14, 0, 0),
    groups: undefined,
    clusters: [],
    topics: [
      topic('payments', [partition(0, 'caught-up', 184_220, 184_220)]),
      topic('orders', [partition(0, 'copying', 500_000, 499_900), partition(1, 'copying', 451_877, 451_502)]),
      topic('audit', [
        partition(0, 'copying', 402_118, 402_118),
        partition(3, 'waiting', null, null, 'no leader on the source'),
      ]),
      topic('a-rather-long-topic-name.with-dots.and-a-version.v42', [
        partition(
          7,
          'held',
          1_234_567_890_123,
          1_234_567_000_000,
          'the source lost offsets 1,234,567,000,000 to 1,234,567,000,500 before they were copied',
        ),
      ]),
    ],
    recordsCopied: 951_402,
    bytesCopied: 123_456_789,
  }
}

export function topic(name: string, partitions: PartitionSnapshot[]): TopicSnapshot {
  return { sourceTopic: name, targetTopic: name, partitions }
}

export function partition(
  number: number,
  state: PartitionState,
  sourceEnd: number | null,
  copied: number | null,
  reason?: string,
): PartitionSnapshot {
  const lag = sourceEnd === null || copied === null ? null : sourceEnd - copied
  const counts = { gapOffsets: 0, recordsCopied: copied ?? 0, bytesCopied: 0, bytesRead: 0 }
  return { partition: number, state, reason, sourceEnd, copied, lag, ...counts }
}
