import { Chalk, type ChalkInstance } from 'chalk'
import type { StoredGap, StoredPartition, StoredStatus } from '../replication/stored-status.js'
import { clockTime, grouped } from './format-number.js'
import { paintGroup } from './group-rows.js'
import { groupSentence } from './group-sentence.js'
import { groupReasons, groupTable } from './group-table.js'
import { moreLine, stateCell } from './lag-table.js'
import { isStoppedForGood, neverCrossed } from './never-crossed.js'
import { plainLine } from './plain-text.js'
import { NO_RATES } from './rates.js'
import { type Column, indented, rowTable, type TableOptions, wrapped } from './row-table.js'
import { statusSentence } from './status-sentence.js'
import { byUrgency, paint, type TopicRow, topicRows } from './topic-rows.js'

export interface StatusScreenOptions extends TableOptions {
  /** A row for every partition, with both ends of the source's log and the end of the target's, also for each group. */
  wide: boolean
  /** Whether it can be called by its name; otherwise it is described by files. */
  isRegistered: boolean
}

type PartitionRow = Pick<StoredPartition, 'state' | 'lag'> & { topic: string; row: StoredPartition }

const TOPIC_COLUMNS: readonly Column<TopicRow>[] = [
  { title: 'TOPIC', cell: row => plainLine(row.topic), align: 'left', isName: true },
  { title: 'PARTS', cell: row => grouped(row.partitions), dropAs: 1 },
  { title: 'SRC-END', cell: row => grouped(row.sourceEnd), dropAs: 2 },
  { title: 'COPIED', cell: row => grouped(row.copied), dropAs: 3 },
  { title: 'LAG', cell: row => grouped(row.lag) },
  { title: 'STATE', cell: stateCell, align: 'left', color: (row, chalk) => paint(chalk, row.state) },
]

const PARTITION_COLUMNS: readonly Column<PartitionRow>[] = [
  { title: 'TOPIC', cell: ({ topic }) => plainLine(topic), align: 'left', isName: true },
  { title: 'PART', cell: ({ row }) => String(row.partition) },
  { title: 'SRC-START', cell: ({ row }) => grouped(row.sourceStart), dropAs: 2 },
  { title: 'SRC-END', cell: ({ row }) => grouped(row.sourceEnd), dropAs: 3 },
  { title: 'COPIED', cell: ({ row }) => grouped(row.copied), dropAs: 4 },
  { title: 'LAG', cell: ({ lag }) => grouped(lag) },
  { title: 'TGT-END', cell: ({ row }) => grouped(row.targetEnd), dropAs: 1 },
  { title: 'STATE', cell: ({ state }) => state, align: 'left', color: (row, chalk) => paint(chalk, row.state) },
]

const LEGEND =
  'SRC-END last committed offset of the source, COPIED noted as acknowledged by the target, LAG still to pass; ? is unknown'
const WIDE_LEGEND = `SRC-START the first offset that the source still has, TGT-END the end of the target; ${LEGEND}`
/** Longer lists are for --output json. */
const LISTED_MAX = 20
/** Heading, where it runs, blank lines, column titles, legend, the last sentence, a line for the prompt. */
const LINES_AROUND_ROWS = 12
/** Column titles, "more" line, legend, a blank line, what a switch would mean. */
const LINES_AROUND_GROUPS = 8
/** The line that stands instead. */
const LINES_WITHOUT_GROUPS = 3
/** So many rows stand in each table however low the screen is: then it scrolls. */
const ROWS_MIN = 3

/**
 * One replicator as `status` shows it; the last lines say whether its groups may switch, what is so and what to do next.
 * Ends without a line end.
 */
export function statusScreen(status: StoredStatus, options: StatusScreenOptions): string {
  const chalk = new Chalk({ level: options.color ? 1 : 0 })
  const room = roomForRows(status, options)
  const above = [
    [...heading(status, options, chalk), ...table(status, room.topics, options, chalk)],
    [...frozen(status, options), ...groupTable(status, room.groups, options, chalk)],
    neverCrossed(status, options),
    denied(status, options),
    troubles(status, options, chalk),
    groupTroubles(status, options, chalk),
    gaps(status, options, chalk),
  ]
  const sentence = closing(status, options).map(line => chalk.bold(line))
  const lines = above.flatMap(paragraph => (paragraph.length === 0 ? [] : [...paragraph, '']))
  return [...cutTo(options, lines, sentence.length), ...sentence].join('\n')
}

/** A command is never broken: it is there to be copied. */
function closing(status: StoredStatus, options: StatusScreenOptions): string[] {
  const { width, isRegistered } = options
  // Who has switched already asks something else.
  const switching = isStoppedForGood(status) ? undefined : groupSentence(status, options)
  const above = switching === undefined ? [] : indented(wrapped(switching, width))
  const { text, command } = statusSentence(status, isRegistered)
  const line = command === undefined ? text : `${text} ${command}`
  if (width === undefined || line.length <= width || command === undefined) return [...above, ...wrapped(line, width)]
  return [...above, ...wrapped(text, width), `  ${command}`]
}

/** What is left for the rows of both tables: half for each, unless one needs less. */
function roomForRows({ topics, groups }: StoredStatus, { height, wide }: StatusScreenOptions) {
  if (height === undefined) return { topics: undefined, groups: undefined }
  const count = (tables: readonly { partitions: readonly unknown[] }[]) =>
    wide ? tables.reduce((sum, { partitions }) => sum + partitions.length, 0) : tables.length
  const groupRows = count(groups.groups.flatMap(group => group.topics))
  const around = LINES_AROUND_ROWS + (groupRows === 0 ? LINES_WITHOUT_GROUPS : LINES_AROUND_GROUPS)
  const free = height - around
  const forGroups = Math.min(groupRows, Math.max(ROWS_MIN, Math.floor(free / 2), free - count(topics)))
  return { topics: Math.max(ROWS_MIN, free - forGroups), groups: forGroups }
}

/** On a screen that is too low, the last sentence is worth more than the end of a list. */
function cutTo({ height, unicode }: StatusScreenOptions, lines: string[], below: number): string[] {
  // A line for the mark, an empty one, and one for the prompt.
  const room = height === undefined ? lines.length : Math.max(1, height - below - 3)
  return lines.length <= room + 1 ? lines : [...lines.slice(0, room), unicode ? '…' : '...', '']
}

function heading(status: StoredStatus, options: StatusScreenOptions, chalk: ChalkInstance): string[] {
  const { totals, state, at, replicatorName } = status
  const joint = options.unicode ? ' · ' : ' | '
  const held = totals.held > 0 ? [`${grouped(totals.held)} held`] : []
  const words = [plainLine(replicatorName), state, ...held, `lag ${grouped(totals.lag)}`, clockTime(Date.parse(at))]
  const lines = [...whereabouts(status), ...clusterLines(status), ...openTransactions(status), ...gone(status)]
  return [
    ...wrapped(words.join(joint), options.width).map(line => chalk.bold(line)),
    ...lines.flatMap(line => wrapped(line, options.width)),
  ]
}

/** Who has frozen the groups, so that none is moved. */
function frozen({ groups }: StoredStatus, { width }: StatusScreenOptions): string[] {
  if (groups.mode === 'off' || groups.frozenBy === null) return []
  return wrapped(`groups are frozen by ${plainLine(groups.frozenBy)}: none is moved`, width)
}

/** Rules of a runbook: it is under way, or the source was lost before it could remove them. */
function denied({ deniedTopics, source, replicatorName }: StoredStatus, options: StatusScreenOptions): string[] {
  if (deniedTopics.length === 0) return []
  const names = deniedTopics.slice(0, LISTED_MAX).map(plainLine).join(', ')
  const more = deniedTopics.length > LISTED_MAX ? ` and ${grouped(deniedTopics.length - LISTED_MAX)} more` : ''
  const what = `producers are denied Write on ${counted(deniedTopics.length, 'topic')} of ${plainLine(source.alias)} by rules of a runbook: ${names}${more}`
  const how = 'the runbook removes them when it ends; those that it has left behind, failback removes before all else:'
  const command = options.isRegistered
    ? `kafka-replicator failback --replicator-name ${plainLine(replicatorName)}`
    : 'kafka-replicator failback, with the same files'
  return [...wrapped(what, options.width), ...wrapped(how, options.width), `  ${command}`]
}

/** From where to where, who said it last, and how long ago. */
function whereabouts({ instance, heartbeatAgeMs, source, target }: StoredStatus): string[] {
  const route = `from ${plainLine(source.alias)} to ${plainLine(target.alias)}`
  if (instance === null || heartbeatAgeMs === null) return [route]
  const { host, processId, startedAt } = instance
  const runs = `host ${plainLine(host)}, process ${processId}, started ${briefTime(startedAt)}`
  return [route, `${runs}, last heard ${age(heartbeatAgeMs)} ago`]
}

function clusterLines({ source, target }: StoredStatus): string[] {
  return [
    ...(source.problem === null ? [] : [`source: ${plainLine(source.problem)}`]),
    ...(target.problem === null ? [] : [`target: ${plainLine(target.problem)}`]),
  ]
}

function openTransactions({ totals }: StoredStatus): string[] {
  const { inOpenTransactions } = totals
  if (inOpenTransactions === null || inOpenTransactions === 0) return []
  return [`${grouped(inOpenTransactions)} more offsets wait on the source for transactions that are still open`]
}

function gone({ goneFromSource }: StoredStatus): string[] {
  if (goneFromSource.length === 0) return []
  const names = goneFromSource.slice(0, LISTED_MAX).map(plainLine).join(', ')
  const more = goneFromSource.length > LISTED_MAX ? ` and ${grouped(goneFromSource.length - LISTED_MAX)} more` : ''
  return [`gone from the source: ${names}${more}; the copies stay, nothing more comes`]
}

function table(
  { topics }: StoredStatus,
  room: number | undefined,
  options: StatusScreenOptions,
  chalk: ChalkInstance,
): string[] {
  if (topics.length === 0) return []
  const lines = options.wide
    ? cutTable(partitionRows(topics), PARTITION_COLUMNS, room, options, chalk)
    : cutTable(topicRows(topics, NO_RATES), TOPIC_COLUMNS, room, options, chalk)
  return [...lines, ...wrapped(options.wide ? WIDE_LEGEND : LEGEND, options.width).map(line => chalk.dim(line))]
}

function cutTable<Row extends { topic: string } & Pick<TopicRow, 'state' | 'lag'>>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  room: number | undefined,
  options: StatusScreenOptions,
  chalk: ChalkInstance,
): string[] {
  const shown = rows.slice(0, room)
  const hidden = rows.slice(shown.length)
  const more = hidden.length === 0 ? [] : [chalk.dim(moreLine(hidden, options, options.wide ? 'partitions' : 'topics'))]
  return [...rowTable(shown, columns, options, chalk), ...more]
}

function partitionRows(topics: StoredStatus['topics']): PartitionRow[] {
  return topics
    .flatMap(({ sourceTopic, partitions }) =>
      partitions.map(row => ({ topic: sourceTopic, state: row.state, lag: row.lag, row })),
    )
    .sort(byUrgency)
}

/** Every partition that has a reason to be looked at, with it. */
function troubles({ topics }: StoredStatus, options: StatusScreenOptions, chalk: ChalkInstance): string[] {
  const told = partitionRows(topics).filter(({ row }) => row.reason !== null)
  const lines = told.slice(0, LISTED_MAX).flatMap(({ topic, state, row }) => {
    const text = `${plainLine(topic)} p${row.partition} ${state}: ${plainLine(row.reason ?? '')}`
    return indented(wrapped(text, options.width)).map(line => paint(chalk, state)(line))
  })
  return [...lines, ...andMore(told.length, chalk)]
}

/** The same for groups. */
function groupTroubles(status: StoredStatus, options: StatusScreenOptions, chalk: ChalkInstance): string[] {
  const told = groupReasons(status, options)
  const lines = told
    .slice(0, LISTED_MAX)
    .flatMap(({ state, text }) => indented(wrapped(text, options.width)).map(line => paintGroup(chalk, state)(line)))
  return [...lines, ...andMore(told.length, chalk)]
}

function gaps({ gaps, totals }: StoredStatus, options: StatusScreenOptions, chalk: ChalkInstance): string[] {
  if (gaps.length === 0) return []
  const sum = `gaps: ${grouped(gaps.length)} recorded, ${counted(totals.gapOffsets, 'source offset')} will never be on the target`
  return [
    ...wrapped(sum, options.width),
    ...gaps.slice(0, LISTED_MAX).flatMap(gap => gapLines(gap, options, chalk)),
    ...andMore(gaps.length, chalk),
  ]
}

function gapLines(gap: StoredGap, options: StatusScreenOptions, chalk: ChalkInstance): string[] {
  const { sourceTopic, partition, kind, from, to, offsets, at, reason } = gap
  const where = `${plainLine(sourceTopic)} p${partition} ${kind}: offsets ${from}-${to - 1}`
  const facts = `${where} (${grouped(offsets)}), ${briefTime(at)}`
  return [
    ...indented(wrapped(facts, options.width)),
    ...wrapped(plainLine(reason), options.width).map(line => chalk.dim(`  ${line}`)),
  ]
}

function andMore(count: number, chalk: ChalkInstance): string[] {
  return count > LISTED_MAX ? [chalk.dim(`and ${grouped(count - LISTED_MAX)} more: see --output json`)] : []
}

function counted(count: number | null, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** `2026-01-02 03:04:05Z` */
function briefTime(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')}Z`
}

/** `3 s`, `12 min`, `5 h`, `3 days`: as exact as one needs it. */
function age(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 120) return `${seconds} s`
  if (seconds < 2 * 3600) return `${Math.round(seconds / 60)} min`
  return seconds < 48 * 3600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`
}
