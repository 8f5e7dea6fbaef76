import { Chalk, type ChalkInstance } from 'chalk'
import Table from 'cli-table3'
import type { PartitionState, ReplicatorSnapshot } from '../replication/snapshot.js'
import { byteRate, clockTime, grouped } from './format-number.js'
import { plainLine } from './plain-text.js'
import type { Rates } from './rates.js'
import type { TopicRow } from './topic-rows.js'
import { overallState, sum, topicRows } from './topic-rows.js'

export interface LagTableOptions {
  /** Columns to fit into; undefined (not a terminal): as wide as it gets, nothing shortened. */
  width: number | undefined
  /** Lines to fit into; undefined: all topics. */
  height: number | undefined
  color: boolean
  unicode: boolean
}

interface Column {
  title: string
  cell(row: TopicRow): string
  /** Narrow screens lose columns in this order; the lag and the state stay. */
  dropAs?: number
  align?: 'left'
}

const COLUMNS: readonly Column[] = [
  { title: 'TOPIC', cell: row => plainLine(row.topic), align: 'left' },
  { title: 'PARTS', cell: row => grouped(row.partitions), dropAs: 1 },
  { title: 'SRC-END', cell: row => grouped(row.sourceEnd), dropAs: 3 },
  { title: 'COPIED', cell: row => grouped(row.copied), dropAs: 4 },
  { title: 'LAG', cell: row => grouped(row.lag) },
  { title: 'RATE', cell: row => (row.rate === null ? '?' : `${grouped(row.rate)}/s`), dropAs: 2 },
  { title: 'STATE', cell: stateCell, align: 'left' },
]

/** Below this a topic's name says nothing any more, so columns go first. */
const TOPIC_WIDTH_MIN = 12
const GAP = 2
/** Heading, column titles, "more" line, two lines of legend, a line for the prompt. */
const LINES_AROUND_ROWS = 6
/** More reasons than these would push the numbers off the screen. */
const NOTES_MAX = 4

/** One replicator's topics with their lag, the ones that need attention first. Ends without a line end. */
export function lagTable(snapshot: ReplicatorSnapshot, rates: Rates, options: LagTableOptions): string {
  const chalk = new Chalk({ level: options.color ? 1 : 0 })
  const all = topicRows(snapshot, rates)
  const notes = all.filter(row => row.reason !== undefined)
  const room = roomForRows(options.height, Math.min(notes.length, NOTES_MAX))
  const rows = all.slice(0, room)
  const lines = [heading(snapshot, rates, options, chalk)]
  if (rows.length > 0) lines.push(...body(rows, options, chalk))
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

function body(rows: TopicRow[], options: LagTableOptions, chalk: ChalkInstance): string[] {
  const { columns, topicWidth } = chooseColumns(rows, options.width)
  const blank = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '' } as const
  const sides = { 'bottom-left': '', 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '' } as const
  const table = new Table({
    head: columns.map(column => chalk.bold(column.title)),
    colAligns: columns.map(column => column.align ?? 'right'),
    chars: { ...blank, ...sides, right: '', 'right-mid': '', middle: ' '.repeat(GAP) },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  })
  for (const row of rows) {
    table.push(
      columns.map(column => {
        if (column.title === 'TOPIC') return shortened(column.cell(row), topicWidth, options)
        return column.title === 'STATE' ? paint(chalk, row.state)(column.cell(row)) : column.cell(row)
      }),
    )
  }
  return table
    .toString()
    .split('\n')
    .map(line => line.trimEnd())
}

/** Which columns fit, and what is left for the topic's name. Numbers are never cut: their column goes as a whole. */
function chooseColumns(
  rows: TopicRow[],
  width: number | undefined,
): { columns: Column[]; topicWidth: number | undefined } {
  if (width === undefined) return { columns: [...COLUMNS], topicWidth: undefined }
  const widthOf = (column: Column) => Math.max(column.title.length, ...rows.map(row => column.cell(row).length))
  const topicWanted = Math.max(5, ...rows.map(row => plainLine(row.topic).length))
  for (let dropped = 0; ; dropped++) {
    const columns = COLUMNS.filter(column => column.dropAs === undefined || column.dropAs > dropped)
    const others = columns.filter(column => column.title !== 'TOPIC')
    const left = width - others.reduce((total, column) => total + widthOf(column) + GAP, 0)
    const enough = left >= Math.min(topicWanted, TOPIC_WIDTH_MIN)
    if (enough || dropped === COLUMNS.length) return { columns, topicWidth: Math.max(left, 5) }
  }
}

function stateCell(row: TopicRow): string {
  return row.worst === undefined ? row.state : `${row.state} p${row.worst}`
}

function paint(chalk: ChalkInstance, state: PartitionState): (text: string) => string {
  switch (state) {
    case 'held':
      return chalk.bold.red
    case 'waiting':
      return chalk.yellow
    case 'caught-up':
      return chalk.green
    default:
      return chalk.cyan
  }
}

/** The full name stands here even where the table had to shorten it. */
function note(row: TopicRow, options: LagTableOptions, chalk: ChalkInstance): string {
  const text = `${plainLine(row.topic)} p${row.worst}: ${plainLine(row.reason ?? '')}`
  return paint(chalk, row.state)(wrapped(text, options.width).join('\n  '))
}

function moreLine(hidden: TopicRow[], options: LagTableOptions): string {
  const dots = options.unicode ? '…' : '...'
  const caughtUp = hidden.every(row => row.state === 'caught-up')
  return `${dots} and ${grouped(hidden.length)} more topics${caughtUp ? ' caught up' : ' with less lag'}`
}

function roomForRows(height: number | undefined, notes: number): number {
  if (height === undefined) return Number.POSITIVE_INFINITY
  // At least three topics, however small the screen: then it scrolls.
  return Math.max(3, height - LINES_AROUND_ROWS - notes)
}

/** Shortens a text in its middle: both ends of a topic's name tell topics apart. */
export function shortened(text: string, width: number | undefined, options: { unicode: boolean }): string {
  if (width === undefined || text.length <= width) return text
  const mark = options.unicode ? '…' : '..'
  const kept = Math.max(0, width - mark.length)
  return text.slice(0, Math.ceil(kept / 2)) + mark + text.slice(text.length - Math.floor(kept / 2))
}

/** Breaks a text at spaces, and a word that is too long anywhere. */
export function wrapped(text: string, width: number | undefined): string[] {
  if (width === undefined) return [text]
  // Two columns less, so that continued lines may be indented.
  const room = Math.max(1, width - 2)
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 1 + word.length <= room) lines[lines.length - 1] = `${line} ${word}`
    else for (let at = 0; at < word.length; at += room) lines.push(word.slice(at, at + room))
  }
  return lines
}
