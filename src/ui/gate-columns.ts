import type { ChalkInstance } from 'chalk'
import type { StoredStatus } from '../replication/stored-status.js'
import { briefDuration, grouped } from './format-number.js'
import type { GateRow, GateRowState } from './gate-rows.js'
import { plainLine } from './plain-text.js'
import type { Column } from './row-table.js'

/** In capitals: what a person should look at. */
const WORDS: Readonly<Record<Exclude<GateRowState, 'ok'>, string>> = {
  held: 'HELD',
  unknown: 'UNKNOWN',
  waiting: 'WAITING',
  'not-draining': 'not draining',
  moving: 'moving',
  above: 'above threshold',
  draining: 'draining',
  'first-look': 'first look',
}

const TOPIC: Column<GateRow> = { title: 'TOPIC', cell: row => plainLine(row.topic), align: 'left', isName: true }
const PARTS: Column<GateRow> = { title: 'PARTS', cell: row => grouped(row.partitions), dropAs: 1 }
const PART: Column<GateRow> = { title: 'PART', cell: row => String(row.partition) }

/** Where it goes from and where to, by the names that people know. */
type Ends = Pick<StoredStatus, 'source' | 'target'>

function drainColumns({ source, target }: Ends): Column<GateRow>[] {
  return [
    {
      ...{ title: 'SRC-END', cell: row => grouped(row.sourceEnd), dropAs: 3 },
      meaning: `last committed offset of ${plainLine(source.alias)}`,
    },
    {
      ...{ title: 'COPIED', cell: row => grouped(row.copied), dropAs: 2 },
      meaning: `acknowledged by ${plainLine(target.alias)} up to here`,
    },
    { title: 'LAG', cell: row => grouped(row.lag), meaning: 'offsets still to pass' },
    { title: 'RATE', cell: rateCell, meaning: 'offsets copied', dropAs: 4 },
    { title: 'ETA', cell: etaCell, meaning: 'until the last is copied at this pace', dropAs: 5 },
  ]
}

function stillColumns({ source }: Ends): Column<GateRow>[] {
  return [
    {
      ...{ title: 'LOG-END', cell: row => grouped(row.logEnd), dropAs: 2 },
      meaning: `end of the log on ${plainLine(source.alias)}, open transactions too`,
    },
    { title: 'MOVED', cell: row => grouped(row.moved), meaning: 'offsets written since the last look' },
  ]
}

/** The columns of a table of topics, or of their partitions. */
export function gateColumns(kind: 'drain' | 'still', ends: Ends, wide: boolean): readonly Column<GateRow>[] {
  const state: Column<GateRow> = {
    ...{ title: 'STATE', cell: row => stateWords(row, kind), align: 'left' },
    color: (row, chalk) => paintGate(chalk, row.state),
    ...(wide ? {} : { meaning: 'with its worst partition' }),
  }
  return [TOPIC, wide ? PART : PARTS, ...(kind === 'drain' ? drainColumns(ends) : stillColumns(ends)), state]
}

/** `ok 2/3`, `draining p17`, `UNKNOWN p3` */
function stateWords(row: GateRow, kind: 'drain' | 'still'): string {
  const { state, good, samples } = row
  // Where the row is one partition, its number stands in a column.
  const worst = row.partition === undefined ? row.worst : undefined
  if (state === 'ok') return `${kind === 'still' ? 'still' : 'ok'} ${good}/${samples}`
  return `${WORDS[state]}${worst === undefined ? '' : ` p${worst}`}`
}

/** How a state is coloured; the word says the same. */
export function paintGate(chalk: ChalkInstance, state: GateRowState): (text: string) => string {
  switch (state) {
    case 'held':
      return chalk.bold.red
    case 'unknown':
    case 'waiting':
    case 'not-draining':
    case 'moving':
      return chalk.yellow
    case 'ok':
      return chalk.green
    default:
      return chalk.cyan
  }
}

/** A little is not nothing. */
function rateCell({ rate }: GateRow): string {
  return rate !== null && rate > 0 && rate < 0.5 ? '<1/s' : `${grouped(rate)}${rate === null ? '' : '/s'}`
}

function etaCell({ state, leftMs }: GateRow): string {
  if (state === 'ok') return '-'
  return leftMs === null ? '?' : briefDuration(leftMs)
}
