import { type Found, findRecord, type Wanted } from './find-record.js'
import { lastOf, type Pair, type Side } from './run.js'
import { damaged, type Link, openSegment, runsOf, type Segment } from './segment.js'

/** A segment that never changes again, with what a search wants to know of it. */
export interface ClosedSegment extends Segment {
  last: Pair
  firstOrdinal: number
  recordCount: number
}

/** What a closed segment costs in memory beside its bytes, mostly for being a buffer of its own: measured on Node 20. */
const OVERHEAD_BYTES = 900

/**
 * The closed segments of a map, in order. Each names the one before it, and the open one names the last:
 *
 *     0 ← 1 ← 2 ← open 5        3 and 4 were dropped, when the target lost its tail
 *
 * So nothing that the state topic still refers to is ever written anew, and whatever a kill leaves behind is known by
 * not being in the chain.
 */
export class ClosedSegments {
  private readonly segments: ClosedSegment[] = []
  /** Not yet taken to be written. */
  private readonly unwritten = new Set<ClosedSegment>()
  private obsolete: number[] = []

  /**
   * Follows the chain backwards from the open segment.
   *
   * @param stored all that the state topic holds: what is not in the chain becomes obsolete, unless its number is still
   *   to be used: those are left by a kill before the note, and will be written again
   */
  static load(stored: ReadonlyMap<number, Buffer>, open: Segment): ClosedSegments {
    const chain: Segment[] = []
    for (let next: Segment = open; chain.length < open.before; ) {
      const number = next.previous
      const bytes = number < next.number ? stored.get(number) : undefined
      if (!bytes) throw damaged(next.number, `segment ${number}, which lies before it, is missing`)
      next = openSegment(number, bytes)
      chain.push(next)
    }
    const closed = new ClosedSegments()
    for (const segment of chain.reverse()) closed.segments.push(measured(segment, closed.segments.at(-1)))
    const inChain = new Set(chain.map(({ number }) => number))
    closed.obsolete = [...stored.keys()].filter(number => number < open.number && !inChain.has(number))
    return closed
  }

  get length(): number {
    return this.segments.length
  }

  get first(): ClosedSegment | undefined {
    return this.segments[0]
  }

  get last(): ClosedSegment | undefined {
    return this.segments.at(-1)
  }

  /** What the segment behind the last one says of it. */
  get link(): Link {
    return { previous: this.last?.number ?? 0, before: this.length }
  }

  get bytesHeld(): number {
    return this.segments.reduce((sum, { bytes }) => sum + bytes.length + OVERHEAD_BYTES, 0)
  }

  add(segment: ClosedSegment): void {
    this.segments.push(segment)
    this.unwritten.add(segment)
  }

  /** The first record at or after an offset of one side, in any of the segments. */
  findFrom(side: Side, offset: number, wanted: Wanted): Found | undefined {
    const index = this.lastWhere(segment => segment.first[side] <= offset)
    const inside = index < 0 ? undefined : find(this.segments[index]!, wanted)
    if (inside) return inside
    const next = this.segments[index + 1]
    return next && { ...next.first, ordinal: next.firstOrdinal }
  }

  findOrdinal(ordinal: number, wanted: Wanted): Found | undefined {
    const segment = this.segments[this.indexOf(ordinal)]
    return segment && find(segment, wanted)
  }

  /** The place of the segment with a record; -1 where it lies before all. */
  indexOf(ordinal: number): number {
    return this.lastWhere(({ firstOrdinal }) => firstOrdinal <= ordinal)
  }

  /** Drops the segments from a place on, and answers them. */
  dropFrom(index: number): ClosedSegment[] {
    return this.drop(index, this.length - index)
  }

  /** Drops the segments whose records all lie before both offsets. */
  dropBefore({ source, target }: Pair): void {
    const kept = this.segments.findIndex(({ last }) => last.source >= source || last.target >= target)
    this.drop(0, kept < 0 ? this.length : kept)
  }

  takeUnwritten(): ClosedSegment[] {
    const taken = [...this.unwritten]
    this.unwritten.clear()
    return taken
  }

  takeObsolete(): number[] {
    const taken = this.obsolete
    this.obsolete = []
    return taken
  }

  private drop(from: number, count: number): ClosedSegment[] {
    const dropped = this.segments.splice(from, count)
    for (const segment of dropped) {
      // What was never given out to be written needs no tombstone.
      if (!this.unwritten.delete(segment)) this.obsolete.push(segment.number)
    }
    return dropped
  }

  /** The last place where something holds that holds for all before it; -1 where it holds nowhere. */
  private lastWhere(holds: (segment: ClosedSegment) => boolean): number {
    let low = 0
    let high = this.segments.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (holds(this.segments[middle]!)) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}

/** What was found in segments that were read through before: whoever follows a map reads it again every second. */
const readBefore = new WeakMap<Buffer, Pick<ClosedSegment, 'last' | 'recordCount'>>()

/** Reads a segment through, so that a damaged one is found when it is loaded and not when it is needed. */
export function measured(segment: Segment, previous: ClosedSegment | undefined): ClosedSegment {
  if (previous && !(previous.last.source < segment.first.source && previous.last.target < segment.first.target)) {
    throw damaged(segment.number, `it does not lie behind segment ${previous.number}`)
  }
  const content = readBefore.get(segment.bytes) ?? readThrough(segment)
  readBefore.set(segment.bytes, content)
  const firstOrdinal = previous ? previous.firstOrdinal + previous.recordCount : 0
  return { ...segment, ...content, firstOrdinal }
}

function readThrough(segment: Segment): Pick<ClosedSegment, 'last' | 'recordCount'> {
  const reader = runsOf(segment)
  let recordCount = 0
  try {
    while (reader.next()) recordCount += reader.run.count
  } catch (error) {
    throw damaged(segment.number, (error as Error).message)
  }
  if (recordCount === 0) throw damaged(segment.number, 'it holds no record')
  return { last: lastOf(reader.run), recordCount }
}

function find(segment: ClosedSegment, wanted: Wanted): Found | undefined {
  return findRecord(wanted, runsOf(segment), segment.firstOrdinal)
}
