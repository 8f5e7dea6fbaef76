import type { StoredGap, StoredPartition, StoredStatus } from '../../src/replication/stored-status.ts'
import { totalsOf, verdictOf } from '../../src/replication/stored-status.ts'
import { GROUPS_OFF } from './stored-groups.ts'

/** A status as it is read; a test says only what it is about. Totals and verdict follow from it. */
export function storedStatus(facts: Partial<StoredStatus>): StoredStatus {
  const { topics = [], gaps = [] } = facts
  const status = {
    ...({ replicatorName: 'orders-dr', at: '2026-01-02T14:02:31.000Z', state: 'running', stateReason: null } as const),
    heartbeatAgeMs: 3_400,
    stoppedBy: null,
    controlHeard: true,
    deniedTopics: [],
    instance: { host: 'build-7', processId: 4711, startedAt: '2026-01-02T14:00:00.000Z' },
    source: { alias: 'source-1', problem: null },
    target: { alias: 'target-1', problem: null },
    ...{ groups: GROUPS_OFF, goneFromSource: [] },
    ...facts,
    ...{ topics, gaps, totals: totalsOf(topics, gaps, true) },
  }
  return { ...status, verdict: verdictOf(status) }
}

export function storedTopic(sourceTopic: string, partitions: StoredPartition[]): StoredStatus['topics'][number] {
  return { sourceTopic, targetTopic: sourceTopic, partitions }
}

export function storedPartition(
  partition: number,
  state: StoredPartition['state'],
  sourceEnd: number | null,
  copied: number | null,
): StoredPartition {
  const lag = sourceEnd === null || copied === null ? null : sourceEnd - copied
  const ends = { sourceStart: 0, sourceEnd, sourceHighWatermark: sourceEnd, targetEnd: copied }
  return { partition, state, reason: null, copied, lag, lastKnownLag: lag, gapOffsets: 0, ...ends }
}

export function storedGap(facts: Partial<StoredGap>): StoredGap {
  const { from = 1, to = 3 } = facts
  return {
    ...({ kind: 'truncated', sourceTopic: 'orders', partition: 1, at: '2026-01-02T13:59:59.123Z' } as const),
    reason: `the source no longer has offsets ${from}-${to - 1}: retention or DeleteRecords took ${to - from} before they were copied`,
    ...facts,
    ...{ from, to, offsets: to - from },
  }
}
