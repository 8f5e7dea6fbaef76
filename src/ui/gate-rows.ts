import type { StoredPartition, StoredStatus, StoredTopic } from '../replication/stored-status.js'
import type { GateTable } from '../runbooks/context.js'
import { type Drain, DrainMeter } from './drain-meter.js'
import { sum } from './topic-rows.js'

/** A topic, or one of its partitions, as the table of a gate shows it. A sum with an unknown part is unknown. */
export interface GateRow {
  topic: string
  /** Its number where the row is one partition. */
  partition: number | undefined
  partitions: number
  /** The last stable offset of the source. */
  sourceEnd: number | null
  copied: number | null
  lag: number | null
  /** The end of the source's log, open transactions too. */
  logEnd: number | null
  /** How far that has moved since the look before; null at the first one. */
  moved: number | null
  /** Source offsets copied per second. */
  rate: number | null
  /** Milliseconds until its slowest partition has no lag. */
  leftMs: number | null
  state: GateRowState
  /** The partition that decides the state, where that is not clear. */
  worst: number | undefined
  /** Why it is not known, waits or is held. */
  reason: string | undefined
  /** Looks in a row that have found it `ok`, up to as many as are asked for. */
  good: number
  /** How many that is. */
  samples: number
}

/**
 * The worst first. `above`: too much lag, and too few looks to say whether it shrinks · `first-look`: whether it stands
 * still shows at the next one.
 */
const SEVERITY = [
  ...(['held', 'unknown', 'waiting', 'not-draining', 'moving'] as const),
  ...(['above', 'draining', 'first-look', 'ok'] as const),
] as const
export type GateRowState = (typeof SEVERITY)[number]

/** One partition at this look. */
interface Looked {
  row: StoredPartition
  drain: Drain
  moved: number | null
  state: GateRowState
}

/** What a gate has seen of its topics so far. */
export class GateProgress {
  readonly #meter = new DrainMeter()
  #ends = new Map<string, number | null>()
  #good = new Map<string, number>()

  /** The rows of a look, worst first. `wide`: one for each partition. To be called once a look. */
  look(table: GateTable, wide: boolean): GateRow[] {
    const { topics } = table.status
    const at = Date.parse(table.status.at)
    const ends = new Map<string, number | null>()
    const rows = topics.flatMap(topic => {
      const looked = topic.partitions.map(row => this.#lookAt(topic, row, at, table, ends))
      return (wide ? looked.map(one => [one]) : [looked]).map(part => rowOf(topic.sourceTopic, part, wide, table))
    })
    this.#ends = ends
    this.#meter.keepOnly(new Set(ends.keys()))
    this.#count(rows, table.samples)
    return rows.sort(
      (a, b) =>
        bySeverity(a, b) ||
        moreFirst(weight(table, a), weight(table, b)) ||
        byName(a.topic, b.topic) ||
        (a.partition ?? 0) - (b.partition ?? 0),
    )
  }

  #lookAt(
    { sourceTopic }: StoredTopic,
    row: StoredPartition,
    at: number,
    { shows, status }: GateTable,
    ends: Map<string, number | null>,
  ): Looked {
    const log = nameOf(sourceTopic, row.partition)
    const before = this.#ends.get(log) ?? null
    const end = row.sourceHighWatermark
    ends.set(log, end)
    const drain = this.#meter.observe(log, at, row.copied, row.lag)
    const moved = before === null || end === null ? null : end - before
    const state = shows.kind === 'still' ? stillState(row, moved) : drainState(row, drain, status)
    return { row, drain: row.lag === 0 ? { ...drain, leftMs: 0 } : drain, moved, state }
  }

  #count(rows: readonly GateRow[], samples: number): void {
    const good = new Map<string, number>()
    for (const row of rows) {
      const name = nameOf(row.topic, row.partition)
      row.good = row.state === 'ok' ? Math.min(samples, (this.#good.get(name) ?? 0) + 1) : 0
      good.set(name, row.good)
    }
    this.#good = good
  }
}

function rowOf(topic: string, looked: readonly Looked[], wide: boolean, table: GateTable): GateRow {
  const { shows } = table
  const rows = looked.map(({ row }) => row)
  const lag = sum(rows.map(row => row.lag))
  const weightOf = ({ row, moved }: Looked) => weight(table, { lag: row.lag, moved })
  const [worst] = looked.toSorted((a, b) => bySeverity(a, b) || moreFirst(weightOf(a), weightOf(b)))
  // Up to its threshold a lag is nobody's concern, however slowly it shrinks.
  const isWithin = shows.kind === 'drain' && lag !== null && lag <= shows.maxLag && !isTrouble(worst?.state)
  const state = isWithin ? 'ok' : (worst?.state ?? 'unknown')
  return {
    ...{ topic, partition: wide ? worst?.row.partition : undefined, partitions: rows.length, lag, state },
    ...{ good: 0, samples: table.samples },
    sourceEnd: sum(rows.map(row => row.sourceEnd)),
    copied: sum(rows.map(row => row.copied)),
    logEnd: sum(rows.map(row => row.sourceHighWatermark)),
    moved: sum(looked.map(({ moved }) => moved)),
    rate: sum(looked.map(({ drain }) => drain.rate)),
    leftMs: state === 'not-draining' ? null : slowest(looked),
    worst: isTrouble(state) || (hasWorst(state) && rows.length > 1) ? worst?.row.partition : undefined,
    reason: isTrouble(state) ? (worst?.row.reason ?? undefined) : undefined,
  }
}

/** What is not known keeps a gate shut, and so does what will not go on by itself. */
function trouble({ state }: StoredPartition, number: number | null): GateRowState | undefined {
  if (state === 'held' || state === 'waiting') return state
  return state === 'unknown' || number === null ? 'unknown' : undefined
}

function drainState(row: StoredPartition, drain: Drain, { state }: StoredStatus): GateRowState {
  const troubled = trouble(row, row.lag)
  if (troubled !== undefined) return troubled
  if (row.lag === 0) return 'ok'
  // Nothing copies it, whatever was copied a moment ago.
  if (state !== 'running' && state !== 'unknown') return 'not-draining'
  return drain.trend ?? 'above'
}

function stillState(row: StoredPartition, moved: number | null): GateRowState {
  if (row.sourceHighWatermark === null) return 'unknown'
  if (moved === null) return 'first-look'
  return moved === 0 ? 'ok' : 'moving'
}

/** The partition that is done last decides. */
function slowest(looked: readonly Looked[]): number | null {
  return looked.reduce<number | null>(
    (longest, { drain }) => (longest === null || drain.leftMs === null ? null : Math.max(longest, drain.leftMs)),
    0,
  )
}

function hasWorst(state: GateRowState): boolean {
  return state !== 'ok' && state !== 'first-look'
}

export function isTrouble(state: GateRowState | undefined): boolean {
  return state === 'held' || state === 'unknown' || state === 'waiting'
}

function bySeverity(a: Pick<GateRow, 'state'>, b: Pick<GateRow, 'state'>): number {
  return SEVERITY.indexOf(a.state) - SEVERITY.indexOf(b.state)
}

/** What a gate waits for: that the lag shrinks, or that nothing moves. */
function weight({ shows }: GateTable, { lag, moved }: Pick<GateRow, 'lag' | 'moved'>): number {
  return shows.kind === 'still' ? Math.abs(moved ?? Number.POSITIVE_INFINITY) : (lag ?? Number.POSITIVE_INFINITY)
}

/** What is not known may be more than anything. */
function moreFirst(a: number, b: number): number {
  return a === b ? 0 : b - a
}

function byName(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

function nameOf(topic: string, partition: number | undefined): string {
  return `${partition ?? ''} ${topic}`
}
