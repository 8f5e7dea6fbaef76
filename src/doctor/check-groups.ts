import type { ListedGroup } from '../wire/messages/list-groups.js'
import { membersCommand } from './commands.js'
import type { ClusterFacts } from './facts.js'
import { counted, type Finding, findingsOf, listed } from './finding.js'

/** The groups of one side, and what brokers did not say. */
export interface GroupFacts {
  groups: readonly ListedGroup[]
  problems: readonly string[]
}

/** States of a group with members (Kafka: `GroupState`). */
const ACTIVE = ['Stable', 'PreparingRebalance', 'CompletingRebalance', 'Assigning', 'Reconciling']

/** May the offsets of the groups be written? Undefined: they are not to be. */
export function checkGroups(
  selected: ((group: string) => boolean) | undefined,
  source: { facts: ClusterFacts; groups: GroupFacts },
  target: { facts: ClusterFacts; groups: GroupFacts },
): Finding[] {
  const say = findingsOf('groups', 'both')
  if (selected === undefined) return [say.ok('consumer groups are not synchronised, as configured')]
  const unknown = [source, target].flatMap(({ facts, groups }) => {
    if (groups.problems.length === 0) return []
    const what = `not all groups of ${facts.alias}: ${listed(groups.problems, 2)}`
    return [findingsOf('groups', facts.side).unknown(what, UNSEEN, 'See the brokers and rights above.')]
  })
  const wanted = source.groups.groups.filter(({ group }) => selected(group))
  const active = new Set(target.groups.groups.filter(({ state }) => ACTIVE.includes(state)).map(({ group }) => group))
  const findings = wanted.flatMap(group => [...checkKind(group), ...checkActive(group, active, target.facts)])
  if (wanted.length === 0 && unknown.length === 0) {
    return [say.ok('no consumer group of the source is selected so far')]
  }
  const known = wanted.length === 0 ? [] : [say.ok(`${counted(wanted.length, 'consumer group')} selected`)]
  return [...known, ...unknown, ...findings]
}

const UNSEEN = 'a group that is not told is not synchronised'

function checkKind({ group, protocolType, type }: ListedGroup): Finding[] {
  const say = findingsOf('groups', 'source')
  const kind = type === 'share' || type === 'streams' ? type : protocolType
  if (kind === 'share') {
    const why = 'share groups commit no offsets that could be written on the target'
    return [say.warning(`${group} is a share group`, why, 'Exclude it, and let it begin anew on the target.')]
  }
  if (kind === '' || kind === 'consumer' || kind === 'streams') return []
  const why = 'its members keep more than offsets, which does not travel'
  return [say.warning(`${group} speaks the protocol "${kind}"`, why, 'Exclude it in ConsumerGroupReplication.')]
}

function checkActive({ group, state }: ListedGroup, onTarget: ReadonlySet<string>, target: ClusterFacts): Finding[] {
  if (!onTarget.has(group)) return []
  const say = findingsOf('groups', 'target')
  const where = ACTIVE.includes(state) ? 'on both clusters' : 'on the target'
  const why = 'offsets of a group with members are never written: it goes on there from where it is'
  const fix = `${membersCommand(target, group)}   # and stop them, until it is switched over`
  return [say.warning(`${group} has members ${where}`, why, fix)]
}
