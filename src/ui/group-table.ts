import type { ChalkInstance } from 'chalk'
import type { StoredGroups } from '../replication/stored-groups.js'
import { grouped } from './format-number.js'
import {
  GROUP_STATE_WORDS,
  type GroupPartitionRow,
  type GroupRow,
  groupPartitionRows,
  groupRows,
  paintGroup,
} from './group-rows.js'
import { plainLine } from './plain-text.js'
import { type Column, legendOf, moreRows, rowTable, type TableOptions, wrapped } from './row-table.js'

export interface GroupTableOptions extends TableOptions {
  /** A row for each partition. */
  wide: boolean
}

const GROUP: Column<Pick<GroupRow, 'group'>> = {
  ...{ title: 'GROUP', cell: row => plainLine(row.group), align: 'left', isName: true },
}
const TOPIC: Column<Pick<GroupRow, 'topic'>> = {
  ...{ title: 'TOPIC', cell: row => plainLine(row.topic), align: 'left', isName: true },
}
const LAG: Column<Pick<GroupRow, 'sourceLag'>> = {
  ...{ title: 'LAG', cell: row => grouped(row.sourceLag), meaning: 'of the group on the source' },
}
const TARGET_LAG: Column<Pick<GroupRow, 'targetLag'>> = {
  ...{ title: 'TGT-LAG', cell: row => grouped(row.targetLag), meaning: 'on the target', dropAs: 2 },
}
const AGAIN: Column<Pick<GroupRow, 'readAgain'>> = {
  ...{ title: 'AGAIN', cell: row => grouped(row.readAgain) },
  meaning: 'records that it would read again if it went to the target now',
}
const STATE: Column<Pick<GroupRow, 'state'>> = {
  ...{ title: 'STATE', cell: row => GROUP_STATE_WORDS[row.state], align: 'left' },
  color: (row, chalk) => paintGroup(chalk, row.state),
}
const RUNS_ON: Column<GroupRow> = {
  ...{ title: 'RUNS-ON', cell: row => row.runsOn, align: 'left', dropAs: 1 },
  meaning: 'the side on which it has members',
}

const COLUMNS: readonly Column<GroupRow>[] = [GROUP, TOPIC, LAG, TARGET_LAG, AGAIN, RUNS_ON, STATE]

/** CURRENT-OFFSET and LAG are the words of kafka-consumer-groups, and mean the same: here on the source. */
const PARTITION_COLUMNS: readonly Column<GroupPartitionRow>[] = [
  GROUP,
  TOPIC,
  { title: 'PART', cell: ({ row }) => String(row.partition) },
  {
    ...{ title: 'CURRENT-OFFSET', cell: ({ row }) => grouped(row.sourceOffset), dropAs: 4 },
    meaning: 'committed on the source',
  },
  LAG,
  { title: 'TGT-OFFSET', cell: targetOffset, meaning: 'committed on the target', dropAs: 3 },
  TARGET_LAG,
  AGAIN,
  { title: 'EXACT', cell: ({ row }) => grouped(row.exactOffset), meaning: 'where it should begin there', dropAs: 1 },
  STATE,
]

const OFF = 'consumer groups are not synchronised (SynchroniseConsumerGroupOffsets is false)'
const NONE = 'consumer groups: none that is selected has committed offsets of a copied topic'

/**
 * The groups of a replicator with what a switch would mean for each, those that need attention first; one line where
 * there are none. `room`: so many rows at most.
 */
export function groupTable(
  stored: StoredGroups,
  room: number | undefined,
  options: GroupTableOptions,
  chalk: ChalkInstance,
): string[] {
  const { mode, problem, groups } = stored
  const problems = problem === null ? [] : wrapped(`consumer groups: ${plainLine(problem)}`, options.width)
  if (mode === 'off') return [...problems, ...wrapped(OFF, options.width)]
  const isEmpty = groups.every(({ topics }) => topics.length === 0)
  if (isEmpty) return problem === null ? wrapped(NONE, options.width) : problems
  const rows = options.wide
    ? cutRows(groupPartitionRows(groups), PARTITION_COLUMNS, room, options, chalk)
    : cutRows(groupRows(groups), COLUMNS, room, options, chalk)
  return [...problems, ...rows]
}

/** What there is to say of single groups, one line each, the worst first. */
export function groupReasons({ groups }: StoredGroups, { wide }: Pick<GroupTableOptions, 'wide'>): GroupReason[] {
  const rows = wide
    ? groupPartitionRows(groups).map(row => ({ ...row, topic: `${row.topic} p${row.row.partition}` }))
    : groupRows(groups)
  return rows.flatMap(({ group, topic, state, reason }) => {
    if (reason === null) return []
    return [{ state, text: plainLine(`${group}, ${topic}, ${GROUP_STATE_WORDS[state]}: ${reason}`) }]
  })
}

export interface GroupReason extends Pick<GroupRow, 'state'> {
  text: string
}

/** Nothing committed there is no unknown. */
function targetOffset({ state, row }: GroupPartitionRow): string {
  const isKnown = state !== 'unknown' && state !== 'failed'
  return row.targetOffset === null && isKnown ? '-' : grouped(row.targetOffset)
}

function cutRows<Row extends Pick<GroupRow, 'state'>>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  room: number | undefined,
  options: GroupTableOptions,
  chalk: ChalkInstance,
): string[] {
  const shown = rows.slice(0, room)
  const hidden = rows.slice(shown.length)
  const areSynced = hidden.every(({ state }) => state === 'synced')
  const what = `${options.wide ? 'partitions of groups' : 'rows'}${areSynced ? ', all synced' : ''}`
  const more = hidden.length === 0 ? [] : [chalk.dim(moreRows(hidden.length, what, options))]
  const legend = wrapped(legendOf(shown, columns, options), options.width).map(line => chalk.dim(line))
  return [...rowTable(shown, columns, options, chalk), ...more, ...legend]
}
