import type {
  StoredGroup,
  StoredGroupPartition,
  StoredGroups,
  StoredGroupTopic,
} from '../../src/replication/stored-groups.ts'

/** Groups of a replicator as `status` reads them; a test says only what it is about. */
export function storedGroups(groups: StoredGroup[], verdict: Partial<StoredGroups['verdict']> = {}): StoredGroups {
  return {
    ...({ mode: 'legacy', problem: null, counterparts: [], groups } as const),
    verdict: {
      ...{ safeToSwitch: true, readAgain: 0, activeOnSource: 0, activeOnTarget: 0, unclear: 0 },
      ...verdict,
    },
  }
}

export const GROUPS_OFF: StoredGroups = { ...storedGroups([], { safeToSwitch: null, readAgain: null }), mode: 'off' }

export function group(name: string, topics: StoredGroupTopic[], facts: Partial<StoredGroup> = {}): StoredGroup {
  return { group: name, sourceState: 'Empty', targetState: 'Empty', topics, ...facts }
}

/** A topic whose first partition decides its state, and whose numbers are the sums. */
export function groupTopic(
  topic: string,
  partitions: StoredGroupPartition[],
  reason: string | null = null,
): StoredGroupTopic {
  const lag = (numbers: (number | null)[]) => ({
    sumOffsetLag: sum(numbers),
    maxOffsetLag: numbers.includes(null) ? null : Math.max(...numbers.map(Number)),
  })
  return {
    ...{ sourceTopic: topic, targetTopic: topic, state: partitions[0]?.state ?? 'synced', reason, partitions },
    source: lag(partitions.map(({ sourceLag }) => sourceLag)),
    target: lag(partitions.map(({ targetLag }) => targetLag)),
    readAgain: sum(partitions.map(({ readAgain }) => readAgain)),
  }
}

/** Synced at 1,000 of 1,000 unless the test says otherwise. */
export function groupPartition(partition: number, facts: Partial<StoredGroupPartition> = {}): StoredGroupPartition {
  return {
    ...({ partition, state: 'synced', reason: null, sourceOffset: 1_000, sourceLag: 0 } as const),
    ...{ targetOffset: 1_000, targetLag: 0, exactOffset: 1_000, readAgain: 0 },
    ...facts,
  }
}

function sum(numbers: readonly (number | null)[]): number | null {
  return numbers.reduce<number | null>((total, one) => (total === null || one === null ? null : total + one), 0)
}
