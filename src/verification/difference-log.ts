import { DIFFERENCE_KINDS, type Difference, type DifferenceKind, differingFields, sketchOf } from './differences.js'
import type { LeftOut } from './left-out.js'
import type { LogRecord } from './log-record.js'
import type { RecentRecords } from './recent-records.js'
import type { RecordKeys } from './record-keys.js'

/** Records missing or surplus that may still turn up elsewhere; beyond these the oldest are forgotten. */
const PENDING_MAX = 10_000

/**
 * A difference that a later record may explain better. `shown` is undefined where only its count is kept. The record
 * itself is not kept: it would hold on to the whole fetch answer it lies in.
 */
interface Pending {
  kind: DifferenceKind
  shown: Difference | undefined
}

/**
 * Collects differences: counts all, keeps the first few. A record that is missing in one place and surplus in another
 * is one that changed its place; a surplus one that was or will be copied at its own place is a duplicate.
 */
export class DifferenceLog {
  readonly counts = Object.fromEntries(DIFFERENCE_KINDS.map(kind => [kind, 0])) as Record<DifferenceKind, number>
  readonly first: Difference[] = []
  private readonly keep: number
  private readonly recent: RecentRecords
  private readonly leftOut: LeftOut
  private readonly keys: RecordKeys
  private readonly lost = new Map<string, Pending>()
  private readonly surplus = new Map<string, Pending>()

  constructor(keep: number, recent: RecentRecords, leftOut: LeftOut) {
    this.keep = keep
    this.recent = recent
    this.leftOut = leftOut
    this.keys = leftOut.keys
  }

  /** The source's record is not where its copy should be. */
  missing(record: LogRecord, kind: 'lost-write' | 'expired-on-target' = 'lost-write'): void {
    const found = take(this.surplus, this.keys.of(record))
    if (found !== undefined) return this.change(found, 'order', { source: record })
    const pending = { kind, shown: this.add(kind, { source: record }) }
    remember(this.lost, this.keys.of(record), pending)
  }

  /** The target's record is no copy of what the source has here. */
  extra(record: LogRecord): void {
    const found = take(this.lost, this.keys.of(record))
    if (found !== undefined) return this.change(found, 'order', { target: record })
    const kind = this.leftOut.recognize(record) ?? (this.recent.has(record) ? 'duplicate' : 'phantom')
    const pending: Pending = { kind, shown: this.add(kind, { target: record }) }
    if (kind === 'phantom') remember(this.surplus, this.keys.of(record), pending)
  }

  /** Both sides hold it, at another place. */
  moved(source: LogRecord, target: LogRecord): void {
    this.add('order', { source, target })
  }

  /** The copy is at its place and differs. */
  damaged(source: LogRecord, target: LogRecord): void {
    this.add('infidelity', { source, target })
  }

  /** A record was found at its place: a surplus one before it that is the same was a duplicate. */
  matched(source: LogRecord): void {
    if (this.surplus.size === 0) return
    const found = take(this.surplus, this.keys.of(source))
    if (found !== undefined) this.change(found, 'duplicate', { source })
  }

  private add(kind: DifferenceKind, records: { source?: LogRecord; target?: LogRecord }): Difference | undefined {
    this.counts[kind]++
    if (this.first.length >= this.keep) return undefined
    const { source, target } = records
    const shown: Difference = {
      kind,
      source: source && sketchOf(source),
      target: target && sketchOf(target),
      fields: source && target && kind === 'infidelity' ? differingFields(source, target) : [],
    }
    this.first.push(shown)
    return shown
  }

  private change(pending: Pending, kind: DifferenceKind, records: { source?: LogRecord; target?: LogRecord }): void {
    this.counts[pending.kind]--
    this.counts[kind]++
    const { shown } = pending
    if (shown === undefined) return
    shown.kind = kind
    if (records.source) shown.source = sketchOf(records.source)
    if (records.target) shown.target = sketchOf(records.target)
  }
}

function take(pool: Map<string, Pending>, key: string): Pending | undefined {
  const found = pool.get(key)
  pool.delete(key)
  return found
}

function remember(pool: Map<string, Pending>, key: string, pending: Pending): void {
  pool.set(key, pending)
  const oldest = pool.size > PENDING_MAX ? pool.keys().next() : undefined
  if (oldest !== undefined && !oldest.done) pool.delete(oldest.value)
}
