import { type ClosedSegment, ClosedSegments, measured } from './closed-segments.js'
import { atOrAfter, type Found, withOrdinal } from './find-record.js'
import { OpenSegment } from './open-segment.js'
import type { Pair, Piece, Side } from './run.js'
import { openSegment, runsOf, UnreadableOffsetMap } from './segment.js'

/** A segment as the state topic keeps it. */
export interface StoredSegment {
  number: number
  bytes: Buffer
}

/** What an empty map costs: some objects. Measured, not exact. */
const OVERHEAD_BYTES = 800

/**
 * Which source offset went to which target offset, for each copied record of one partition (design, section 5).
 *
 *     closed segments, about 1 KiB each, packed, for ever the same           open segment
 *     [ run run run … ] ← [ run run run … ] ← [ run run run … ] ←─────────── [ run run … | last run ]
 *     written once, under their numbers                                      part of every note
 *
 * **How it is kept.** In this order: what `takeClosed` answers, then a note with `openSegment`, then tombstones for what
 * `takeObsolete` answered before that note was made. A kill between any two of them leaves a state that `load` reads as
 * it was at the last note: a segment whose number lies below a noted open one is never written again.
 */
export class OffsetMap {
  private closed = new ClosedSegments()
  private open = new OpenSegment(0, 0)
  private changeCount = 0

  /**
   * The map as it was when the open segment was packed. Throws `UnreadableOffsetMap`.
   *
   * @param closed all closed segments that were found, also those that no longer belong to it
   */
  static load(closed: ReadonlyMap<number, Buffer>, open: StoredSegment): OffsetMap {
    const packed = openSegment(open.number, open.bytes)
    const map = new OffsetMap()
    map.closed = ClosedSegments.load(closed, packed)
    const { last } = map.closed
    const firstOrdinal = last ? last.firstOrdinal + last.recordCount : 0
    map.open = new OpenSegment(open.number, firstOrdinal)
    if (packed.runsAt === packed.bytes.length && !last) return map // nothing was ever copied, or all of it dropped
    map.refill(measured(packed, last), Number.POSITIVE_INFINITY)
    return map
  }

  /** The same for whoever only looks: undefined where it cannot be read. Its own replicator tells of that. */
  static tryLoad(closed: ReadonlyMap<number, Buffer>, open: StoredSegment): OffsetMap | undefined {
    try {
      return OffsetMap.load(closed, open)
    } catch (error) {
      if (error instanceof UnreadableOffsetMap) return undefined
      throw error
    }
  }

  /** How many records it holds. */
  get recordCount(): number {
    return this.nextOrdinal - this.firstOrdinal
  }

  get first(): Pair | undefined {
    return this.closed.first?.first ?? this.open.first
  }

  get last(): Pair | undefined {
    return this.open.last
  }

  /** One past the target offset of the last copied record. */
  get end(): number | undefined {
    const { last } = this.open
    return last && last.target + 1
  }

  /** Another number after each change: while it is the same, so are all answers. */
  get changes(): number {
    return this.changeCount
  }

  /** Roughly what it costs in memory. */
  get memoryBytes(): number {
    return OVERHEAD_BYTES + this.closed.bytesHeld + this.open.bytesHeld
  }

  /** Notes records that were just acknowledged; on both sides they lie behind all that came before. */
  append(piece: Piece): void {
    this.insistOnOrder(piece)
    this.changeCount++
    if (this.open.append(piece)) return
    this.close()
    this.open.append(piece)
  }

  /** Where the first record at or after a source offset lies on the target; undefined when none has crossed. */
  targetFor(sourceOffset: number): number | undefined {
    return this.firstFrom('source', sourceOffset)?.target
  }

  /** Where the first copied record at or after a target offset came from; undefined when there is none. */
  sourceFor(targetOffset: number): number | undefined {
    return this.firstFrom('target', targetOffset)?.source
  }

  /** How many of its records lie at or after an offset of one side, yet before one of the other. */
  countBetween(fromSide: Side, from: number, to: number): number {
    const toSide = fromSide === 'source' ? 'target' : 'source'
    return Math.max(0, this.ordinalFrom(toSide, to) - this.ordinalFrom(fromSide, from))
  }

  /**
   * Up to where each offset of the target, from one on, holds a record of this map: one past the last of them. The offset
   * itself where it holds none.
   */
  unbrokenFrom(targetOffset: number): number {
    const before = this.ordinalFrom('target', targetOffset)
    const isUnbroken = (end: number) => this.ordinalFrom('target', end) - before === end - targetOffset
    let [good, bad] = [targetOffset, (this.end ?? 0) + 1]
    if (bad - 1 > good && isUnbroken(bad - 1)) return bad - 1
    while (bad - good > 1) {
      const middle = Math.floor((good + bad) / 2)
      if (isUnbroken(middle)) good = middle
      else bad = middle
    }
    return good
  }

  /** The n-th record from the end, 1 for the last one; undefined where there are not so many. */
  fromEnd(n: number): Pair | undefined {
    if (!(n >= 1 && n <= this.recordCount)) return undefined
    const found = this.at(this.nextOrdinal - n)
    return found && { source: found.source, target: found.target }
  }

  /** Forgets the last records: the target has lost them. */
  dropLast(count: number): void {
    if (count <= 0) return
    this.changeCount++
    const next = Math.max(this.firstOrdinal, this.nextOrdinal - count)
    if (next > this.open.firstOrdinal || this.closed.length === 0) {
      this.open = this.open.cutTo(next - this.open.firstOrdinal)
      return
    }
    // The segment with the last record that stays is open again, under a number that no note has named as closed.
    const [reopened] = this.closed.dropFrom(Math.max(0, this.closed.indexOf(next - 1)))
    this.open = new OpenSegment(this.open.number, reopened!.firstOrdinal)
    this.refill(reopened!, next - reopened!.firstOrdinal)
  }

  /** Forgets all records at or after a target offset, and answers how many those were. */
  dropFromTarget(targetOffset: number): number {
    const found = this.firstFrom('target', targetOffset)
    const count = found ? this.nextOrdinal - found.ordinal : 0
    this.dropLast(count)
    return count
  }

  /** Forgets whole segments that lie before the starts of both logs: nobody can ask for them any more. */
  prune(logStarts: Pair): void {
    this.changeCount++
    this.closed.dropBefore(logStarts)
  }

  /** The open segment, for a note. All that `takeClosed` answered must have been written before it. */
  openSegment(): StoredSegment {
    return { number: this.open.number, bytes: this.open.pack(this.closed.link) }
  }

  /** The segments closed since the last call: each is given out once, so whoever takes them must write them. */
  takeClosed(): StoredSegment[] {
    return this.closed.takeUnwritten().map(({ number, bytes }) => ({ number, bytes }))
  }

  /** Numbers of segments that the next note no longer refers to: tombstones for them must not come before it. */
  takeObsolete(): number[] {
    return this.closed.takeObsolete()
  }

  private get firstOrdinal(): number {
    return this.closed.first?.firstOrdinal ?? this.open.firstOrdinal
  }

  private get nextOrdinal(): number {
    return this.open.firstOrdinal + this.open.recordCount
  }

  /** The place of the first record at or after an offset, or where the next one will stand. */
  private ordinalFrom(side: Side, offset: number): number {
    return this.firstFrom(side, offset)?.ordinal ?? this.nextOrdinal
  }

  private firstFrom(side: Side, offset: number): Found | undefined {
    const wanted = atOrAfter(side, offset)
    const { first } = this.open
    const inClosed = first && offset < first[side] ? this.closed.findFrom(side, offset, wanted) : undefined
    return inClosed ?? this.open.find(wanted)
  }

  private at(ordinal: number): Found | undefined {
    const wanted = withOrdinal(ordinal)
    return ordinal >= this.open.firstOrdinal ? this.open.find(wanted) : this.closed.findOrdinal(ordinal, wanted)
  }

  private close(): void {
    const { number, first, last, firstOrdinal, recordCount } = this.open
    const { link } = this.closed
    const packed = openSegment(number, this.open.pack(link))
    const segment: ClosedSegment = { ...packed, first: first!, last: last!, firstOrdinal, recordCount }
    this.closed.add(segment)
    this.open = new OpenSegment(number + 1, firstOrdinal + recordCount)
  }

  private refill(segment: ClosedSegment, count: number): void {
    const runs = runsOf(segment)
    while (runs.next()) this.open.addUpTo(count, runs.run)
  }

  private insistOnOrder({ source, target, count }: Piece): void {
    const { last } = this
    const possible =
      count >= 1 &&
      // In this order, so that no sum is rounded to a possible one.
      Number.isSafeInteger(source + (count - 1)) &&
      Number.isSafeInteger(target + (count - 1)) &&
      source > (last?.source ?? -1) &&
      target > (last?.target ?? -1)
    if (possible) return
    const behind = last ? `${last.source} → ${last.target}` : 'nothing'
    throw new RangeError(`${count} records ${source} → ${target} cannot follow ${behind} in an offset map`)
  }
}
