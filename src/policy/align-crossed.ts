/**
 * Which source records have crossed since the last note (design, section 3, point 2). The target's log holds what we
 * have written since; the source's log holds what there was to write. As a rule both are the same, record by record.
 * But cleaners may have run meanwhile: on the source, then records are on the target that the source no longer has; or
 * on the target, then numbers are missing there.
 *
 * What crossed is always a beginning of what could be copied, so the answer is one source offset: where it ends.
 */

/** One record that we wrote, in the order of the target's log. */
export interface CrossedRecord {
  targetOffset: number
  /** Of its time, key, value and headers; NaN where the target's cleaner has removed it (its number is known). */
  fingerprint: number
}

/** One record that may be copied, in the order of the source's log. */
export interface SourceRecord {
  offset: number
  fingerprint: number
  /** Offsets from the beginning up to it that no batch accounts for: there were records, a cleaner has removed them. */
  removedBefore: number
}

/** Gives items one after the other; `undefined` at the end. */
export interface Pull<T> {
  next(): T | undefined | Promise<T | undefined>
}

export type Alignment =
  | { kind: 'aligned'; sourceNext: number; matched: number; removed: number }
  /** The source ends before all that crossed was found: it may not show all of its log yet. */
  | { kind: 'source-ends'; unmatched: number }
  | { kind: 'mismatch'; sourceOffset: number; targetOffset: number }

/**
 * @param from the first source offset that may have crossed since the note
 * @param removedInAll asked when the source is read to its end: like `removedBefore`, up to that end
 * @param onMatch is told each pair, in order
 */
export async function alignCrossed(
  from: number,
  source: Pull<SourceRecord>,
  removedInAll: () => number,
  target: Pull<CrossedRecord>,
  onMatch: (sourceOffset: number, targetOffset: number) => void,
): Promise<Alignment> {
  const crossed = new Ahead(target)
  let sourceNext = from
  let matched = 0
  let removed = 0
  /** Holes before the last match: they cannot be where later records were. */
  let holesBefore = 0
  const aligned = (): Alignment => ({
    kind: 'aligned',
    // Where nothing was matched, what crossed filled the first offsets, which are empty now.
    sourceNext: matched > 0 ? sourceNext : from + removed,
    matched,
    removed,
  })
  for (;;) {
    const next = await crossed.at(0)
    if (next === undefined) return aligned()
    const record = await source.next()
    const budget = (record?.removedBefore ?? removedInAll()) - holesBefore
    if (record === undefined) {
      const rest = await crossed.countUpTo(budget + 1)
      if (rest > budget) return { kind: 'source-ends', unmatched: await crossed.countUpTo(Number.POSITIVE_INFINITY) }
      removed += rest
      return aligned()
    }
    const found = await findWithin(crossed, record.fingerprint, budget)
    if (found === 'nowhere') {
      const rest = await crossed.countUpTo(budget + 1)
      if (rest > budget || (await crossed.hasGone(rest))) {
        return { kind: 'mismatch', sourceOffset: record.offset, targetOffset: next.targetOffset }
      }
      removed += rest
      return aligned()
    }
    removed += found
    holesBefore = record.removedBefore
    onMatch(record.offset, ((await crossed.at(found)) as CrossedRecord).targetOffset)
    crossed.drop(found + 1)
    matched++
    sourceNext = record.offset + 1
  }
}

/**
 * How many crossed records lie before the one that this source record became; at most `budget` of them can have been
 * removed from the source. One that the target's cleaner has removed proves nothing by itself: it counts as the match
 * only where the source has no hole that could be it.
 */
async function findWithin(crossed: Ahead, fingerprint: number, budget: number): Promise<number | 'nowhere'> {
  if (budget === 0 && Number.isNaN((await crossed.at(0))?.fingerprint)) return 0
  for (let i = 0; i <= budget; i++) {
    const candidate = await crossed.at(i)
    if (candidate === undefined) return 'nowhere'
    if (candidate.fingerprint === fingerprint) return i
  }
  return 'nowhere'
}

/** Looks ahead into what is pulled, as far as asked for. */
class Ahead {
  private readonly target: Pull<CrossedRecord>
  private buffer: CrossedRecord[] = []
  private start = 0
  private ended = false

  constructor(target: Pull<CrossedRecord>) {
    this.target = target
  }

  async at(index: number): Promise<CrossedRecord | undefined> {
    while (this.buffer.length - this.start <= index && !this.ended) {
      const next = await this.target.next()
      if (next === undefined) this.ended = true
      else this.buffer.push(next)
    }
    return this.buffer[this.start + index]
  }

  drop(count: number): void {
    this.start += count
    if (this.start < 1_024) return
    this.buffer = this.buffer.slice(this.start)
    this.start = 0
  }

  /** How many there are, counted no further than `limit`. */
  async countUpTo(limit: number): Promise<number> {
    let count = 0
    while (count < limit && (await this.at(count)) !== undefined) count++
    return count
  }

  /** Whether the target's cleaner has removed one of the next `count`: it might be the very record in question. */
  async hasGone(count: number): Promise<boolean> {
    for (let i = 0; i < count; i++) if (Number.isNaN((await this.at(i))?.fingerprint)) return true
    return false
  }
}
