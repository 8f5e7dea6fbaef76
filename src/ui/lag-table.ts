import { Chalk, type ChalkInstance } from 'chalk'
import type { ReplicatorSnapshot } from '../replication/snapshot.js'
import { byteRate, clockTime, grouped } from './format-number.js'
import { groupsLine } from './groups-line.js'
import { plainLine } from './plain-text.js'
import type { Rates } from './rates.js'
import { type Column, moreRows, rowTable, shortened, type TableOptions, wrapped } from './row-table.js'
import type { TopicRow } from './topic-rows.js'
import { overallState, paint, sum, topicRows } from './topic-rows.js'

export type LagTableOptions = TableOptions

const COLUMNS: readonly Column<TopicRow>[] = [
  { title: 'TOPIC', cell: row => plainLine(row.topic), align: 'left', isName: true },
  { title: 'PARTS', cell: row => grouped(row.partitions), dropAs: 1 },
  { title: 'SRC-END', cell: row => grouped(row.sourceEnd), dropAs: 3 },
  { title: 'COPIED', cell: row => grouped(row.copied), dropAs: 4 },
  { title: 'LAG', cell: row => grouped(row.lag) },
  { title: 'RATE', cell: row => (row.rate === null ? '?' : `${grouped(row.rate)}/s`), dropAs: 2 },
  { title: 'STATE', cell: stateCell, align: 'left', color: (row, chalk) => paint(chalk, row.state) },
]

/** Heading, column titles, "more" line, two lines of legend, a line for the prompt. */
const LINES_AROUND_ROWS = 6
/** More reasons than these would push the numbers off the screen. */
const NOTES_MAX = 4

/** One replicator's topics with their lag, the ones that need attention first. Ends without a line end. */
export function lagTable(snapshot: ReplicatorSnapshot, rates: Rates, options: LagTableOptions): string {
  const chalk = new Chalk({ level: options.color ? 1 : 0 })
  const all = topicRows(snapshot.topics, rates)
  const notes = all.filter(row => row.reason !== undefined)
  const groups = snapshot.groups === undefined ? [] : wrapped(groupsLine(snapshot.groups), options.width)
  const room = roomForRows(options.height, Math.min(notes.length, NOTES_MAX) + groups.length)
  const rows = all.slice(0, room)
  const lines = [heading(snapshot, rates, options, chalk)]
  lines.push(...groups)
  if (rows.length > 0) lines.push(...rowTable(rows, COLUMNS, options, chalk))
  if (all.length > rows.length) lines.push(chalk.dim(moreLine(all.slice(rows.length), options)))
  for (const row of notes.slice(0, NOTES_MAX)) lines.push(note(row, options, chalk))
  if (notes.length > NOTES_MAX) lines.push(chalk.dim(`(${notes.length - NOTES_MAX} more reasons not shown)`))
  if (rows.length > 0) lines.push(...wrapped(LEGEND, options.width).map(line => chalk.dim(line)))
  return lines.join('\n')
}

const LEGEND =
  'SRC-END last committed offset of the source, COPIED acknowledged by the target up to here, LAG still to pass, RATE records; ? is unknown'

function heading(snapshot: ReplicatorSnapshot, rates: Rates, options: LagTableOptions, chalk: ChalkInstance): string {
  const lag = sum(snapshot.topics.flatMap(topic => topic.partitions.map(partition => partition.lag)))
  const words = [
    plainLine(snapshot.replicatorName),
    overallState(snapshot),
    `lag ${grouped(snapshot.topics.length === 0 ? null : lag)}`,
    byteRate(rates.bytes),
    clockTime(snapshot.at),
  ]
  const joint = options.unicode ? ' · ' : ' | '
  const width = options.width ?? Number.POSITIVE_INFINITY
  // The time goes first, then the rate: a number that is cut would be a wrong one.
  while (words.length > 3 && words.join(joint).length > width) words.pop()
  const line = chalk.bold(shortened(words.join(joint), options.width, options))
  if (snapshot.reason === undefined) return line
  return `${line}\n${wrapped(plainLine(snapshot.reason), options.width).join('\n  ')}`
}

/** The worst partition's state, and which it is where that matters. */
export function stateCell(row: TopicRow): string {
  return row.worst === undefined ? row.state : `${row.state} p${row.worst}`
}

/** The full name stands here even where the table had to shorten it. */
function note(row: TopicRow, options: LagTableOptions, chalk: ChalkInstance): string {
  const text = `${plainLine(row.topic)} p${row.worst}: ${plainLine(row.reason ?? '')}`
  return paint(chalk, row.state)(wrapped(text, options.width).join('\n  '))
}

/** How many topics there was no room for, and that they can wait. */
export function moreLine(
  hidden: readonly Pick<TopicRow, 'state'>[],
  options: { unicode: boolean },
  noun = 'topics',
): string {
  const caughtUp = hidden.every(row => row.state === 'caught-up')
  return moreRows(hidden.length, `${noun}${caughtUp ? ' caught up' : ' with less lag'}`, options)
}

function roomForRows(height: number | undefined, notes: number): number {
  if (height === undefined) return Number.POSITIVE_INFINITY
  // At least three topics, however small the screen: then it scrolls.
  return Math.max(3, height - LINES_AROUND_ROWS - notes)
}
