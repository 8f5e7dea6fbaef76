import { groupsVerdict } from '../../replication/judge-groups.js'
import type { StoredGroup } from '../../replication/stored-groups.js'
import type { StoredStatus } from '../../replication/stored-status.js'
import { counted } from '../counted.js'
import type { Gate } from '../gate.js'
import type { LookedAt } from './readiness.js'

/** The same with this group alone; without any where it is not there. */
export function onlyGroup(status: StoredStatus, group: string): StoredStatus {
  const groups = status.groups.groups.filter(one => one.group === group)
  return { ...status, groups: { ...status.groups, groups, verdict: groupsVerdict(groups) } }
}

/** Where a group has members. */
export function membersOf(group: StoredGroup): { onSource: boolean; onTarget: boolean } {
  const { activeOnSource, activeOnTarget } = groupsVerdict([group])
  return { onSource: activeOnSource > 0, onTarget: activeOnTarget > 0 }
}

/** Its consumers have stopped on the source, and on the target it begins exactly where they left off. */
export function groupIsExact({ read, from, to }: LookedAt, group: string): Gate {
  return {
    title: `${group} is exact`,
    threshold: `no members on ${from}, and begins on ${to} where it left off`,
    shows: { kind: 'groups' },
    read: async () => onlyGroup(await read(), group),
    lacking: whyNotExact,
  }
}

/** Why a group could not begin on the target now, of a status that has it alone; undefined where it could. */
export function whyNotExact(status: StoredStatus): string | undefined {
  const problem = unknownGroup(status) ?? stillThere(status)
  if (problem !== undefined) return problem
  const { readAgain, activeOnTarget } = status.groups.verdict
  if (activeOnTarget > 0) return `it has members on ${status.target.alias} already`
  // Ahead: a consumer there has read on, and left. What it has consumed is not to be read again.
  const topic = status.groups.groups[0]?.topics.find(({ state }) => state !== 'synced' && state !== 'ahead-on-target')
  if (topic !== undefined) return `${topic.sourceTopic}: ${topic.reason ?? topic.state}`
  return readAgain === 0
    ? undefined
    : `${readAgain === null ? 'an unknown number of records' : counted(readAgain, 'record')} would be read again`
}

function unknownGroup({ source, target, groups }: StoredStatus): string | undefined {
  if (source.problem !== null) return `${source.alias} does not answer`
  if (target.problem !== null) return `${target.alias} does not answer`
  if (groups.problem !== null) return groups.problem
  return groups.groups.length === 0 ? 'the group has no offsets of a copied topic' : undefined
}

function stillThere({ groups, source }: StoredStatus): string | undefined {
  return groups.verdict.activeOnSource === 0 ? undefined : `it has members on ${source.alias}`
}
