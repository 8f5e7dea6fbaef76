import type { StoredPartition, StoredStatus } from '../replication/stored-status.js'
import { grouped } from '../ui/format-number.js'
import { unsettledGroups, wouldBeReadAgain } from '../ui/group-sentence.js'
import { plainLine } from '../ui/plain-text.js'

/** What a script may wait for. */
export type WaitGoal = 'running' | 'caught-up' | 'groups-synced'

/** States of which it cannot be said yet whether everything is copied. */
const NOT_KNOWN: readonly StoredPartition['state'][] = ['unknown', 'waiting', 'starting', 'not-begun']

/**
 * What a replicator lacks to be so, in the words of `status`; nothing where it is so. What is not known is lacking. Up to
 * `maxLag` source offsets of all partitions together may be still to copy.
 */
export function missingFor(
  goal: WaitGoal,
  status: StoredStatus,
  { maxLag, unicode }: { maxLag: number; unicode: boolean },
): string[] {
  // What could not be asked explains the rest.
  const problems = clusterProblems(status)
  switch (goal) {
    case 'running':
      return status.state === 'running' ? [] : notRunning(status, problems)
    case 'caught-up':
      return [...notRunning(status, problems), ...(problems.length > 0 ? [] : copying(status, maxLag))]
    case 'groups-synced':
      return problems.length > 0 ? problems : groups(status, unicode)
  }
}

function notRunning({ state }: StoredStatus, problems: string[]): string[] {
  const says = state === 'running' || (state === 'unknown' && problems.length > 0) ? [] : [state]
  return [...says, ...problems]
}

function clusterProblems({ source, target }: StoredStatus): string[] {
  return [
    ...(source.problem === null ? [] : [`source: ${clause(source.problem)}`]),
    ...(target.problem === null ? [] : [`target: ${clause(target.problem)}`]),
  ]
}

/** A sentence that others follow on the same line. */
function clause(sentence: string): string {
  return plainLine(sentence).replace(/\.$/, '')
}

function copying({ topics, totals }: StoredStatus, maxLag: number): string[] {
  if (totals.partitions === 0) return ['no topics']
  const states = topics.flatMap(({ partitions }) => partitions.map(({ state }) => state))
  const counts = (['held', ...NOT_KNOWN] as const).flatMap(state => {
    const count = states.filter(other => other === state).length
    return count === 0 ? [] : [`${grouped(count)} ${state}`]
  })
  return [...counts, ...(totals.lag !== null && totals.lag <= maxLag ? [] : [`lag ${grouped(totals.lag)}`])]
}

/** A group that has committed nothing has nothing to find on the target. */
function groups({ groups }: StoredStatus, unicode: boolean): string[] {
  const { mode, problem, verdict } = groups
  if (mode === 'off') return ['consumer groups are not synchronised']
  if (problem !== null) return [`consumer groups: ${clause(problem)}`]
  if (groups.groups.every(({ topics }) => topics.length === 0)) return []
  const unsettled = unsettledGroups(groups, { unicode })
  return [
    ...(unsettled === undefined ? [] : [unsettled]),
    ...(verdict.readAgain === 0 ? [] : [wouldBeReadAgain(verdict.readAgain)]),
  ]
}
