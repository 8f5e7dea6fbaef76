import type { GroupState } from '../../src/groups/group-state.ts'
import type { StoredGroups } from '../../src/replication/stored-groups.ts'
import type { StoredStatus, StoredTopic } from '../../src/replication/stored-status.ts'
import type { GateTable } from '../../src/runbooks/context.ts'
import { GateProgress, type GateRow } from '../../src/ui/gate-rows.ts'
import { type GateStep, type GateTableOptions, gateTable } from '../../src/ui/gate-table.ts'
import { group, groupPartition, groupTopic, storedGroups } from '../support/stored-groups.ts'
import { storedPartition, storedStatus, storedTopic } from '../support/stored-status.ts'

export const PLAIN: GateTableOptions = { width: 80, height: undefined, color: false, unicode: true, wide: false }
export const STEP: GateStep = {
  ...{ number: 2, count: 6, resumeCommand: 'kafka-replicator failover --replicator-name orders-dr --resume' },
}
export const LONG_NAME = `${'a-name-as-long-as-kafka-allows.'.repeat(8)}v`
export const HUGE = 9_007_199_254_740_991
const BEGUN = Date.UTC(2026, 0, 2, 14, 2, 1)
const INTERVAL_MS = 5_000

/** A look of a drain, 5 s after the one before; a test says only what it is about. */
export function drainLook(sample: number, topics: StoredTopic[], facts: Partial<GateTable> = {}): GateTable {
  return {
    ...{ title: 'drain before failover', threshold: 'max lag 0' },
    ...{ shows: { kind: 'drain', maxLag: 0 }, sample, good: 0, samples: 3, lacking: 'lag 475' },
    status: statusAt(sample, { topics }),
    ...facts,
  }
}

export function stillLook(sample: number, topics: StoredTopic[], facts: Partial<GateTable> = {}): GateTable {
  return drainLook(sample, topics, {
    ...{ title: 'stop the producers', threshold: 'ends of logs still' },
    ...{ shows: { kind: 'still' }, lacking: '1 topic moves' },
    ...facts,
  })
}

export function groupsLook(sample: number, groups: StoredGroups, facts: Partial<GateTable> = {}): GateTable {
  return drainLook(sample, [], {
    ...{ title: 'consumer groups', threshold: 'all inactive and exact' },
    ...{ shows: { kind: 'groups' }, lacking: 'orders-app waits for the copy, and 1 more group' },
    status: statusAt(sample, { groups }),
    ...facts,
  })
}

export function statusAt(sample: number, facts: Partial<StoredStatus>): StoredStatus {
  return storedStatus({ at: new Date(BEGUN + sample * INTERVAL_MS).toISOString(), ...facts })
}

/** The rows at the last of these looks. */
export function rowsAfter(looks: readonly GateTable[], wide = false): GateRow[] {
  const progress = new GateProgress()
  return looks.map(look => progress.look(look, wide)).at(-1) ?? []
}

/** The screen at the last of these looks. */
export function screenAfter(looks: readonly GateTable[], options: Partial<GateTableOptions> = {}): string {
  const all = { ...PLAIN, ...options }
  return gateTable(looks.at(-1) as GateTable, rowsAfter(looks, all.wide), STEP, all)
}

/** Six looks: payments is through, orders drains, refunds does not, audit has lost a leader, one is held. */
export function drain(last: Partial<GateTable> = {}): GateTable[] {
  return Array.from({ length: 6 }, (_, n) => {
    const left = 30_475 - n * 6_000
    const topics = [
      storedTopic('payments', [
        storedPartition(0, 'caught-up', 100_000, 100_000),
        storedPartition(1, 'caught-up', 9, 9),
      ]),
      storedTopic('orders', [
        storedPartition(0, 'caught-up', 451_877, 451_877),
        storedPartition(17, 'copying', 500_000, 500_000 - left),
      ]),
      storedTopic('refunds', [{ ...storedPartition(2, 'copying', 1_000, 990), sourceHighWatermark: 1_204 }]),
      storedTopic('audit', [
        storedPartition(0, 'copying', 402_118, 402_118),
        { ...storedPartition(3, 'unknown', null, 77), reason: 'no leader on the source' },
      ]),
      storedTopic('a-rather-long-topic-name.with-dots.and-a-version.v42', [
        { ...storedPartition(7, 'held', 1_234_567_890_123, 1_234_567_000_000), reason: 'its offsets 12-99 are gone' },
      ]),
    ]
    return drainLook(n + 1, topics, {
      ...{ lacking: '1 held, 1 unknown, 2 above threshold' },
      ...(n === 5 ? last : {}),
    })
  })
}

/** One that is drained at its last look: the second that finds it so. */
export function drained(good: number): GateTable[] {
  return Array.from({ length: 5 }, (_, n) => {
    const topics = [
      storedTopic('payments', [storedPartition(0, 'caught-up', 184_220, 184_220)]),
      storedTopic('orders', [storedPartition(0, n < 5 - good ? 'copying' : 'caught-up', 475, n < 5 - good ? n : 475)]),
    ]
    return drainLook(n + 1, topics, { good: Math.max(0, n - 4 + good), lacking: n < 5 - good ? 'lag 475' : undefined })
  })
}

/** Producers that were stopped, but for those of one topic; a transaction is open on another. */
export function stopping(): GateTable[] {
  return Array.from({ length: 4 }, (_, n) => {
    const written = (partition: number, end: number, more: number) => {
      return storedPartition(partition, 'copying', end + more * n, end)
    }
    return stillLook(n + 1, [
      storedTopic('payments', [written(0, 184_220, 0), written(1, 5, 0)]),
      storedTopic('orders', [written(0, 451_877, 0), written(1, 500_000, 1_250)]),
      storedTopic('ledger', [{ ...storedPartition(0, 'copying', 10, 10), sourceHighWatermark: 1_000 + n }]),
      storedTopic('audit', [storedPartition(0, 'unknown', null, 5)]),
    ])
  })
}

/** What follows on `stopping`: everything is known, and nothing is written any more. */
export function stopped(): GateTable[] {
  const ends = { payments: 184_225, orders: 955_627, ledger: 1_003, audit: 402_118 }
  const topics = Object.entries(ends).map(([name, end]) => storedTopic(name, [storedPartition(0, 'copying', end, 5)]))
  return [5, 6, 7, 8].map(sample => {
    return stillLook(sample, topics, { good: sample - 5, lacking: sample === 5 ? '4 topics move' : undefined })
  })
}

/** A group in several states. */
export function mixedGroups(facts: Partial<StoredGroups> = {}): StoredGroups {
  const one = (name: string, state: GroupState, numbers: object, reason: string | null, more: object = {}) =>
    group(name, [groupTopic('orders', [groupPartition(0, { state, reason, ...numbers })], reason)], more)
  const nowhere = { targetOffset: null, targetLag: null, exactOffset: null, readAgain: null }
  const refused = 'the target has refused its offsets: GROUP_AUTHORIZATION_FAILED; allow READ on group refused-app'
  return {
    ...storedGroups([
      one('billing', 'synced', {}, null),
      one('orders-app', 'waiting-for-copy', { sourceLag: 12, readAgain: 1_204 }, null, { sourceState: 'Stable' }),
      one('search-indexer', 'syncing', { targetOffset: 990, targetLag: 10, readAgain: 10 }, null),
      one('silent-app', 'unknown', nowhere, 'the coordinator on the target did not answer', { sourceState: null }),
      one('refused-app', 'failed', nowhere, refused),
    ]),
    ...facts,
  }
}
