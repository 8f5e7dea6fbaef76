import type { Obstacle } from '../policy/obstacles.js'
import type { ProducerSession } from '../provenance/path-producers.js'
import type { FetchedPartition } from '../wire/messages/fetch.js'
import { batchesIn, type RecordBatch } from '../wire/record-batch.js'
import { AbortedTransactions } from './aborted-transactions.js'
import { type CopyRules, takeBatch } from './batch-intake.js'
import type { BatchLine } from './batch-line.js'
import type { Lease } from './buffer-pool.js'
import type { CopyProgress } from './copy-progress.js'
import type { Need } from './partition-observer.js'
import type { Refusals } from './refusals.js'
import type { SourcePosition } from './travelling-batch.js'

/** What stops the taking of batches. */
export interface IntakeObserver {
  needs(need: Need): void
  meets(obstacle: Obstacle): void
}

/** The reading end of one partition: where it reads, and what becomes of each fetched batch. */
export class SourceIntake {
  /** The next source offset to read; everything before it is in line, acknowledged or skipped by rule. */
  offset = 0
  /** The leader epoch of the last batch before `offset`; -1 where it is not known. */
  epoch = -1
  /** It waits for something that a batch needs; that batch is read again then. */
  isPreparing = false
  private stopped = false
  private readonly rules: CopyRules
  private readonly line: BatchLine
  private readonly progress: CopyProgress
  private readonly refusals: Refusals
  private readonly observer: IntakeObserver

  constructor(
    rules: CopyRules,
    parts: { line: BatchLine; progress: CopyProgress; refusals: Refusals },
    observer: IntakeObserver,
  ) {
    this.rules = rules
    this.line = parts.line
    this.progress = parts.progress
    this.refusals = parts.refusals
    this.observer = observer
  }

  /** Reading goes on at a position, from the next answer on. */
  readFrom({ offset, epoch }: SourcePosition): void {
    this.offset = offset
    this.epoch = epoch
  }

  /** Takes the batches of a fetch answer that asked for `offset`, up to the first that stops it. */
  take(fetched: FetchedPartition, answer: Buffer, lease: Lease): void {
    this.stopped = false
    const transactions = new AbortedTransactions(fetched.abortedTransactions)
    for (const batch of batchesIn(answer, fetched.recordsStart, fetched.recordsEnd)) {
      // A fetch answers from the start of the batch that holds the offset.
      if (batch.hasKnownFormat && batch.lastOffset < this.offset) continue
      if (transactions.judge(batch) === 'committed') this.takeCommitted(batch, lease)
      else this.passOver(batch)
      if (this.stopped) return
    }
  }

  private takeCommitted(batch: RecordBatch, lease: Lease): void {
    const origin = this.rules.origins.of(batch.producerId)
    if (origin === undefined) this.need({ producerId: batch.producerId })
    else if (origin === 'loop') this.passOver(batch)
    else this.takeData(batch, lease, origin)
  }

  private takeData(batch: RecordBatch, lease: Lease, producer: ProducerSession): void {
    const { maxBytes, maxRecords } = this.refusals
    const taken = takeBatch(batch, lease, { fromOffset: this.offset, maxBytes, maxRecords, producer }, this.rules)
    switch (taken.kind) {
      case 'hold':
        return this.meet(batch, taken.reason)
      case 'corrupt':
        return this.corrupt(batch)
      case 'need-codecs':
        return this.need({ codecs: taken.codecs })
      case 'travel':
        for (const travelling of taken.batches) this.line.push(travelling)
        this.passOver(batch)
    }
  }

  private need(need: Need): void {
    this.stopped = true
    this.isPreparing = true
    this.observer.needs(need)
  }

  /** A wrong checksum may come from the way: the rest of this answer is not looked at, it is fetched again, once. */
  private corrupt(batch: RecordBatch): void {
    this.stopped = true
    if (!this.refusals.isCorruptAgain(this.offset)) return
    const { baseOffset, lastOffset } = batch
    this.meet(batch, `source offsets ${baseOffset}-${lastOffset} are corrupt: their checksum is wrong, read twice`)
  }

  private meet({ lastOffset }: RecordBatch, reason: string): void {
    this.stopped = true
    this.observer.meets({ kind: 'poison', from: this.offset, to: lastOffset + 1, reason })
  }

  /**
   * Reading goes on behind a batch. It is in line, or it holds nothing to copy (markers, aborted records, what came from
   * the target, emptied batches).
   */
  private passOver({ lastOffset, leaderEpoch, sizeBytes }: RecordBatch): void {
    this.progress.bytesRead += sizeBytes
    const next = { offset: lastOffset + 1, epoch: leaderEpoch }
    this.readFrom(next)
    if (this.line.last) this.line.last.next = next
    else this.progress.passedOver(next)
  }
}
