import type { StoredStatus } from '../../replication/stored-status.js'
import type { Gate } from '../gate.js'
import { groupsSynced } from '../gates.js'

/** Each group has consumed what the secondary holds, but for so many records of a topic. */
export function consumed(maxOffsetLag: number): Gate {
  return {
    title: 'consumers have read all',
    threshold: `offset lag ${maxOffsetLag} at most`,
    shows: { kind: 'groups' },
    lacking: ({ source, groups }) => {
      if (source.problem !== null) return `${source.alias} does not answer`
      if (groups.problem !== null) return groups.problem
      const lags = groups.groups.flatMap(({ group, topics }) =>
        topics.map(({ sourceTopic, source: { maxOffsetLag: lag } }) => ({ where: `${group} on ${sourceTopic}`, lag })),
      )
      const unknown = lags.find(({ lag }) => lag === null)
      if (unknown) return `how far ${unknown.where} is, is not known`
      const behind = lags.filter(({ lag }) => (lag ?? 0) > maxOffsetLag)
      const [first] = behind
      if (first === undefined) return undefined
      const more = behind.length > 1 ? `, and ${behind.length - 1} more` : ''
      return `${first.where} has ${first.lag} to read${more}`
    },
  }
}

/**
 * Each group stands on the primary where it left off. With a tail that was left there no place is exact: it lies before what
 * they have read, so there they stand at the tail, and what they would read again is only known.
 */
export function groupsHome(expectedGroups: number | undefined, besideTail: boolean): Gate {
  const exact = groupsSynced('groups stand on the primary', expectedGroups)
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
