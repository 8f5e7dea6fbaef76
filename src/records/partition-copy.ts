import type { TargetCompressionType } from '../config/types.js'
import { laneOf } from '../policy/batch-lane.js'
import type { Progress } from '../policy/resume-decision.js'
import type { PartitionStart } from '../progress/progress-store.js'
import type { PartitionSnapshot, PartitionState } from '../replication/snapshot.js'
import type { FetchedPartition } from '../wire/messages/fetch.js'
import { batchesIn, type RecordBatch, sequenceAfter, stampForProduce } from '../wire/record-batch.js'
import { AbortedTransactions } from './aborted-transactions.js'
import type { Lease } from './buffer-pool.js'

/** A batch on its way from source to target. */
export interface TravellingBatch {
  readonly batch: RecordBatch
  readonly lease: Lease
  readonly baseOffset: number
  readonly recordCount: number
  /** Set when it is sent. */
  baseSequence: number
  /** The source offset at which copying goes on once this is acknowledged; grows over skipped batches behind it. */
  nextOffset: number
}

/**
 * `resuming`: the target is being asked how far it is · `active`: reads and writes · `failing`: the target refused or
 * was lost; waits until nothing is in flight · `held`: stopped to protect the data.
 */
type Phase = 'resuming' | 'active' | 'failing' | 'held'

/** Above this many bytes waiting for the target, the partition is left out of fetches; below the lower one it is back. */
const PAUSE_ABOVE_BYTES = 4 * 1024 * 1024
const UNPAUSE_BELOW_BYTES = 2 * 1024 * 1024

/** What a partition tells those who look after it. */
export interface PartitionObserver {
  /** Nothing is in flight any more after trouble with the target: ask it how far it is. */
  needsResume(copy: PartitionCopy, reason: string): void
  held(copy: PartitionCopy, reason: string): void
  /** It may be fetched again after a pause. */
  drained(copy: PartitionCopy): void
}

/**
 * One partition on its way: what is fetched next, what waits, what is in flight, what is acknowledged.
 *
 *   source log   ──────────┬───────────┬──────────┬──────────────┬────────►
 *                       copied     in flight    queue       fetchOffset  sourceEnd
 *
 * Everything before `copied` is on the target or was skipped by rule. All moves between phases happen here.
 */
export class PartitionCopy {
  readonly sourceTopic: string
  readonly targetTopic: string
  readonly partition: number
  private readonly compression: TargetCompressionType | 'PRESERVE'
  private readonly observer: PartitionObserver

  private phase: Phase = 'resuming'
  private trouble: string | undefined
  private sourceTrouble: string | undefined

  fetchOffset = 0
  private sourceEnd: number | null = null
  /** Records that crossed in an earlier life and are stepped over. */
  private skip = 0
  private readonly queue: TravellingBatch[] = []
  private readonly inFlight: TravellingBatch[] = []
  private queuedBytes = 0
  private paused = false

  private copied: Progress | undefined
  private began: PartitionStart | undefined
  private sendSequence = 0
  private changedSinceNoted = false
  private recordsCopied = 0
  private bytesCopied = 0

  constructor(
    names: { sourceTopic: string; targetTopic: string; partition: number },
    compression: TargetCompressionType | 'PRESERVE',
    observer: PartitionObserver,
  ) {
    this.sourceTopic = names.sourceTopic
    this.targetTopic = names.targetTopic
    this.partition = names.partition
    this.compression = compression
    this.observer = observer
  }

  /** `topic-partition` of the source, for messages. */
  get name(): string {
    return `${this.sourceTopic}-${this.partition}`
  }

  /** How far it is; undefined until `begin`. */
  get progress(): Progress | undefined {
    return this.copied
  }

  /** Where copying began in its first life; undefined until `begin`. */
  get start(): PartitionStart | undefined {
    return this.began
  }

  /** Whether fetches should ask for it. */
  get wantsRecords(): boolean {
    return this.phase === 'active' && !this.paused
  }

  get hasQueued(): boolean {
    return this.phase !== 'failing' && this.queue.length > 0
  }

  get isIdle(): boolean {
    return this.inFlight.length === 0 && this.queue.length === 0
  }

  get isHeld(): boolean {
    return this.phase === 'held'
  }

  /** The progress if it has moved since the last call: what must be noted in the state topic. */
  takeChangedProgress(): Progress | undefined {
    if (!this.changedSinceNoted) return undefined
    this.changedSinceNoted = false
    return this.copied
  }

  /** The noted progress was not stored; note it again. */
  markChanged(): void {
    this.changedSinceNoted = true
  }

  /** Where copying begins or an earlier life had come to. */
  begin(progress: Progress, start: PartitionStart): void {
    this.copied = progress
    this.began = start
  }

  /** Starts (again) to copy: from what is acknowledged, stepping over `skip` records that have crossed since. */
  resume(skip: number, nextSequence: number): void {
    this.phase = 'active'
    this.trouble = undefined
    this.skip = skip
    this.sendSequence = nextSequence
    this.fetchOffset = this.known.sourceNext
  }

  /** The target's answer to the question how far it is did not come; shown until it does. */
  waitForTarget(reason: string): void {
    if (this.phase === 'resuming') this.trouble = reason
  }

  /** Reading is not possible just now; what is under way goes on. */
  waitForSource(reason: string | undefined): void {
    this.sourceTrouble = reason
    if (reason !== undefined) this.sourceEnd = null
  }

  /** Takes the batches of a fetch answer that asked for `fetchOffset`. */
  accept(fetched: FetchedPartition, answer: Buffer, lease: Lease): void {
    this.sourceTrouble = undefined
    this.sourceEnd = fetched.lastStableOffset >= 0 ? fetched.lastStableOffset : fetched.highWatermark
    const transactions = new AbortedTransactions(fetched.abortedTransactions)
    for (const batch of batchesIn(answer, fetched.recordsStart, fetched.recordsEnd)) {
      if (this.phase !== 'active') return
      // A fetch answers from the start of the batch that holds the offset, and old formats several at once.
      if (batch.magic === 2 && batch.lastOffset < this.fetchOffset) continue
      const committed = batch.magic !== 2 || transactions.judge(batch) === 'committed'
      if (committed) this.takeData(batch, lease)
      else this.passOver(batch.lastOffset + 1)
    }
  }

  /** The next batch to send, stamped with its sequence number; undefined when none waits. */
  takeForSending(session: { producerId: number; producerEpoch: number }): TravellingBatch | undefined {
    if (this.phase === 'failing') return undefined
    const next = this.queue.shift()
    if (next === undefined) return undefined
    next.baseSequence = this.sendSequence
    stampForProduce(next.batch, { ...session, baseSequence: next.baseSequence })
    this.sendSequence = sequenceAfter(next.baseSequence, next.recordCount)
    this.inFlight.push(next)
    return next
  }

  /**
   * The target has the oldest batch in flight, at `targetOffset` (-1 where the broker did not say). Since it takes
   * sequence numbers only in order, it then has everything before it too, even what it answered with an error.
   */
  acknowledge(travelled: TravellingBatch, targetOffset: number): void {
    this.leaveFlight(travelled)
    this.copied = {
      sourceNext: travelled.nextOffset,
      nextSequence: sequenceAfter(travelled.baseSequence, travelled.recordCount),
      targetEnd: targetOffset < 0 ? this.known.targetEnd : targetOffset + travelled.recordCount,
    }
    this.changedSinceNoted = true
    this.recordsCopied += travelled.recordCount
    this.bytesCopied += travelled.batch.sizeBytes
    if (this.paused && this.queuedBytes < UNPAUSE_BELOW_BYTES) {
      this.paused = false
      this.observer.drained(this)
    }
    this.settle()
  }

  /**
   * A batch in flight was refused or its answer lost. Everything behind it would be refused too (sequence numbers), so
   * the rest is dropped and read again from what is acknowledged. `hold` says that trying again cannot help.
   */
  failed(travelled: TravellingBatch, reason: string, hold: boolean): void {
    this.leaveFlight(travelled)
    if (hold) this.hold(reason)
    else if (this.phase !== 'held') {
      this.phase = 'failing'
      this.trouble ??= reason
    }
    this.dropQueue()
    this.settle()
  }

  /** The target's broker is lost for this partition though nothing was in flight. */
  targetLost(reason: string): void {
    if (this.phase !== 'active') return
    this.phase = 'failing'
    this.trouble = reason
    this.dropQueue()
    this.settle()
  }

  /** Stops the partition for good; what is queued still goes out unless the target itself refused. */
  hold(reason: string): void {
    if (this.phase === 'held') return
    this.phase = 'held'
    this.trouble = reason
    this.observer.held(this, reason)
  }

  snapshot(): PartitionSnapshot {
    const copied = this.copied?.sourceNext ?? null
    const lag = this.sourceEnd === null || copied === null ? null : Math.max(0, this.sourceEnd - copied)
    return {
      partition: this.partition,
      state: this.stateFor(lag),
      reason: this.trouble ?? this.sourceTrouble,
      sourceEnd: this.sourceEnd,
      copied,
      lag,
      recordsCopied: this.recordsCopied,
      bytesCopied: this.bytesCopied,
    }
  }

  private get known(): Progress {
    if (this.copied === undefined) throw new Error(`${this.name} was started before its position was known`)
    return this.copied
  }

  private stateFor(lag: number | null): PartitionState {
    if (this.phase === 'held') return 'held'
    if (this.trouble !== undefined || this.sourceTrouble !== undefined) return 'waiting'
    if (this.phase !== 'active' || lag === null) return 'starting'
    return lag === 0 ? 'caught-up' : 'copying'
  }

  private takeData(batch: RecordBatch, lease: Lease): void {
    const lane = laneOf(batch, this.fetchOffset, this.compression)
    if (lane.lane === 'hold') return this.hold(lane.reason)
    const nextOffset = batch.lastOffset + 1
    if (lane.lane === 'skip') return this.passOver(nextOffset)
    if (this.skip > 0) return this.stepOver(batch, nextOffset)
    lease.retain()
    const { baseOffset, recordCount } = batch
    this.queue.push({ batch, lease, baseOffset, recordCount, nextOffset, baseSequence: -1 })
    this.queuedBytes += batch.sizeBytes
    this.fetchOffset = nextOffset
    if (this.queuedBytes > PAUSE_ABOVE_BYTES) this.paused = true
  }

  /** A batch that crossed before a stop, though its acknowledgement was never noted. */
  private stepOver(batch: RecordBatch, nextOffset: number): void {
    if (batch.recordCount > this.skip) {
      return this.hold(
        `${this.skip} of the ${batch.recordCount} records of the batch at offset ${batch.baseOffset} are on the target already; it would have to be cut`,
      )
    }
    this.skip -= batch.recordCount
    this.copied = {
      ...this.known,
      sourceNext: nextOffset,
      nextSequence: sequenceAfter(this.known.nextSequence, batch.recordCount),
    }
    this.changedSinceNoted = true
    this.fetchOffset = nextOffset
  }

  /** Steps over offsets that hold nothing to copy: markers, aborted records, emptied batches. */
  private passOver(nextOffset: number): void {
    this.fetchOffset = nextOffset
    const last = this.queue.at(-1) ?? this.inFlight.at(-1)
    if (last) last.nextOffset = nextOffset
    else {
      this.copied = { ...this.known, sourceNext: nextOffset }
      this.changedSinceNoted = true
    }
  }

  private leaveFlight(travelled: TravellingBatch): void {
    const oldest = this.inFlight.shift()
    if (oldest !== travelled) throw new Error(`answers for ${this.name} came out of order`)
    this.queuedBytes -= travelled.batch.sizeBytes
    travelled.lease.release()
  }

  private dropQueue(): void {
    for (const { lease } of this.queue.splice(0)) lease.release()
    this.queuedBytes = this.inFlight.reduce((sum, { batch }) => sum + batch.sizeBytes, 0)
    this.paused = false
  }

  /** Once nothing is in flight after trouble, the target can be asked: no answer of ours can come in between. */
  private settle(): void {
    if (this.phase !== 'failing' || this.inFlight.length > 0) return
    this.phase = 'resuming'
    this.observer.needsResume(this, this.trouble ?? 'the target did not take a batch')
  }
}
