import type { StoredPartitionState, StoredStatus } from '../replication/stored-status.js'
import type { Gate } from './gate.js'

const NOT_KNOWN: readonly StoredPartitionState[] = ['unknown', 'waiting', 'starting', 'not-begun']

/** Why nothing can be said of a replicator's copying; undefined where it runs and all is known. */
export function notKnown({ source, target, state, totals, topics }: StoredStatus): string | undefined {
  if (source.problem !== null) return 'the source does not answer'
  if (target.problem !== null) return 'the target does not answer'
  if (state !== 'running') return `the replicator does not run (${state})`
  if (totals.held > 0) return `${totals.held} partitions are held`
  if (totals.partitions === 0) return 'no topic is copied'
  const unknown = topics.flatMap(({ partitions }) => partitions).filter(({ state }) => NOT_KNOWN.includes(state)).length
  return unknown === 0 ? undefined : `${unknown} partitions are not known`
}

/** All that the source holds is on the target, but for so many offsets. */
export function drained(title: string, maxMessageLag: number): Gate {
  return {
    title,
    threshold: `message lag ${maxMessageLag}`,
    shows: { kind: 'drain', maxLag: maxMessageLag },
    lacking: status => {
      const { lag } = status.totals
      return notKnown(status) ?? (lag !== null && lag <= maxMessageLag ? undefined : `lag ${lag ?? 'unknown'}`)
    },
  }
}

/**
 * Nobody writes to the source any more: the ends of its logs, open transactions included, are where they were at the look
 * before. Believed for as long as the gate asks for samples.
 */
export function endsStandStill(title: string): Gate {
  return {
    title,
    threshold: 'end offsets of the source stand still',
    shows: { kind: 'still' },
    lacking: (status, before) => {
      if (status.source.problem !== null) return 'the source does not answer'
      const ends = endsOf(status)
      const unknown = [...ends].find(([, end]) => end === null)
      if (unknown) return `the end of ${unknown[0]} is not known`
      if (before === undefined) return 'a second look is needed'
      const last = endsOf(before)
      const moved = [...ends].find(([place, end]) => last.get(place) !== end)
      if (moved) return `${moved[0]} has moved`
      const { inOpenTransactions } = status.totals
      return inOpenTransactions
        ? `${inOpenTransactions} offsets are held back by transactions that are still open`
        : undefined
    },
  }
}

/** High watermarks: what an open transaction holds back is written, too. */
export function endsOf({ topics }: StoredStatus): Map<string, number | null> {
  return new Map(
    topics.flatMap(({ sourceTopic, partitions }) =>
      partitions.map(one => [`${sourceTopic} p${one.partition}`, one.sourceHighWatermark] as const),
    ),
  )
}

/** No group has members on the source. */
export function noGroupOnSource(title: string): Gate {
  return {
    title,
    threshold: 'no group has members on the source',
    shows: { kind: 'groups' },
    lacking: ({ groups }) => {
      if (groups.mode === 'off') return undefined
      if (groups.problem !== null) return groups.problem
      const { activeOnSource } = groups.verdict
      return activeOnSource === 0 ? undefined : `${activeOnSource} groups have members on the source`
    },
  }
}

/** Each group would begin on the target exactly where it left off, and as many as there should be. */
export function groupsSynced(title: string, expectedGroups: number | undefined): Gate {
  return {
    title,
    threshold: `all groups synced${expectedGroups === undefined ? '' : `, at least ${expectedGroups} of them`}`,
    shows: { kind: 'groups' },
    lacking: ({ groups }) => {
      if (groups.mode === 'off') return undefined
      if (groups.problem !== null) return groups.problem
      const { verdict } = groups
      const count = groups.groups.length
      if (expectedGroups !== undefined && count < expectedGroups) return `${count} groups instead of ${expectedGroups}`
      if (count === 0) return undefined
      if (verdict.unclear > 0) return `${verdict.unclear} groups are unclear`
      if (verdict.readAgain === null) return 'what would be read again is not known'
      return verdict.readAgain === 0 ? undefined : `${verdict.readAgain} records would be read again`
    },
  }
}

/** An engine says within a second or two that what was asked of it holds; one that does not run asks before it begins. */
export function engineHasHeard(title: string): Gate {
  return {
    title,
    threshold: 'the engine has heard of it',
    shows: { kind: 'replicator' },
    samples: 1,
    lacking: ({ target, state, controlHeard }) => {
      if (target.problem !== null) return 'the target does not answer'
      return state === 'running' && !controlHeard ? 'the engine has not heard of it yet' : undefined
    },
  }
}

/** Nothing copies any more. What is killed or hangs is not heard of; when it comes back, it asks before it goes on. */
export function engineHasEnded(title: string): Gate {
  return {
    title,
    threshold: 'the engine does not run',
    shows: { kind: 'replicator' },
    samples: 1,
    lacking: ({ target, state }) => {
      if (target.problem !== null) return 'the target does not answer'
      return state === 'running' ? 'the engine still runs' : undefined
    },
  }
}
