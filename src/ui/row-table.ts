import type { ChalkInstance } from 'chalk'
import Table from 'cli-table3'
import { grouped } from './format-number.js'

export interface TableOptions {
  /** Columns to fit into; undefined (not a terminal): as wide as it gets, nothing shortened. */
  width: number | undefined
  /** Lines to fit into; undefined: all rows. */
  height: number | undefined
  color: boolean
  unicode: boolean
  /** False where the same columns were explained above. */
  legend?: false
}

export interface Column<Row> {
  title: string
  cell(row: Row): string
  /** Narrow screens lose columns in this order; the others stay. */
  dropAs?: number
  align?: 'left'
  /** For a legend, after the title: what the numbers are. */
  meaning?: string
  /** A name gives way: it is shortened where the screen is too narrow. Every table has one or more of these. */
  isName?: true
  /** How the cell is coloured; the words say the same. */
  color?(row: Row, chalk: ChalkInstance): (text: string) => string
}

/** Below this a name says nothing any more, so columns go first. */
const NAME_WIDTH_MIN = 12
/** As low as a name goes when no column is left to go. */
const NAME_WIDTH_LEAST = 5
const GAP = 2

/** The lines of a table: its titles, then a line for each row. */
export function rowTable<Row>(
  rows: readonly Row[],
  all: readonly Column<Row>[],
  options: TableOptions,
  chalk: ChalkInstance,
): string[] {
  const shown = chooseColumns(rows, all, options.width)
  const blank = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '' } as const
  const sides = { 'bottom-left': '', 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '' } as const
  const table = new Table({
    head: shown.map(({ column }) => chalk.bold(column.title)),
    colAligns: shown.map(({ column }) => column.align ?? 'right'),
    chars: { ...blank, ...sides, right: '', 'right-mid': '', middle: ' '.repeat(GAP) },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  })
  for (const row of rows) {
    table.push(
      shown.map(({ column, width }) => {
        const text = shortened(column.cell(row), width, options)
        return column.color === undefined ? text : column.color(row, chalk)(text)
      }),
    )
  }
  return table
    .toString()
    .split('\n')
    .map(line => line.trimEnd())
}

/** What the columns mean that are shown of the same table. */
export function legendLines<Row>(
  rows: readonly Row[],
  all: readonly Column<Row>[],
  { width, legend }: TableOptions,
  chalk: ChalkInstance,
): string[] {
  if (legend === false) return []
  const told = chooseColumns(rows, all, width).filter(({ column }) => column.meaning !== undefined)
  const text = `${told.map(({ column }) => `${column.title} ${column.meaning}`).join(', ')}; ? is unknown`
  return wrapped(text, width).map(line => chalk.dim(line))
}

interface ShownColumn<Row> {
  column: Column<Row>
  /** Undefined where nothing is shortened. */
  width: number | undefined
}

/** Which columns fit, and what is left for the names. Numbers are never cut: their column goes as a whole. */
function chooseColumns<Row>(
  rows: readonly Row[],
  all: readonly Column<Row>[],
  width: number | undefined,
): ShownColumn<Row>[] {
  if (width === undefined) return all.map(column => ({ column, width: undefined }))
  const widthOf = (column: Column<Row>) =>
    rows.reduce((widest, row) => Math.max(widest, column.cell(row).length), column.title.length)
  for (let dropped = 0; ; dropped++) {
    const columns = all.filter(({ dropAs }) => dropAs === undefined || dropAs > dropped)
    const wanted = columns.filter(({ isName }) => isName).map(widthOf)
    const needed = wanted.reduce((total, one) => total + Math.min(one, NAME_WIDTH_MIN), 0)
    const others = columns.filter(({ isName }) => !isName)
    const taken = others.reduce((total, column) => total + widthOf(column), 0) + GAP * (columns.length - 1)
    if (width - taken < needed && dropped < all.length) continue
    const names = shares(wanted, width - taken)
    return columns.map(column => ({ column, width: column.isName ? names.shift() : undefined }))
  }
}

/** What each name gets of the room: short ones what they want, the others the same each. */
function shares(wanted: readonly number[], room: number): number[] {
  const shared = wanted.map(() => 0)
  let left = room
  const shortestFirst = [...wanted.keys()].sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0))
  for (const [n, name] of shortestFirst.entries()) {
    const fair = Math.max(NAME_WIDTH_LEAST, Math.floor(left / (wanted.length - n)))
    shared[name] = Math.min(wanted[name] ?? 0, fair)
    left -= shared[name]
  }
  return shared
}

/** How many rows there was no room for. */
export function moreRows(count: number, what: string, options: { unicode: boolean }): string {
  return `${options.unicode ? '…' : '...'} and ${grouped(count)} more ${what}`
}

/** Shortens a text in its middle: both ends of a name tell it from others. */
export function shortened(text: string, width: number | undefined, options: { unicode: boolean }): string {
  if (width === undefined || text.length <= width) return text
  const mark = options.unicode ? '…' : '..'
  const kept = Math.max(0, width - mark.length)
  return text.slice(0, Math.ceil(kept / 2)) + mark + text.slice(text.length - Math.floor(kept / 2))
}

/** Breaks a text at spaces, and a word that is too long anywhere. */
export function wrapped(text: string, width: number | undefined): string[] {
  if (width === undefined || text.length <= width) return [text]
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

/** Lines that go on are set in, so that one sees where the next text begins. */
export function indented(lines: readonly string[]): string[] {
  return lines.map((line, i) => (i === 0 ? line : `  ${line}`))
}
