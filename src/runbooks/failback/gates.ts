import type { OffsetLag, StoredGroup } from '../../replication/stored-groups.js'
import type { StoredStatus } from '../../replication/stored-status.js'
import { counted } from '../counted.js'
import type { Gate } from '../gate.js'
import { copiesNothing, drained, groupsSynced, type LagBounds } from '../gates.js'

/** All that was written on the secondary is on the primary, within these bounds; as the reverse replicator sees it. */
export function drainedHome(bounds: LagBounds, naming: Naming, home: string): Gate {
  const gate = drained(`drain to ${home}`, bounds)
  return {
    ...gate,
    lacking: (status, before) => (nothingWritten(status, naming) ? undefined : gate.lacking(status, before)),
  }
}

type Naming = 'prefixed' | 'identical'

/** Under prefixed names the secondary has a topic of its own only once somebody has written there. */
export function nothingWritten({ source, target, state, topics }: StoredStatus, naming: Naming): boolean {
  const isKnown = source.problem === null && target.problem === null && state === 'running'
  return naming === 'prefixed' && isKnown && copiesNothing(topics)
}

/** Each group has consumed what the secondary holds, but for so many records of a topic; as the reverse replicator sees it. */
export function consumed(maxOffsetLag: number, away: string): Gate {
  return {
    title: `consumers have read all on ${away}`,
    threshold: `offset lag ${maxOffsetLag} at most`,
    shows: { kind: 'groups' },
    lacking: status => {
      const copied = new Set(status.topics.map(({ sourceTopic }) => sourceTopic))
      const topicsOf = ({ topics }: StoredGroup) => topics.filter(({ sourceTopic }) => copied.has(sourceTopic))
      const lags = status.groups.groups.flatMap(one =>
        topicsOf(one).map(topic => lagOf(one, topic.sourceTopic, topic.source)),
      )
      return tooMuch(lags, status, maxOffsetLag)
    },
  }
}

/** The same of the copies that have names of their own there: of them the forward replicator knows. */
export function copiesConsumed(maxOffsetLag: number, away: string): Gate {
  return {
    title: `consumers have read the copies on ${away}`,
    threshold: `offset lag ${maxOffsetLag} at most`,
    shows: { kind: 'groups' },
    lacking: status => {
      const lags = status.groups.groups.flatMap(one =>
        one.topics.map(topic => lagOf(one, topic.targetTopic, topic.target)),
      )
      return tooMuch(lags, status, maxOffsetLag)
    },
  }
}

interface Lag {
  where: string
  lag: number | null
}

function lagOf({ group }: StoredGroup, topic: string, { maxOffsetLag }: OffsetLag): Lag {
  return { where: `${group} on ${topic}`, lag: maxOffsetLag }
}

function tooMuch(lags: readonly Lag[], { source, target, groups }: StoredStatus, max: number): string | undefined {
  for (const { alias, problem } of [source, target]) if (problem !== null) return `${alias} does not answer`
  if (groups.problem !== null) return groups.problem
  const unknown = lags.find(({ lag }) => lag === null)
  if (unknown) return `how far ${unknown.where} is, is not known`
  const [first, ...others] = lags.filter(({ lag }) => (lag ?? 0) > max)
  if (first === undefined) return undefined
  return `${first.where} has ${counted(first.lag ?? 0, 'record')} to read${others.length > 0 ? `, and ${others.length} more have` : ''}`
}

/**
 * Each group stands on the primary where it left off. With a tail that was left there no place is exact: it lies before what
 * they have read, so there they stand at the tail, and what they would read again is only known.
 */
export function groupsHome(expectedGroups: number | undefined, besideTail: boolean, home: string): Gate {
  const exact = groupsSynced(`groups stand on ${home}`, expectedGroups)
  if (!besideTail) return exact
  return {
    ...exact,
    threshold: 'all groups stand at the tail or behind it',
    lacking: (status, before) => exact.lacking(asIfNothingAgain(status), before),
  }
}

function asIfNothingAgain(status: StoredStatus): StoredStatus {
  const { groups } = status
  const { readAgain } = groups.verdict
  return { ...status, groups: { ...groups, verdict: { ...groups.verdict, readAgain: readAgain === null ? null : 0 } } }
}
