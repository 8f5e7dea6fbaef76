import type { Progress } from '../policy/resume-decision.js'
import type { PartitionStart } from '../progress/progress-store.js'
import { sequenceAfter } from '../wire/record-batch.js'
import type { TravellingBatch } from './travelling-batch.js'

/** How far one partition is: what is known to be on the target, and what of that is not noted yet. */
export class CopyProgress {
  private copied: Progress | undefined
  private began: PartitionStart | undefined
  private changedSinceNoted = false
  /** Since this process started. */
  recordsCopied = 0
  bytesCopied = 0

  /** Undefined until `begin`. */
  get current(): Progress | undefined {
    return this.copied
  }

  /** Where copying began in its first life; undefined until `begin`. */
  get start(): PartitionStart | undefined {
    return this.began
  }

  /** How far it is. Only for a partition that has begun. */
  get known(): Progress {
    if (this.copied === undefined) throw new Error('a partition was started before its position was known')
    return this.copied
  }

  begin(progress: Progress, start: PartitionStart): void {
    this.copied = progress
    this.began = start
  }

  /** The target has this batch and everything before it. `targetOffset` is -1 where the broker did not say. */
  acknowledged(travelled: TravellingBatch, targetOffset: number): void {
    this.move({
      sourceNext: travelled.nextOffset,
      nextSequence: sequenceAfter(travelled.baseSequence, travelled.recordCount),
      targetEnd: targetOffset < 0 ? this.known.targetEnd : targetOffset + travelled.recordCount,
    })
    this.recordsCopied += travelled.recordCount
    this.bytesCopied += travelled.bytes.length
  }

  /** With nothing in line, source offsets up to `sourceNext` are done with; `crossed` records of them had crossed before. */
  passedOver(sourceNext: number, crossed: number): void {
    this.move({ ...this.known, sourceNext, nextSequence: sequenceAfter(this.known.nextSequence, crossed) })
  }

  /** The progress if it has moved since the last call: what must be noted in the state topic. */
  takeChanged(): Progress | undefined {
    if (!this.changedSinceNoted) return undefined
    this.changedSinceNoted = false
    return this.copied
  }

  /** The noted progress was not stored; note it again. */
  markChanged(): void {
    this.changedSinceNoted = true
  }

  private move(progress: Progress): void {
    this.copied = progress
    this.changedSinceNoted = true
  }
}
