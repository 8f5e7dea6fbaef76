import type { ChalkInstance } from 'chalk'
import Table from 'cli-table3'
import type { StoredPartitionState } from '../replication/stored-status.js'
import { plainLine } from './plain-text.js'

export interface TableOptions {
  /** Columns to fit into; undefined (not a terminal): as wide as it gets, nothing shortened. */
  width: number | undefined
  /** Lines to fit into; undefined: all rows. */
  height: number | undefined
  color: boolean
  unicode: boolean
}

/** What stands in a row of every lag table. */
export interface LagRow {
  topic: string
  state: StoredPartitionState
}

export interface Column<Row> {
  title: string
  cell(row: Row): string
  /** Narrow screens lose columns in this order; the lag and the state stay. */
  dropAs?: number
  align?: 'left'
}

/** Below this a topic's name says nothing any more, so columns go first. */
const TOPIC_WIDTH_MIN = 12
const GAP = 2

/** The lines of a table whose columns TOPIC (shortened where it must be) and STATE (coloured) are known by their titles. */
export function rowTable<Row extends LagRow>(
  rows: readonly Row[],
  all: readonly Column<Row>[],
  options: TableOptions,
  chalk: ChalkInstance,
): string[] {
  const { columns, topicWidth } = chooseColumns(rows, all, options.width)
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
function chooseColumns<Row extends LagRow>(
  rows: readonly Row[],
  all: readonly Column<Row>[],
  width: number | undefined,
): { columns: Column<Row>[]; topicWidth: number | undefined } {
  if (width === undefined) return { columns: [...all], topicWidth: undefined }
  const widthOf = (column: Column<Row>) =>
    rows.reduce((widest, row) => Math.max(widest, column.cell(row).length), column.title.length)
  const topicWanted = rows.reduce((widest, row) => Math.max(widest, plainLine(row.topic).length), 5)
  for (let dropped = 0; ; dropped++) {
    const columns = all.filter(column => column.dropAs === undefined || column.dropAs > dropped)
    const others = columns.filter(column => column.title !== 'TOPIC')
    const left = width - others.reduce((total, column) => total + widthOf(column) + GAP, 0)
    const enough = left >= Math.min(topicWanted, TOPIC_WIDTH_MIN)
    if (enough || dropped === all.length) return { columns, topicWidth: Math.max(left, 5) }
  }
}

/** How a state is coloured; the word says the same. */
export function paint(chalk: ChalkInstance, state: StoredPartitionState): (text: string) => string {
  switch (state) {
    case 'held':
      return chalk.bold.red
    case 'waiting':
    case 'unknown':
      return chalk.yellow
    case 'caught-up':
      return chalk.green
    default:
      return chalk.cyan
  }
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
