import type { ChalkInstance } from 'chalk'
import type { GroupState } from '../groups/group-state.js'
import type { StoredGroup, StoredGroupPartition } from '../replication/stored-groups.js'

/** A group and a topic as the table of groups shows it, over all partitions. */
export interface GroupRow {
  group: string
  topic: string
  state: GroupState
  /** In offsets, summed over the partitions; a sum with an unknown part is unknown. */
  sourceLag: number | null
  targetLag: number | null
  readAgain: number | null
  runsOn: RunsOn
  reason: string | null
}

/** One partition of it. */
export interface GroupPartitionRow extends Omit<GroupRow, 'runsOn'> {
  row: StoredGroupPartition
}

/** Where a group has members. */
export type RunsOn = 'source' | 'target' | 'both' | '-' | '?'

/** Worst first: what needs a person, what the copy settles, what is settled. */
const SEVERITY: readonly GroupState[] = [
  ...(['failed', 'no-mapping', 'unknown', 'reset-on-source'] as const),
  ...(['waiting-for-copy', 'syncing', 'active-on-target', 'ahead-on-target', 'synced'] as const),
]

/** States in plain English, as the table shows them. */
export const GROUP_STATE_WORDS: Readonly<Record<GroupState, string>> = {
  failed: 'failed',
  'no-mapping': 'no mapping',
  unknown: 'unknown',
  'reset-on-source': 'reset on source',
  'waiting-for-copy': 'waiting for copy',
  syncing: 'syncing',
  'active-on-target': 'active on target',
  'ahead-on-target': 'ahead on target',
  synced: 'synced',
}

/** One row a group and topic, those that need attention first, then those that would read most again, then by name. */
export function groupRows(groups: readonly StoredGroup[]): GroupRow[] {
  return groups
    .flatMap(group =>
      group.topics.map(({ sourceTopic, state, reason, source, target, readAgain }) => ({
        ...{ group: group.group, topic: sourceTopic, state, reason, readAgain, runsOn: runsOn(group) },
        ...{ sourceLag: source.sumOffsetLag, targetLag: target.sumOffsetLag },
      })),
    )
    .sort(byUrgency)
}

/** One row a partition, in the same order. */
export function groupPartitionRows(groups: readonly StoredGroup[]): GroupPartitionRow[] {
  return groups
    .flatMap(({ group, topics }) =>
      topics.flatMap(({ sourceTopic: topic, partitions }) =>
        partitions.map(row => {
          const { state, reason, sourceLag, targetLag, readAgain } = row
          return { group, topic, state, reason, sourceLag, targetLag, readAgain, row }
        }),
      ),
    )
    .sort((a, b) => byUrgency(a, b) || a.row.partition - b.row.partition)
}

type Urgent = Pick<GroupRow, 'group' | 'topic' | 'state' | 'readAgain' | 'sourceLag'>

function byUrgency(a: Urgent, b: Urgent): number {
  return (
    SEVERITY.indexOf(a.state) - SEVERITY.indexOf(b.state) ||
    moreFirst(a.readAgain, b.readAgain) ||
    moreFirst(a.sourceLag, b.sourceLag) ||
    byName(a.group, b.group) ||
    byName(a.topic, b.topic)
  )
}

/** What is not known may be more than anything. */
function moreFirst(a: number | null, b: number | null): number {
  if (a === b) return 0
  return (b ?? Number.POSITIVE_INFINITY) > (a ?? Number.POSITIVE_INFINITY) ? 1 : -1
}

function byName(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** The target does not say whether it does not know a group or has none of that name; the source must know it. */
function runsOn({ sourceState, targetState }: StoredGroup): RunsOn {
  const [onSource, onTarget] = [hasMembers(sourceState), hasMembers(targetState)]
  if (onSource) return onTarget ? 'both' : 'source'
  if (onTarget) return 'target'
  return sourceState === null ? '?' : '-'
}

/** A group that rebalances has members too. */
function hasMembers(state: string | null): boolean {
  return state !== null && state !== 'Empty' && state !== 'Dead'
}

/** How a state is coloured; the words say the same. */
export function paintGroup(chalk: ChalkInstance, state: GroupState): (text: string) => string {
  switch (state) {
    case 'failed':
    case 'no-mapping':
      return chalk.bold.red
    case 'unknown':
    case 'reset-on-source':
      return chalk.yellow
    case 'waiting-for-copy':
    case 'syncing':
      return chalk.cyan
    default:
      return chalk.green
  }
}
