import { OffsetMap, type StoredSegment } from '../offset-map/offset-map.js'
import type { Piece } from '../offset-map/run.js'
import type { Progress } from '../policy/resume-decision.js'
import type { PartitionStart } from '../progress/notes.js'
import type { ProducedPartition } from '../wire/messages/produce.js'
import { RecordBatch, sequenceAfter, sequenceBefore } from '../wire/record-batch.js'
import type { SourcePosition, TravellingBatch } from './travelling-batch.js'

/** What must be noted of a partition: its progress, and the offset map up to exactly there. */
export interface ProgressToNote {
  progress: Progress
  openSegment: StoredSegment
  closed: StoredSegment[]
  obsolete: number[]
}

/** How far one partition is, and which source offset went where: what is known to be on the target. */
export class CopyProgress {
  private position: SourcePosition | undefined
  private began: PartitionStart | undefined
  private sequences = new Map<number, number>()
  private targetEnd = 0
  private offsets = new OffsetMap()
  private offsetsFrom: number | undefined
  private changedSinceNoted = false
  /**
   * While set, it is noted by whoever set it, together with what explains it: a gap and the progress behind it must never
   * be stored apart.
   */
  notedElsewhere = false
  /** Given out for a note that is not known to be stored yet. */
  private unstored: Pick<ProgressToNote, 'closed' | 'obsolete'> = { closed: [], obsolete: [] }
  /** Where both logs begin, as far as their brokers have said. */
  private readonly logStarts = { source: 0, target: 0 }
  /** Set while it is to begin anew though it was copied before. */
  restartsOn: 'same target' | 'new target' | undefined
  /** Source offsets that will never be on the target, each recorded; since the first life. */
  gapOffsets = 0
  /** Where the target refused the last batch because we may not write there, and in which words. */
  forbidden: { reason: string; offset: number } | undefined
  /** Since this process started. */
  recordsCopied = 0
  bytesCopied = 0
  /** Of all batches that were passed, with those that are not to be copied. */
  bytesRead = 0
  /** Of the batch that was copied last: the times of its first and newest record, and when it was acknowledged. */
  lastCopied: { first: number; newest: number; at: number } | undefined

  /** Whether its position is known. */
  get hasBegun(): boolean {
    return this.position !== undefined
  }

  /** Where copying began in its first life; undefined until `begin`. */
  get start(): PartitionStart | undefined {
    return this.began
  }

  /** Where copying goes on. Only for a partition that has begun. */
  get next(): SourcePosition {
    if (this.position === undefined) throw new Error('a partition was started before its position was known')
    return this.position
  }

  /** Which source offset went to which target offset. */
  get map(): OffsetMap {
    return this.offsets
  }

  /** Where the map begins that had to begin anew (source offset); undefined for a whole one. */
  get mapFrom(): number | undefined {
    return this.offsetsFrom
  }

  /** How far it is; the numbers by producer are a copy. Only for a partition that has begun. */
  get known(): Progress {
    const { offset: sourceNext, epoch: sourceEpoch } = this.next
    return { sourceNext, sourceEpoch, sequences: new Map(this.sequences), targetEnd: this.targetEnd }
  }

  begin(
    { sourceNext, sourceEpoch, sequences, targetEnd }: Progress,
    start: PartitionStart,
    map = new OffsetMap(),
    mapFrom?: number,
  ): void {
    this.position = { offset: sourceNext, epoch: sourceEpoch }
    this.sequences = new Map(sequences)
    this.targetEnd = targetEnd
    this.began = start
    this.restartsOn = undefined
    this.offsets = map
    this.offsetsFrom = mapFrom
  }

  /** It begins anew: on the same target topic, where our numbers go on, or on one that was created anew. */
  restart(hasNewTarget: boolean): void {
    this.forget()
    this.restartsOn = hasNewTarget ? 'new target' : 'same target'
  }

  /** Its position is not known any more; our numbers on the target are. */
  forget(): void {
    this.position = undefined
    this.began = undefined
    this.offsets = new OffsetMap()
    this.offsetsFrom = undefined
    this.unstored = { closed: [], obsolete: [] }
  }

  /** How far the target is known to go, also of a partition that begins anew. */
  get reachedEnd(): number {
    return this.targetEnd
  }

  /** Whether the target has reached this offset before. */
  isPast(targetOffset: number): boolean {
    return targetOffset < this.targetEnd
  }

  /** The numbers that the next records of our producers get here. */
  nextSequences(): Map<number, number> {
    return new Map(this.sequences)
  }

  /** The target has this batch and everything before it. `at` is the wall clock's time. */
  acknowledged(travelled: TravellingBatch, { baseOffset, logStartOffset }: ProducedPartition, at: number): void {
    let target = baseOffset
    for (const { sourceOffset, count } of travelled.runs) {
      this.offsets.append({ source: sourceOffset, target, count })
      target += count
    }
    this.targetEnd = target
    this.sequences.set(travelled.producer.producerId, sequenceAfter(travelled.baseSequence, travelled.recordCount))
    this.logStarts.target = Math.max(this.logStarts.target, logStartOffset)
    this.recordsCopied += travelled.recordCount
    this.bytesCopied += travelled.bytes.length
    const { baseTimestamp, maxTimestamp } = new RecordBatch(travelled.bytes, 0, travelled.bytes.length)
    this.lastCopied = { first: baseTimestamp, newest: maxTimestamp, at }
    this.passedOver(travelled.next)
  }

  /** With nothing in line, what lies before `next` is done with. */
  passedOver(next: SourcePosition): void {
    this.position = next
    this.changedSinceNoted = true
  }

  /** Records that crossed without our knowing. In the order of the logs. */
  foundCrossed(piece: Piece): void {
    this.offsets.append(piece)
  }

  /** After all that has crossed was found. */
  caughtUpWith(next: SourcePosition, sequences: ReadonlyMap<number, number>, targetEnd: number): void {
    for (const [producerId, next] of sequences) this.sequences.set(producerId, next)
    this.targetEnd = Math.max(this.targetEnd, targetEnd)
    this.passedOver(next)
  }

  /** How many of the last records lie at or behind a target offset. */
  recordsFrom(targetOffset: number): number {
    let [none, all] = [0, this.offsets.recordCount + 1]
    // `none` records from the end lie there, of `all` the first does not.
    while (all - none > 1) {
      const n = Math.floor((none + all) / 2)
      if ((this.offsets.fromEnd(n)?.target ?? -1) >= targetOffset) none = n
      else all = n
    }
    return none
  }

  /**
   * The target has lost the last records and ends at `end`: goes back to the first of them. A producer whose last number
   * is not remembered goes back by as many. False where the map does not reach back so far; then nothing is changed.
   */
  goBack(lostRecords: number, end: number, lastSequences: ReadonlyMap<number, number>): boolean {
    const first = this.offsets.fromEnd(lostRecords)
    if (first === undefined && lostRecords > 0) return false
    this.targetEnd = Math.min(this.targetEnd, end)
    this.changedSinceNoted = true
    if (first === undefined) return true
    this.offsets.dropLast(lostRecords)
    for (const [producerId, next] of this.sequences) {
      const last = lastSequences.get(producerId)
      this.sequences.set(producerId, last === undefined ? sequenceBefore(next, lostRecords) : sequenceAfter(last, 1))
    }
    // In a log that was not cut back, the later epoch ends behind the earlier offset too.
    this.passedOver({ offset: first.source, epoch: this.next.epoch })
    return true
  }

  /** The source was cut back to `position.offset`: what was copied from there on, it no longer has. */
  sourceCutBack(position: SourcePosition): void {
    const target = this.offsets.targetFor(position.offset)
    if (target !== undefined) this.offsets.dropFromTarget(target)
    this.passedOver(position)
  }

  /** Where the source's log begins now. */
  sourceStartsAt(offset: number): void {
    this.logStarts.source = Math.max(this.logStarts.source, offset)
  }

  /** What is to be noted if anything has moved since the last call. Then `stored`, or `markChanged`. */
  takeChanged(): ProgressToNote | undefined {
    if (!this.changedSinceNoted || !this.hasBegun || this.notedElsewhere) return undefined
    this.changedSinceNoted = false
    return this.toNote()
  }

  /** All that is to be noted, moved or not. */
  toNote(): ProgressToNote {
    this.offsets.prune(this.logStarts)
    this.unstored.closed.push(...this.offsets.takeClosed())
    this.unstored.obsolete.push(...this.offsets.takeObsolete())
    const { closed, obsolete } = this.unstored
    const openSegment = this.offsets.openSegment()
    return { progress: this.known, openSegment, closed: [...closed], obsolete: [...obsolete] }
  }

  /** What was taken is stored. */
  stored({ closed, obsolete }: ProgressToNote): void {
    this.unstored = {
      closed: this.unstored.closed.filter(segment => !closed.includes(segment)),
      obsolete: this.unstored.obsolete.filter(number => !obsolete.includes(number)),
    }
  }

  /** What was taken last was not stored; note it again. */
  markChanged(): void {
    this.changedSinceNoted = true
  }
}
