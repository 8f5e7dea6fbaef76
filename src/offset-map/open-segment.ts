import { type Found, findInRun, findRecord, type Wanted } from './find-record.js'
import { before, RUN_BYTES_MAX, writeRun } from './packed-runs.js'
import { extend, firstOf, lastOf, type Pair, type Piece, type Run, runOf } from './run.js'
import { type Link, packSegment, RunBuffer } from './segment.js'

/** The segment that grows: packed too, but for its last run, which may still become longer. */
export class OpenSegment {
  readonly number: number
  /** The ordinal of its first record. */
  readonly firstOrdinal: number
  private readonly packed = new RunBuffer()
  private firstPair: Pair | undefined
  private lastRun: Run | undefined
  /** The last record before the last run. */
  private beforeLastRun: Pair = { source: 0, target: 0 }
  private count = 0

  constructor(number: number, firstOrdinal: number) {
    this.number = number
    this.firstOrdinal = firstOrdinal
  }

  get first(): Pair | undefined {
    return this.firstPair
  }

  get last(): Pair | undefined {
    return this.lastRun && lastOf(this.lastRun)
  }

  get recordCount(): number {
    return this.count
  }

  /** What it holds beside itself. */
  get bytesHeld(): number {
    return this.packed.capacity
  }

  /** Takes a piece behind its last record; false when it is full and must be closed. */
  append(piece: Piece): boolean {
    if (this.lastRun && extend(this.lastRun, piece)) {
      this.count += piece.count
      return true
    }
    if (this.packed.isFull) return false
    this.addRun(runOf(piece))
    return true
  }

  /** Takes a copy of a run, or as much of it as makes `count` records in all. */
  addUpTo(count: number, run: Run): void {
    const room = count - this.count
    if (room > 0) this.addRun(firstOf(run, Math.min(room, run.count)))
  }

  pack(link: Link): Buffer {
    const bytesMax = this.packed.size + RUN_BYTES_MAX
    return packSegment(link, this.firstPair ?? { source: 0, target: 0 }, bytesMax, (bytes, at) => {
      const end = this.packed.copyTo(bytes, at)
      return this.lastRun ? writeRun(bytes, end, this.lastRun, this.beforeLastRun) : end
    })
  }

  find(wanted: Wanted): Found | undefined {
    const { firstPair: first, lastRun: last, firstOrdinal } = this
    if (!first || !last) return undefined
    // Most ask for what is near the end: beyond the first record of the last run, nothing need be unpacked.
    const lastRunOrdinal = firstOrdinal + this.count - last.count
    const inLastRun = findInRun(wanted, last, lastRunOrdinal)
    if (!inLastRun || inLastRun.ordinal > lastRunOrdinal) return inLastRun
    return findRecord(wanted, this.packed.read(first), firstOrdinal) ?? inLastRun
  }

  /** A segment like this with only the first records of it. */
  cutTo(count: number): OpenSegment {
    const cut = new OpenSegment(this.number, this.firstOrdinal)
    if (!this.firstPair) return cut
    const packed = this.packed.read(this.firstPair)
    while (packed.next()) cut.addUpTo(count, packed.run)
    cut.addUpTo(count, this.lastRun!)
    return cut
  }

  /** Takes a run as its last one and keeps it. */
  private addRun(run: Run): void {
    if (this.lastRun) {
      this.packed.add(this.lastRun, this.beforeLastRun)
      this.beforeLastRun = lastOf(this.lastRun)
    } else {
      this.firstPair = { source: run.source, target: run.target }
      this.beforeLastRun = before(run)
    }
    this.lastRun = run
    this.count += run.count
  }
}
