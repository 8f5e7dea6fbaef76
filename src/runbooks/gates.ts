import type { StoredPartitionState, StoredStatus } from '../replication/stored-status.js'
import { counted, inWords } from './counted.js'
import type { Gate } from './gate.js'

const NOT_KNOWN: readonly StoredPartitionState[] = ['unknown', 'waiting', 'starting', 'not-begun']

/** Why nothing can be said of a replicator's copying; undefined where it runs and all is known. */
export function notKnown({ source, target, state, totals, topics }: StoredStatus): string | undefined {
  if (source.problem !== null) return `${source.alias} does not answer`
  if (target.problem !== null) return `${target.alias} does not answer`
  if (state !== 'running') return `the replicator does not run (${state})`
  if (totals.held > 0) return `${counted(totals.held, 'partition')} held`
  if (totals.partitions === 0) return 'no topic is copied'
  const unknown = topics.flatMap(({ partitions }) => partitions).filter(({ state }) => NOT_KNOWN.includes(state)).length
  return unknown === 0 ? undefined : `${counted(unknown, 'partition')} not known`
}

/** All that the source holds is on the target, but for so many offsets. */
export function drained(title: string, maxMessageLag: number): Gate {
  return {
    title,
    threshold: maxMessageLag === 0 ? 'message lag 0' : `message lag ${inWords(maxMessageLag)} at most`,
    shows: { kind: 'drain', maxLag: maxMessageLag },
    lacking: status => {
      const { lag } = status.totals
      return notKnown(status) ?? (lag !== null && lag <= maxMessageLag ? undefined : `lag ${inWords(lag)}`)
    },
  }
}

/**
 * Nobody writes to the source any more: the ends of its logs, open transactions included, are where they were at the look
 * before. Believed for as long as the gate asks for samples.
 *
 * @param cluster how people call the source
 */
export function endsStandStill(title: string, cluster: string): Gate {
  return {
    title,
    threshold: `end offsets of ${cluster} stand still`,
    shows: { kind: 'still' },
    lacking: (status, before) => {
      if (status.source.problem !== null) return `${status.source.alias} does not answer`
      const ends = endsOf(status)
      const unknown = [...ends].find(([, end]) => end === null)
      if (unknown) return `the end of ${unknown[0]} is not known`
      if (before === undefined) return 'a second look is needed'
      const last = endsOf(before)
      const moved = [...ends].find(([place, end]) => last.get(place) !== end)
      if (moved) return `${moved[0]} has moved`
      const { inOpenTransactions } = status.totals
      return inOpenTransactions
        ? `open transactions still hold back ${counted(inOpenTransactions, 'offset')}`
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

/** No group has members on the source, which people call `cluster`. */
export function noGroupOnSource(title: string, cluster: string): Gate {
  return {
    title,
    threshold: `no group has members on ${cluster}`,
    shows: { kind: 'groups' },
    lacking: ({ groups, source }) => {
      if (groups.mode === 'off') return undefined
      if (groups.problem !== null) return groups.problem
      const { activeOnSource } = groups.verdict
      return activeOnSource === 0 ? undefined : `${counted(activeOnSource, 'group')} with members on ${source.alias}`
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
      if (expectedGroups !== undefined && count < expectedGroups)
        return `${counted(count, 'group')} instead of ${expectedGroups}`
      if (count === 0) return undefined
      if (verdict.unclear > 0) return `${counted(verdict.unclear, 'group')} unclear`
      if (verdict.readAgain === null) return 'what would be read again is not known'
      return verdict.readAgain === 0 ? undefined : `${counted(verdict.readAgain, 'record')} would be read again`
    },
  }
}

/** An engine hears within a few seconds of what is asked of it; one that does not run asks before it begins. */
export function engineHasHeard(title: string): Gate {
  return {
    title,
    threshold: 'the engine has heard of it',
    shows: { kind: 'replicator' },
    lacking: ({ target, state, controlHeard }) => {
      if (target.problem !== null) return `${target.alias} does not answer`
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
    lacking: ({ target, state }) => {
      if (target.problem !== null) return `${target.alias} does not answer`
      return state === 'running' ? 'the engine still runs' : undefined
    },
  }
}
