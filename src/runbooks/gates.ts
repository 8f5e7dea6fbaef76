import { HEARTBEAT_TOPIC } from '../policy/topic-patterns.js'
import type { StoredPartitionState, StoredStatus } from '../replication/stored-status.js'
import { AgeBound } from './age-bound.js'
import { counted, inWords } from './counted.js'
import type { Gate } from './gate.js'

const NOT_KNOWN: readonly StoredPartitionState[] = ['unknown', 'waiting', 'starting', 'not-begun']

/** Why nothing can be said of a replicator's copying; undefined where it runs and all is known. */
export function notKnown({ source, target, state, totals, topics }: StoredStatus): string | undefined {
  if (source.problem !== null) return `${source.alias} does not answer`
  if (target.problem !== null) return `${target.alias} does not answer`
  if (state !== 'running') return `the replicator does not run (${state})`
  if (totals.held > 0) return `${counted(totals.held, 'partition')} held`
  if (copiesNothing(topics)) return 'no topic is copied'
  const unknown = topics.flatMap(({ partitions }) => partitions).filter(({ state }) => NOT_KNOWN.includes(state)).length
  return unknown === 0 ? undefined : `${counted(unknown, 'partition')} not known`
}

/** Whether no topic of the user's is copied: heartbeats are ours. */
export function copiesNothing(topics: StoredStatus['topics']): boolean {
  return topics.every(({ sourceTopic, partitions }) => sourceTopic === HEARTBEAT_TOPIC || partitions.length === 0)
}

/** How far a target may be behind. */
export interface LagBounds {
  /** Source offsets still to copy, of all partitions together. */
  maxMessageLag: number
  /** How long a record may wait, at most; undefined where any time will do. */
  maxLatencySeconds?: number | undefined
}

/** All that the source holds is on the target, but for so many offsets, and none of them waits for too long. */
export function drained(title: string, { maxMessageLag, maxLatencySeconds }: LagBounds): Gate {
  const ages = new AgeBound()
  const bounds = [
    ...(maxMessageLag === Number.POSITIVE_INFINITY
      ? []
      : [maxMessageLag === 0 ? 'message lag 0' : `message lag ${inWords(maxMessageLag)} at most`]),
    ...(maxLatencySeconds === undefined ? [] : [`latency ${maxLatencySeconds} s at most`]),
  ]
  return {
    title,
    threshold: bounds.join(', '),
    shows: { kind: 'drain', maxLag: maxMessageLag },
    lacking: status => {
      const age = ages.look(status)
      const { lag } = status.totals
      const problem = notKnown(status) ?? (lag !== null && lag <= maxMessageLag ? undefined : `lag ${inWords(lag)}`)
      if (problem !== undefined || maxLatencySeconds === undefined) return problem
      if (age === null) return 'how long a record takes is not known yet'
      return age <= maxLatencySeconds * 1_000 ? undefined : `a record may wait for ${Math.round(age / 1_000)} s already`
    },
  }
}

/** What is written is copied in time, however much that is: producers may still write. */
export function keepsUp({ maxLatencySeconds }: Pick<LagBounds, 'maxLatencySeconds'>): Gate {
  return drained('the replicator keeps up', { maxMessageLag: Number.POSITIVE_INFINITY, maxLatencySeconds })
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

/** High watermarks: what an open transaction holds back is written, too. Heartbeats are no application's, so they are not counted. */
export function endsOf({ topics }: StoredStatus): Map<string, number | null> {
  const written = topics.filter(({ sourceTopic }) => sourceTopic !== HEARTBEAT_TOPIC)
  return new Map(
    written.flatMap(({ sourceTopic, partitions }) =>
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

/** An engine says within a second or two that what was asked of it holds; one that does not run asks before it begins. */
export function engineHasHeard(title: string): Gate {
  return {
    title,
    threshold: 'the engine has heard of it',
    shows: { kind: 'replicator' },
    samples: 1,
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
    samples: 1,
    lacking: ({ target, state }) => {
      if (target.problem !== null) return `${target.alias} does not answer`
      return state === 'running' ? 'the engine still runs' : undefined
    },
  }
}
