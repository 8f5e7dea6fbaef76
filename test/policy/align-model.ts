import fc from 'fast-check'
import {
  type Alignment,
  alignCrossed,
  type CrossedRecord,
  type Pull,
  type SourceRecord,
} from '../../src/policy/align-crossed.js'

/** One offset of the source: a record, or what is never copied (a marker, an aborted record, one that is a loop). */
export interface Entry {
  kind: 'record' | 'other'
  key: number
  /** Equal for records of equal time, key, value and headers. */
  content: number
}

export interface Place extends Entry {
  offset: number
}

export interface History {
  /** The source's log as it was written, from `FROM` on. */
  log: readonly Entry[]
  /** How many of its records crossed. */
  crossed: number
  /** Source offsets that are gone. */
  goneAtSource: ReadonlySet<number>
  /** Source offsets of records that crossed and that the target's cleaner has removed. */
  goneAtTarget: ReadonlySet<number>
  /** How many entries at the end the source does not show (yet). */
  hidden: number
  /** What the target holds, where that is not what crossed. */
  targetLog?: readonly Place[]
}

export const FROM = 1_000
/** Where the first record that crossed lies on the target; others lie between, so every second offset is ours. */
const TARGET_FROM = 500

export interface Aligned {
  alignment: Alignment
  matches: [sourceOffset: number, targetOffset: number][]
}

export function recordsOf(log: readonly Entry[]): Place[] {
  return log.map((entry, n) => ({ ...entry, offset: FROM + n })).filter(({ kind }) => kind === 'record')
}

/** What the two logs look like today, and what the algorithm says of them. */
export async function align(history: History): Promise<Aligned> {
  const { records, removed } = shownBy(history)
  const matches: Aligned['matches'] = []
  const alignment = await alignCrossed(
    FROM,
    pull(records),
    () => removed,
    pull(targetOf(history)),
    (...match) => matches.push(match),
  )
  return { alignment, matches }
}

function shownBy({ log, goneAtSource, hidden }: History): { records: SourceRecord[]; removed: number } {
  const records: SourceRecord[] = []
  let removed = 0
  let next = FROM
  for (let offset = FROM; offset < FROM + log.length - hidden; offset++) {
    if (goneAtSource.has(offset)) continue // a hole is seen when something lies behind it
    removed += offset - next
    next = offset + 1
    const { kind, content } = log[offset - FROM]!
    if (kind === 'record') records.push({ offset, fingerprint: content, removedBefore: removed })
  }
  return { records, removed }
}

function targetOf({ log, targetLog, crossed, goneAtTarget }: History): CrossedRecord[] {
  const written = (targetLog ?? recordsOf(log)).slice(0, crossed)
  return written.map(({ offset, content }, n) =>
    goneAtTarget.has(offset)
      ? { targetOffset: -1, fingerprint: Number.NaN }
      : { targetOffset: TARGET_FROM + 2 * n, fingerprint: content },
  )
}

function pull<T>(items: readonly T[]): Pull<T> {
  let next = 0
  return { next: () => items[next++] }
}

/** What an answer does wrong: records that it would leave out, and such that it would copy a second time. */
export function harm(
  { log, crossed, goneAtSource }: History,
  sourceNext: number,
): { lost: number[]; doubled: number[] } {
  const offsets = recordsOf(log).map(({ offset }) => offset)
  return {
    // Also those that are gone from the source: it must not step over them in silence.
    lost: offsets.slice(crossed).filter(offset => offset < sourceNext),
    doubled: offsets.slice(0, crossed).filter(offset => offset >= sourceNext && !goneAtSource.has(offset)),
  }
}

/** Pairs of which the one is not the copy of the other. */
export function wrongPairs({ log }: History, matches: Aligned['matches']): Aligned['matches'] {
  const records = recordsOf(log)
  return matches.filter(([source, target]) => target >= 0 && records[(target - TARGET_FROM) / 2]?.offset !== source)
}

/** Reads a log in words: see `align-crossed.test.ts`. */
export function historyOf(text: string, crossed: number): History {
  const words = text.split(' ').filter(word => word !== '')
  const offsetsOf = (sign: string) => new Set(words.flatMap((word, n) => (word.includes(sign) ? [FROM + n] : [])))
  const log = words.map((word): Entry => {
    const letter = word.replace(/[-~?]/g, '')
    return { kind: letter === 'm' ? 'other' : 'record', key: 0, content: letter.charCodeAt(0) }
  })
  const hidden = words.filter(word => word.endsWith('?')).length
  return { log, crossed, goneAtSource: offsetsOf('-'), goneAtTarget: offsetsOf('~'), hidden }
}

export interface Wishes {
  /** Records may be equal to others in all they hold. */
  twins?: boolean
  compactSource?: boolean
  /** The cleaner drops markers and aborted records too. */
  othersVanish?: boolean
  compactTarget?: boolean
  /** The source has dropped its first entries, copied or not. */
  retention?: boolean
  endsEarly?: boolean
}

const ENTRIES_MAX = 14
const entries = fc.array(
  fc.record({
    kind: fc.constantFrom<Entry['kind'][]>('record', 'record', 'record', 'other'),
    key: fc.nat(3),
    version: fc.nat(1),
  }),
  { maxLength: ENTRIES_MAX },
)
const coins = fc.array(fc.boolean(), { minLength: ENTRIES_MAX, maxLength: ENTRIES_MAX })
const part = fc.integer({ min: 0, max: 10 }).map(tenths => tenths / 10)
const oftenNone = fc.oneof(fc.constant(0), part)

/** Random histories. A cleaner removes only what has a newer record of its key behind it, so never the newest one. */
export function histories(wishes: Wishes): fc.Arbitrary<History> {
  const shape = {
    entries,
    crossed: part,
    sourceCoins: coins,
    targetCoins: coins,
    retired: oftenNone,
    hidden: oftenNone,
  }
  return fc.record(shape).map(chosen => {
    const log = chosen.entries.map(({ kind, key, version }, n) => ({
      ...{ kind, key },
      content: wishes.twins ? 10 * key + version : 100 + n,
    }))
    const records = recordsOf(log)
    const crossed = records.slice(0, Math.round(chosen.crossed * records.length))
    const retired = wishes.retention ? Math.floor(chosen.retired * (log.length - 1)) : 0
    const goneAtSource = new Set<number>()
    log.forEach(({ kind, key }, n) => {
      const mayVanish = kind === 'record' ? hasNewer(records, key, FROM + n) : wishes.othersVanish && n < log.length - 1
      const isCleaned = wishes.compactSource && mayVanish && chosen.sourceCoins[n]
      if (isCleaned || n < retired) goneAtSource.add(FROM + n)
    })
    const cleaned = crossed.filter(({ key, offset }, n) => hasNewer(crossed, key, offset) && chosen.targetCoins[n])
    return {
      ...{ log, goneAtSource, crossed: crossed.length },
      goneAtTarget: new Set(wishes.compactTarget ? cleaned.map(({ offset }) => offset) : []),
      hidden: wishes.endsEarly ? Math.round(chosen.hidden * log.length) : 0,
    }
  })
}

function hasNewer(records: readonly Place[], wanted: number, behind: number): boolean {
  return records.some(({ key, offset }) => key === wanted && offset > behind)
}
