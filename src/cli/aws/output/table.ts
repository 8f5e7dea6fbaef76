import { isRecord } from '../shape.js'
import { isScalar, scalarText } from './text.js'

/**
 * The AWS CLI's boxes: a titled block per structure, nested ones with one more `|` on each side.
 *
 *     -------------------
 *     | ListReplicators |
 *     +-----+-----------+
 *     |  r0 |  RUNNING  |
 *     +-----+-----------+
 */
export function toTable(title: string, result: unknown, screenWidth: number): string {
  const sections: Section[] = []
  addSections(sections, title, result, 0)
  if (sections.length === 0) return ''
  let width = Math.max(...sections.map(naturalWidth))
  if (width > screenWidth) {
    sections.forEach(turnSingleRow)
    width = Math.max(...sections.map(naturalWidth))
  }
  return ['-'.repeat(width), ...sections.flatMap(section => renderSection(section, width))].join('\n').concat('\n')
}

interface Section {
  title: string
  indent: number
  headers: string[]
  rows: string[][]
}

/** Two spaces before and after each cell. */
const CELL_PADDING = 4

function addSections(sections: Section[], title: string, value: unknown, indent: number): void {
  if (isEmpty(value)) return
  const section: Section = { title, indent, headers: [], rows: [] }
  sections.push(section)
  if (Array.isArray(value) && isRecord(value[0])) addRecords(sections, section, value.filter(isRecord))
  else if (Array.isArray(value)) addItems(section, value)
  else if (isRecord(value)) addRecord(sections, section, value)
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0
  return isRecord(value) ? Object.keys(value).length === 0 : !value
}

function addItems(section: Section, items: unknown[]): void {
  for (const item of items) {
    if (Array.isArray(item) && item.every(isScalar)) section.rows.push(item.map(scalarText))
    else if (Array.isArray(item)) addItems(section, item)
    else section.rows.push([scalarText(item)])
  }
}

function addRecord(sections: Section[], section: Section, record: Record<string, unknown>): void {
  const { scalars, nested } = splitKeys([record])
  if (scalars.length === 1) section.rows.push([scalars[0] ?? '', scalarText(record[scalars[0] ?? ''])])
  else if (scalars.length > 1) {
    section.headers = scalars
    section.rows.push(scalars.map(key => scalarText(record[key])))
  }
  for (const key of nested) addSections(sections, key, record[key], section.indent + 1)
}

/** Records of one list share a section until one of them has nested members: those must follow their own record. */
function addRecords(sections: Section[], first: Section, records: Record<string, unknown>[]): void {
  const { scalars, nested } = splitKeys(records)
  let section = first
  for (const [index, record] of records.entries()) {
    if (index > 0 && nested.length > 0) {
      section = { title: first.title, indent: first.indent, headers: [], rows: [] }
      sections.push(section)
    }
    section.headers = scalars
    section.rows.push(scalars.map(key => (Object.hasOwn(record, key) ? scalarText(record[key]) : '')))
    for (const key of nested) {
      if (Object.hasOwn(record, key)) addSections(sections, key, record[key], first.indent + 1)
    }
  }
}

function splitKeys(records: Record<string, unknown>[]): { scalars: string[]; nested: string[] } {
  const scalars = new Set<string>()
  const nested = new Set<string>()
  for (const record of records) {
    for (const [key, value] of Object.entries(record)) (isScalar(value) ? scalars : nested).add(key)
  }
  return { scalars: [...scalars].sort(), nested: [...nested].sort() }
}

/** A single row that is too wide for the screen reads better as one line per column. */
function turnSingleRow(section: Section): void {
  const [row] = section.rows
  if (section.rows.length !== 1 || row === undefined || section.headers.length === 0) return
  section.rows = section.headers.map((header, index) => [header, row[index] ?? ''])
  section.headers = []
}

function cellWidths(section: Section): number[] {
  const widths: number[] = []
  for (const row of [section.headers, ...section.rows]) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, displayWidth(cell))
  }
  return widths
}

function naturalWidth(section: Section): number {
  const cells = cellWidths(section).reduce((sum, width) => sum + width + CELL_PADDING, 0)
  return Math.max(displayWidth(section.title) + 2, cells + 2) + section.indent * 2
}

/** Stretches the columns to the width of the block; what rounding leaves over is dealt out one by one. */
function stretchedWidths(section: Section, width: number): number[] {
  const natural = cellWidths(section).map(cell => cell + CELL_PADDING)
  if (natural.length === 0) return [] // A block with a title only.
  const factor = width / natural.reduce((sum, cell) => sum + cell, 0)
  const widths = natural.map(cell => roundHalfToEven(cell * factor))
  let surplus = widths.reduce((sum, cell) => sum + cell, 0) - width
  while (surplus !== 0) {
    const order = surplus > 0 ? [...widths.keys()] : [...widths.keys()].reverse()
    const step = Math.sign(surplus)
    for (const index of order.slice(0, Math.abs(surplus))) {
      widths[index] = (widths[index] ?? 0) - step
      surplus -= step
    }
  }
  return widths
}

function renderSection(section: Section, fullWidth: number): string[] {
  const width = fullWidth - section.indent * 2
  const lines: string[] = []
  if (section.title !== '') lines.push(centred(section.title, width, '|'))
  if (section.headers.length === 0 && section.rows.length === 0) lines.push(`+${'-'.repeat(width - 2)}+`)
  const widths = stretchedWidths(section, width)
  const rule = widths
    .map((cell, index) => (index === 0 ? `+${'-'.repeat(cell - 2)}+` : `${'-'.repeat(cell - 1)}+`))
    .join('')
  if (section.headers.length > 0) {
    lines.push(rule, section.headers.map((cell, i) => centred(cell, widths[i] ?? 0, i === 0 ? '|' : '')).join(''))
  }
  if (section.rows.length > 0 && widths.length > 0) {
    const rows = section.rows.map(row =>
      row.map((cell, i) => aligned(cell, widths[i] ?? 0, i === 0 ? '|' : '')).join(''),
    )
    lines.push(rule, ...rows, rule)
  }
  const edge = '|'.repeat(section.indent)
  return lines.map(line => `${edge}${line}${edge}`)
}

function centred(text: string, width: number, leftEdge: string): string {
  const start = Math.floor(width / 2) - Math.floor(displayWidth(text) / 2) - 1
  const left = `${leftEdge}${' '.repeat(Math.max(0, start))}${text}`
  return `${left}${' '.repeat(Math.max(0, width - 1 - displayWidth(left)))}|`
}

function aligned(text: string, width: number, leftEdge: string): string {
  const padding = width - (displayWidth(text) + 2 + leftEdge.length + 1) >= 0 ? '  ' : ''
  const left = `${leftEdge}${padding}${text}`
  return `${left}${' '.repeat(Math.max(0, width - 1 - displayWidth(left)))}|`
}

/** Python's rounding, which decides where a spare column goes. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value)
  if (value - floor !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}

/** Columns a text takes on a screen: East Asian wide characters take two. */
export function displayWidth(text: string): number {
  let width = 0
  for (const character of text) width += WIDE.test(character) ? 2 : 1
  return width
}
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u
