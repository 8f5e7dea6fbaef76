import { Chalk, type ChalkInstance } from 'chalk'
import type { StoredStatus } from '../replication/stored-status.js'
import type { GateTable } from '../runbooks/context.js'
import { briefDuration, clockTime, grouped } from './format-number.js'
import { gateColumns, paintGate } from './gate-columns.js'
import { type GateRow, isTrouble } from './gate-rows.js'
import { paintGroup } from './group-rows.js'
import { groupReasons, groupTable } from './group-table.js'
import { plainLine } from './plain-text.js'
import { linesOnScreen } from './redrawn.js'
import { indented, legendLines, moreRows, rowTable, type TableOptions, wrapped } from './row-table.js'

export interface GateTableOptions extends TableOptions {
  /** A row for every partition. */
  wide: boolean
  /** So many rows at most, however high the screen is. */
  rowsMax?: number
  /** False where it was told above how to stop it and go on. */
  hint?: false
  /** How long ago the look was, where that is worth telling. */
  agoMs?: number
}

/** Which of the runbook's steps waits, and how it is taken up again. */
export interface GateStep {
  number: number
  count: number
  resumeCommand: string
}

/** More reasons than these would push the numbers off the screen. */
const NOTES_MAX = 4
/** So many rows stand in the table however low the screen is. */
const ROWS_MIN = 3
/** Column titles, a line for the rows that have no room, one for the prompt. */
const LINES_AROUND_ROWS = 3
/** The same, and the legend of the table of groups. */
const LINES_AROUND_GROUPS = 6
const NOT_DRAINING_NAMED_MAX = 2

/**
 * What a gate waits for and how far it is; the last lines say what is lacking and what happens next. Ends without a line
 * end.
 *
 * @param rows as `GateProgress` has found them at this look
 */
export function gateTable(
  table: GateTable,
  rows: readonly GateRow[],
  step: GateStep,
  options: GateTableOptions,
): string {
  const chalk = new Chalk({ level: options.color ? 1 : 0 })
  const { width, height, unicode } = options
  const top = [...heading(table, step, options).map(line => chalk.bold(line)), ...facts(table, width)]
  const end = closing(table, rows, step, options).map(line => paintEnd(table, chalk)(line))
  const free = height === undefined ? undefined : height - top.length - linesOnScreen(end, width)
  const middle =
    table.shows.kind === 'groups'
      ? groupLines(table.status, free, options, chalk)
      : topicLines(table, rows, free, options, chalk)
  // On a screen that is too low, what happens next is worth more than the legend; one line is the prompt's.
  const room = free === undefined ? middle.length : Math.max(1, free - 1)
  const cut = middle.length <= room ? middle : [...middle.slice(0, room - 1), unicode ? '…' : '...']
  return [...top, ...cut, ...end].join('\n')
}

/** The same on one line, for logs: `14:02:31Z gate 2/6 drain before failover: not ready: lag 475`. */
export function gateLine(table: GateTable, rows: readonly GateRow[], { number, count }: GateStep): string {
  const left = timeLeft(rows)
  const about = table.lacking === undefined || left === undefined ? '' : `, about ${left} left`
  const time = clockTime(Date.parse(table.status.at))
  return `${time} gate ${number}/${count} ${plainLine(table.title)}: ${verdict(table, rows)}${about}`
}

function heading(table: GateTable, step: GateStep, options: GateTableOptions): string[] {
  const { title, samples, status, sample } = table
  const threshold = `${plainLine(table.threshold)}${samples > 1 ? ` for ${samples} samples` : ''}`
  const where = `GATE ${step.number}/${step.count}  ${plainLine(title)}`
  const look = [clockTime(Date.parse(status.at)), `sample ${grouped(sample)}`]
  const width = options.width ?? Number.POSITIVE_INFINITY
  const line = [where, threshold, ...look].join('  ')
  if (line.length <= width) return [line]
  const first = [where, ...look].join('  ')
  const lines = first.length <= width ? [first, threshold] : [where, threshold, look.join('  ')]
  return lines.flatMap(line => indented(wrapped(line, options.width)))
}

/** What is so of the whole, before the rows. */
function facts(table: GateTable, width: number | undefined): string[] {
  const { source, target, groups } = table.status
  const problems = [
    ...(source.problem === null ? [] : [`${plainLine(source.alias)}: ${plainLine(source.problem)}`]),
    ...(target.problem === null ? [] : [`${plainLine(target.alias)}: ${plainLine(target.problem)}`]),
  ]
  const heard = groups.frozenHeard ? '' : '; the replicator has not heard of it yet'
  const frozen = groups.frozenBy === null ? [] : [`frozen by ${plainLine(groups.frozenBy)}: no group is moved${heard}`]
  const open = openTransactions(table.status)
  const own = {
    drain: open.map(text => `${text}: not in LAG until they end`),
    ...{ still: open, groups: frozen, replicator: [...heardFrom(table.status), ...frozen] },
  }[table.shows.kind]
  const engine = table.shows.kind === 'still' ? [] : standstill(table.status)
  return [...problems, ...engine, ...own].flatMap(line => indented(wrapped(line, width)))
}

function standstill({ state, stateReason }: StoredStatus): string[] {
  if (state === 'running' || state === 'unknown') return []
  const because = stateReason === null ? '' : ` (${plainLine(stateReason)})`
  return [`nothing is copied: the replicator is ${state}${because}`]
}

function heardFrom({ replicatorName, heartbeatAgeMs }: StoredStatus): string[] {
  const name = plainLine(replicatorName)
  return [heartbeatAgeMs === null ? `${name} has never run` : `${name} was heard ${briefDuration(heartbeatAgeMs)} ago`]
}

/** They pin the end that committed readers see: what they hold is in no lag. */
function openTransactions({ topics, source }: StoredStatus): string[] {
  const pinned = topics.flatMap(({ sourceTopic, partitions }) =>
    partitions.flatMap(({ partition, sourceEnd, sourceHighWatermark }) => {
      const offsets = sourceEnd === null || sourceHighWatermark === null ? 0 : sourceHighWatermark - sourceEnd
      return offsets > 0 ? [{ name: `${plainLine(sourceTopic)} p${partition}`, offsets }] : []
    }),
  )
  const [most] = pinned.toSorted((a, b) => b.offsets - a.offsets)
  if (most === undefined) return []
  const offsets = pinned.reduce((sum, one) => sum + one.offsets, 0)
  const more = pinned.length === 1 ? '' : ` and ${grouped(pinned.length - 1)} more`
  const [hold, those] = [`hold back ${grouped(offsets)} offset${offsets === 1 ? '' : 's'}`, `${most.name}${more}`]
  return [`open transactions on ${plainLine(source.alias)} ${hold} (${those})`]
}

function topicLines(
  { status, shows }: GateTable,
  rows: readonly GateRow[],
  free: number | undefined,
  options: GateTableOptions,
  chalk: ChalkInstance,
): string[] {
  if (shows.kind === 'replicator') return []
  if (rows.length === 0) return [status.topics.length === 0 ? 'no topic is known' : 'no partition is known']
  const columns = gateColumns(shows.kind === 'still' ? 'still' : 'drain', status, options.wide)
  const notes = reasons(rows, options.width, chalk)
  // On a screen that is too low, rows are worth more than what the columns mean.
  const mayExplain = hasRoomFor(rows.length, free, notes.length, legendLines(rows, columns, options, chalk).length)
  const legendFor = (some: readonly GateRow[]) => (mayExplain ? legendLines(some, columns, options, chalk) : [])
  const below = notes.length + legendFor(rows).length
  const room = free === undefined ? rows.length : Math.max(ROWS_MIN, free - LINES_AROUND_ROWS - below)
  const shown = rows.slice(0, Math.min(room, options.rowsMax ?? room))
  const hidden = rows.slice(shown.length)
  const noun = `${options.wide ? 'partition' : 'topic'}${hidden.length === 1 ? '' : 's'}`
  const what = hidden.every(({ state }) => state === 'ok') ? `${noun}, ${hidden.length === 1 ? '' : 'all '}ok` : noun
  const more = hidden.length === 0 ? [] : [chalk.dim(moreRows(hidden.length, what, options))]
  return [...rowTable(shown, columns, options, chalk), ...more, ...notes, ...legendFor(shown)]
}

function hasRoomFor(rows: number, free: number | undefined, notes: number, legend: number): boolean {
  return free === undefined || free - LINES_AROUND_ROWS - notes - legend >= Math.min(rows, ROWS_MIN)
}

/** The full name stands here even where the table had to shorten it. */
function reasons(rows: readonly GateRow[], width: number | undefined, chalk: ChalkInstance): string[] {
  const told = rows.filter(({ reason }) => reason !== undefined)
  const lines = told.slice(0, NOTES_MAX).flatMap(row => {
    const partition = row.partition ?? row.worst
    const where = `${plainLine(row.topic)}${partition === undefined ? '' : ` p${partition}`}`
    const text = `${where}: ${plainLine(row.reason ?? '')}`
    return indented(wrapped(text, width)).map(line => paintGate(chalk, row.state)(line))
  })
  const more = told.length - NOTES_MAX
  return more > 0 ? [...lines, chalk.dim(`(${grouped(more)} more reasons not shown)`)] : lines
}

function groupLines(
  status: StoredStatus,
  free: number | undefined,
  options: GateTableOptions,
  chalk: ChalkInstance,
): string[] {
  const told = groupReasons(status, options)
  const notes = told
    .slice(0, NOTES_MAX)
    .flatMap(({ state, text }) => indented(wrapped(text, options.width)).map(line => paintGroup(chalk, state)(line)))
  const more = told.length - NOTES_MAX
  if (more > 0) notes.push(chalk.dim(`(${grouped(more)} more reasons not shown)`))
  const rows = status.groups.groups.reduce((count, { topics }) => count + topics.length, 0)
  const legend = LINES_AROUND_GROUPS - LINES_AROUND_ROWS
  const mayExplain = hasRoomFor(rows, free, notes.length, legend)
  const around = (mayExplain ? LINES_AROUND_GROUPS : LINES_AROUND_ROWS) + notes.length
  const room = free === undefined ? options.rowsMax : Math.max(ROWS_MIN, free - around)
  return [...groupTable(status, room, mayExplain ? options : { ...options, legend: false }, chalk), ...notes]
}

/** A command is never broken: it is there to be copied. */
function closing(
  table: GateTable,
  rows: readonly GateRow[],
  { resumeCommand }: GateStep,
  { width, agoMs, hint }: GateTableOptions,
): string[] {
  const says = verdict(table, rows)
  if (table.good >= table.samples) return indented(wrapped(`${says}: goes on`, width))
  const next = table.lacking === undefined ? 'looks again' : 'waits'
  const ago = agoMs === undefined ? '' : `, last look ${briefDuration(agoMs)} ago`
  if (hint === false) return indented(wrapped(`${says}: ${next}${ago}`, width))
  const then = `${next}${ago}; Ctrl-C stops safely, resume with:`
  const command = plainLine(resumeCommand)
  const line = `${then} ${command}`
  const fits = width !== undefined && line.length <= width
  return [...indented(wrapped(says, width)), ...(fits ? [line] : [...indented(wrapped(then, width)), `  ${command}`])]
}

function verdict({ lacking, good, samples }: GateTable, rows: readonly GateRow[]): string {
  if (lacking === undefined) return samples === 1 ? 'ready' : `ready ${good} of ${samples} samples`
  const stuck = rows.filter(({ state }) => state === 'not-draining')
  const names = stuck.slice(0, NOT_DRAINING_NAMED_MAX).map(({ topic, partition }) => {
    return `${plainLine(topic)}${partition === undefined ? '' : ` p${partition}`}`
  })
  const more = stuck.length - names.length
  const all = `${names.join(', ')}${more > 0 ? ` and ${grouped(more)} more` : ''}`
  return `not ready: ${plainLine(lacking)}${stuck.length === 0 ? '' : `; not draining: ${all}`}`
}

/** Until the last topic is through; undefined where nobody can tell. */
function timeLeft(rows: readonly GateRow[]): string | undefined {
  const waited = rows.filter(({ state }) => state !== 'ok')
  if (waited.length === 0 || waited.some(({ leftMs, state }) => leftMs === null || isTrouble(state))) return undefined
  return briefDuration(Math.max(...waited.map(({ leftMs }) => Number(leftMs))))
}

function paintEnd({ lacking }: GateTable, chalk: ChalkInstance): (line: string) => string {
  return lacking === undefined ? chalk.bold.green : chalk.bold
}
