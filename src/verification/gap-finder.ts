import { isDamagedCopy } from './differences.js'
import { findAlignment } from './find-alignment.js'
import type { LogRecord } from './log-record.js'
import type { RecordCursor } from './record-cursor.js'
import type { RecordKeys } from './record-keys.js'

/** Records on both sides up to where the logs go on alike. At least one side has some. */
export interface Gap {
  source: readonly LogRecord[]
  target: readonly LogRecord[]
  /** The first records behind it, which are alike; undefined at an end or where none were found. */
  sourceNext: LogRecord | undefined
  targetNext: LogRecord | undefined
  /** It reaches to the end of both logs: what is missing on the target may not be copied yet. */
  isEnd?: boolean
}

/**
 * How far the search looks ahead, in records: nearly always the first will do. The last bounds memory, together with
 * the bytes; a longer gap is found in several steps.
 */
const WINDOWS = { first: 64, inPlace: 1_024, last: 32_768 } as const
const GROWTH = 4
const WINDOW_BYTES = 16 * 1024 * 1024

const END = { sourceNext: undefined, targetNext: undefined, isEnd: true } as const

/** Finds how far two logs differ, from where both cursors stand. */
export class GapFinder {
  private readonly source: RecordCursor
  private readonly target: RecordCursor
  private readonly keys: RecordKeys
  private damagedBefore = false

  constructor(source: RecordCursor, target: RecordCursor, keys: RecordKeys) {
    this.source = source
    this.target = target
    this.keys = keys
  }

  /**
   * The next gap. Where every record differs a little (say, in its timestamp), no records ever agree again; then the
   * two here count as a record and its damaged copy, unless `mayBeDamaged` says no.
   */
  async next(mayBeDamaged: boolean): Promise<Gap> {
    // Where one record was damaged in place, the next one often is too: then a short look for a shift is enough.
    const enoughInPlace = this.damagedBefore ? WINDOWS.first : WINDOWS.inPlace
    this.damagedBefore = false
    for (let size: number = WINDOWS.first; ; size = Math.min(size * GROWTH, WINDOWS.last)) {
      const source = await this.source.window(size, WINDOW_BYTES)
      const target = await this.target.window(size, WINDOW_BYTES)
      if (target.records.some(record => record.hasAppendTime)) this.keys.ignoreTimes()
      const found = findAlignment(this.keysOf(source.records), this.keysOf(target.records))
      if (found !== undefined) {
        // Both the same though they differ: equal contents, and only some of the times are the target's own.
        if (found.skipSource + found.skipTarget === 0) return gapOf(source.records, target.records, 1, 1)
        return gapOf(source.records, target.records, found.skipSource, found.skipTarget)
      }
      const [one, other] = [source.records[0] as LogRecord, target.records[0] as LogRecord]
      if (mayBeDamaged && (size >= enoughInPlace || (source.isRest && target.isRest)) && isDamagedCopy(one, other)) {
        this.damagedBefore = true
        return gapOf(source.records, target.records, 1, 1)
      }
      const isAll = source.isRest && target.isRest
      if (isAll) return { source: source.records, target: target.records, ...END }
      const isFull = size === WINDOWS.last || (source.records.length < size && target.records.length < size)
      if (isFull) return this.step(source.records, target.records)
    }
  }

  /**
   * Nothing agrees as far as we can look: the side with more before it goes on alone. If records are missing on the
   * target, the source has more left, and the other way round.
   */
  private step(source: readonly LogRecord[], target: readonly LogRecord[]): Gap {
    return this.source.remaining >= this.target.remaining
      ? gapOf(source, target, Math.ceil(source.length / 2), 0)
      : gapOf(source, target, 0, Math.ceil(target.length / 2))
  }

  private keysOf(records: readonly LogRecord[]): string[] {
    return records.map(record => this.keys.of(record))
  }
}

function gapOf(
  source: readonly LogRecord[],
  target: readonly LogRecord[],
  skipSource: number,
  skipTarget: number,
): Gap {
  return {
    source: source.slice(0, skipSource),
    target: target.slice(0, skipTarget),
    sourceNext: source[skipSource],
    targetNext: target[skipTarget],
  }
}
