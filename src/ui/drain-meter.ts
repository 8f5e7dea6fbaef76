/** One log at one look. */
interface Look {
  at: number
  copied: number
  lag: number
}

/** How a log drains, over the last looks. */
export interface Drain {
  /** Source offsets copied per second; null until there are two looks to compare. */
  rate: number | null
  /** Milliseconds until nothing is left, at the pace at which the lag shrinks; 0 where nothing is; null where nobody can tell. */
  leftMs: number | null
  /** Undefined while there are too few looks to tell, and where there is no lag. */
  trend: 'draining' | 'not-draining' | undefined
}

export const UNKNOWN_DRAIN: Drain = { rate: null, leftMs: null, trend: undefined }

/** Longer than an engine may take to note its positions (once a second), short enough to show a stall soon. */
const WINDOW_MS = 10_000
/** A stall is called so after so many looks at least, however far apart they are. */
const LOOKS_MIN = 4
/** Looks closer together than this are one: it bounds how many are kept. */
const APART_MS = 250

/**
 * How fast logs drain, from looks at them. The rates are over the last seconds, so that one slow batch does not make them
 * dance. One look in which a log is unknown does not undo the others.
 */
export class DrainMeter {
  readonly #looks = new Map<string, Look[]>()

  /**
   * @param at of the look, in milliseconds
   * @param log which log it is
   */
  observe(log: string, at: number, copied: number | null, lag: number | null): Drain {
    if (copied === null || lag === null) return UNKNOWN_DRAIN
    const now = { at, copied, lag }
    const looks = this.#looksAt(log, now)
    const [first] = looks
    if (first === undefined || first.at >= at) return { ...UNKNOWN_DRAIN, leftMs: lag === 0 ? 0 : null }
    const isFull = looks.length >= LOOKS_MIN && at - first.at >= WINDOW_MS
    return between(first, now, isFull)
  }

  /** Forgets logs that are not there any more. */
  keepOnly(logs: ReadonlySet<string>): void {
    for (const log of this.#looks.keys()) if (!logs.has(log)) this.#looks.delete(log)
  }

  #looksAt(log: string, now: Look): readonly Look[] {
    const looks = this.#looks.get(log) ?? []
    const last = looks.at(-1)
    // A position that goes back is that of another log, or of one that was cut: what was before says nothing about it.
    if (last !== undefined && now.copied < last.copied) looks.length = 0
    if (last === undefined || looks.length === 0 || now.at - last.at >= APART_MS) looks.push(now)
    while (looks.length > LOOKS_MIN && now.at - (looks[1]?.at ?? 0) >= WINDOW_MS) looks.shift()
    this.#looks.set(log, looks)
    return looks
  }
}

function between(first: Look, now: Look, isFull: boolean): Drain {
  const seconds = (now.at - first.at) / 1000
  const rate = (now.copied - first.copied) / seconds
  if (now.lag === 0) return { rate, leftMs: 0, trend: undefined }
  const shrunk = first.lag - now.lag
  if (shrunk > 0) return { rate, leftMs: (now.lag / shrunk) * seconds * 1000, trend: 'draining' }
  return { rate, leftMs: null, trend: isFull ? 'not-draining' : undefined }
}
