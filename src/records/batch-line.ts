import { mergeCount, type WaitingBatch } from '../policy/merge-batches.js'
import type { ProducerSession } from '../provenance/path-producers.js'
import type { CopyRules } from './batch-intake.js'
import { mergeBatches } from './batch-rewriter.js'
import type { CodecShelf, LoadedCodec } from './codec-shelf.js'
import { codecOf, isIntact, type TravellingBatch } from './travelling-batch.js'

/**
 * Above this many bytes in line the partition is left out of fetches; below the lower one it is back. Two answers'
 * worth: more only pushes the bytes out of the processor's cache before they are sent.
 */
const PAUSE_ABOVE_BYTES = 2 * 1024 * 1024
const UNPAUSE_BELOW_BYTES = 1024 * 1024

/**
 * The batches of one partition between fetch and acknowledgement, in the order of the log:
 *
 *   acknowledged ◄── in flight (sent, no answer yet) ◄── waiting ◄── fetched
 */
export class BatchLine {
  private readonly waiting: TravellingBatch[] = []
  private readonly inFlight: TravellingBatch[] = []
  private bytes = 0
  private full = false

  get hasWaiting(): boolean {
    return this.waiting.length > 0
  }

  get hasInFlight(): boolean {
    return this.inFlight.length > 0
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0 && this.inFlight.length === 0
  }

  /** Whether no more should be fetched until it has run down. */
  get isFull(): boolean {
    return this.full
  }

  /** Under which producer the next one is sent. */
  get nextProducer(): ProducerSession | undefined {
    return this.waiting[0]?.producer
  }

  /** The last batch in line, to which skipped offsets behind it are added. */
  get last(): TravellingBatch | undefined {
    return this.waiting.at(-1) ?? this.inFlight.at(-1)
  }

  /** One past the last source offset that is in flight; undefined when nothing is. */
  get sentUpTo(): number | undefined {
    return this.inFlight.at(-1)?.next.offset
  }

  push(batch: TravellingBatch): void {
    for (const lease of batch.leases) lease.retain()
    this.waiting.push(batch)
    this.bytes += batch.bytes.length
    if (this.bytes > PAUSE_ABOVE_BYTES) this.full = true
  }

  /**
   * Takes what is sent next: the first batch, or several small ones that wait anyway as one. Undefined when nothing
   * waits.
   */
  takeNext(
    { maxBytes, mayMerge }: { maxBytes: number; mayMerge: boolean },
    { codecs, mergePool }: CopyRules,
  ): TravellingBatch | undefined {
    const taken = this.waiting.splice(0, mayMerge ? this.countOfNext(maxBytes, codecs) : 1)
    this.bytes -= bytesOf(taken)
    const [first, ...others] = taken
    if (first === undefined || others.length === 0) return first
    try {
      return mergeBatches([first, ...others], codecs.get(codecOf(first)) as LoadedCodec, mergePool)
    } catch {
      // One of them cannot be read: alone, the broker says which.
      this.waiting.unshift(...others)
      this.bytes += bytesOf(others)
      return first
    }
  }

  send(batch: TravellingBatch): void {
    this.inFlight.push(batch)
    this.bytes += batch.bytes.length
  }

  /** The oldest batch in flight was answered; it must be this one. Answers whether the line has just run down. */
  leave(batch: TravellingBatch): boolean {
    const oldest = this.inFlight.shift()
    if (oldest !== batch) throw new Error('answers for one partition came out of order')
    this.bytes -= batch.bytes.length
    giveBack(batch)
    if (!this.full || this.bytes > UNPAUSE_BELOW_BYTES) return false
    this.full = false
    return true
  }

  /** Forgets all that has not been sent. */
  dropWaiting(): void {
    const dropped = this.waiting.splice(0)
    this.bytes -= bytesOf(dropped)
    for (const batch of dropped) giveBack(batch)
    this.full = false
  }

  private countOfNext(maxBytes: number, codecs: CodecShelf): number {
    const [first] = this.waiting
    if (first === undefined || this.waiting.length === 1 || codecs.get(codecOf(first)) === undefined) return 1
    const count = mergeCount(this.described(), maxBytes)
    // A new CRC would hide that an old one was wrong; alone, the broker refuses it.
    return this.waiting.slice(0, count).every(isIntact) ? count : 1
  }

  private *described(): Generator<WaitingBatch> {
    for (const batch of this.waiting) {
      if (batch.producer !== this.nextProducer) return
      yield { sizeBytes: batch.bytes.length, codec: codecOf(batch) }
    }
  }
}

function bytesOf(batches: readonly TravellingBatch[]): number {
  return batches.reduce((sum, { bytes }) => sum + bytes.length, 0)
}

function giveBack({ leases }: TravellingBatch): void {
  for (const lease of leases) lease.release()
}
