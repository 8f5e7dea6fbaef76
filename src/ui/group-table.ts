import type { ChalkInstance } from 'chalk'
import type { StoredStatus } from '../replication/stored-status.js'
import { grouped } from './format-number.js'
import {
  GROUP_STATE_WORDS,
  type GroupPartitionRow,
  type GroupRow,
  groupPartitionRows,
  groupRows,
  paintGroup,
  type RunsOn,
} from './group-rows.js'
import { plainLine } from './plain-text.js'
import { type Column, legendLines, moreRows, rowTable, shortened, type TableOptions, wrapped } from './row-table.js'

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
const AGAIN: Column<Pick<GroupRow, 'readAgain'>> = { title: 'AGAIN', cell: row => grouped(row.readAgain) }

/** Where it goes from and where to, by the names that people know. */
type Ends = Pick<StoredStatus, 'source' | 'target'>

function lagColumns({ source, target }: Ends): Column<Pick<GroupRow, 'sourceLag' | 'targetLag' | 'readAgain'>>[] {
  const [from, to] = [plainLine(source.alias), plainLine(target.alias)]
  return [
    { title: 'LAG', cell: row => grouped(row.sourceLag), meaning: `of the group on ${from}` },
    { title: 'TGT-LAG', cell: row => grouped(row.targetLag), meaning: `on ${to}`, dropAs: 2 },
    { ...AGAIN, meaning: `records that it would read again if it went to ${to} now` },
  ]
}

function stateColumn(ends: Ends, unicode: boolean): Column<Pick<GroupRow, 'state'>> {
  return {
    ...{ title: 'STATE', cell: row => groupStateWords(row.state, ends, unicode), align: 'left' },
    color: (row, chalk) => paintGroup(chalk, row.state),
  }
}

function columnsOf(ends: Ends, unicode: boolean): readonly Column<GroupRow>[] {
  return [
    ...[GROUP, TOPIC, ...lagColumns(ends)],
    {
      ...{ title: 'RUNS-ON', cell: ({ runsOn }) => whereItRuns(runsOn, ends), align: 'left', isName: true, dropAs: 1 },
      meaning: 'where it has members',
    },
    stateColumn(ends, unicode),
  ]
}

/** CURRENT-OFFSET and LAG are the words of kafka-consumer-groups, and mean the same: here on the source. */
function partitionColumnsOf(ends: Ends, unicode: boolean): readonly Column<GroupPartitionRow>[] {
  const [lag, targetLag, again] = lagColumns(ends) as [Column<GroupPartitionRow>, ...Column<GroupPartitionRow>[]]
  return [
    GROUP,
    TOPIC,
    { title: 'PART', cell: ({ row }) => String(row.partition) },
    {
      ...{ title: 'CURRENT-OFFSET', cell: ({ row }) => grouped(row.sourceOffset), dropAs: 4 },
      meaning: `committed on ${plainLine(ends.source.alias)}`,
    },
    lag,
    { title: 'TGT-OFFSET', cell: targetOffset, meaning: `committed on ${plainLine(ends.target.alias)}`, dropAs: 3 },
    ...[targetLag, again].filter(column => column !== undefined),
    { title: 'EXACT', cell: ({ row }) => grouped(row.exactOffset), meaning: 'where it should begin there', dropAs: 1 },
    stateColumn(ends, unicode),
  ]
}

function whereItRuns(runsOn: RunsOn, { source, target }: Ends): string {
  if (runsOn === 'source') return plainLine(source.alias)
  return runsOn === 'target' ? plainLine(target.alias) : runsOn
}

/** A state in words, with the name of the cluster that it is about: `active on west`. */
function groupStateWords(state: GroupRow['state'], { source, target }: Ends, unicode: boolean): string {
  const nameOf = ({ alias }: { alias: string }) => shortened(plainLine(alias), ALIAS_WIDTH_MAX, { unicode })
  return GROUP_STATE_WORDS[state]
    .replace('on source', () => `on ${nameOf(source)}`)
    .replace('on target', () => `on ${nameOf(target)}`)
}

/** The id of a cluster as its name is longer than all other words of the table. */
const ALIAS_WIDTH_MAX = 14

const OFF = 'consumer groups are not synchronised (SynchroniseConsumerGroupOffsets is false)'
const NONE = 'consumer groups: none that is selected has committed offsets of a copied topic'

/**
 * The groups of a replicator with what a switch would mean for each, those that need attention first; one line where
 * there are none. `room`: so many rows at most.
 */
export function groupTable(
  status: Ends & Pick<StoredStatus, 'groups'>,
  room: number | undefined,
  options: GroupTableOptions,
  chalk: ChalkInstance,
): string[] {
  const { mode, problem, groups } = status.groups
  const problems = problem === null ? [] : wrapped(`consumer groups: ${plainLine(problem)}`, options.width)
  if (mode === 'off') return [...problems, ...wrapped(OFF, options.width)]
  const isEmpty = groups.every(({ topics }) => topics.length === 0)
  if (isEmpty) return problem === null ? wrapped(NONE, options.width) : problems
  const rows = options.wide
    ? cutRows(groupPartitionRows(groups), partitionColumnsOf(status, options.unicode), room, options, chalk)
    : cutRows(groupRows(groups), columnsOf(status, options.unicode), room, options, chalk)
  return [...problems, ...rows]
}

/** What there is to say of single groups, one line each, the worst first. */
export function groupReasons(
  status: Ends & Pick<StoredStatus, 'groups'>,
  { wide, unicode }: Pick<GroupTableOptions, 'wide' | 'unicode'>,
): GroupReason[] {
  const { groups } = status.groups
  const rows = wide
    ? groupPartitionRows(groups).map(row => ({ ...row, topic: `${row.topic} p${row.row.partition}` }))
    : groupRows(groups)
  return rows.flatMap(({ group, topic, state, reason }) => {
    if (reason === null) return []
    return [{ state, text: plainLine(`${group}, ${topic}, ${groupStateWords(state, status, unicode)}: ${reason}`) }]
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
  return [...rowTable(shown, columns, options, chalk), ...more, ...legendLines(shown, columns, options, chalk)]
}
