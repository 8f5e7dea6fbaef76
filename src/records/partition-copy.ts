import { type Obstacle, obstacleReason } from '../policy/obstacles.js'
import type { ProduceOutcome } from '../policy/produce-outcome.js'
import type { PartitionSnapshot, PartitionState } from '../replication/snapshot.js'
import type { FetchedPartition } from '../wire/messages/fetch.js'
import { batchesIn, type Codec, type ProducerStamp, type RecordBatch, sequenceAfter } from '../wire/record-batch.js'
import { AbortedTransactions } from './aborted-transactions.js'
import { type CopyRules, takeBatch } from './batch-intake.js'
import { BatchLine } from './batch-line.js'
import type { Lease } from './buffer-pool.js'
import { CopyProgress } from './copy-progress.js'
import { Refusals } from './refusals.js'
import { firstOffsetOf, seal, type TravellingBatch } from './travelling-batch.js'

/**
 * `resuming`: the target is being asked how far it is · `active`: reads and writes · `failing`: the target refused or
 * was lost; waits until nothing is in flight · `held`: stopped to protect the data.
 */
type Phase = 'resuming' | 'active' | 'failing' | 'held'

/** What a partition tells those who look after it. */
export interface PartitionObserver {
  /** Nothing is in flight any more after trouble with the target: ask it how far it is. */
  needsResume(copy: PartitionCopy, reason: string): void
  /** It goes on when these codecs are loaded. */
  needsCodecs(copy: PartitionCopy, codecs: Codec[]): void
  held(copy: PartitionCopy, reason: string): void
  /** It may be fetched again after a pause. */
  drained(copy: PartitionCopy): void
}

/**
 * One partition on its way: what is fetched next, what is in line, what is acknowledged.
 *
 *   source log   ──────────┬───────────┬──────────┬──────────────┬────────►
 *                       copied     in flight   waiting     fetchOffset  sourceEnd
 *
 * Everything before `copied` is on the target or was skipped by rule. All moves between phases happen here.
 */
export class PartitionCopy {
  readonly sourceTopic: string
  readonly targetTopic: string
  readonly partition: number
  /** What it copies from and to: a topic created anew bears another id. */
  readonly sourceTopicId: string
  readonly targetTopicId: string
  private readonly rules: CopyRules
  private readonly observer: PartitionObserver

  private phase: Phase = 'resuming'
  private trouble: string | undefined
  private sourceTrouble: string | undefined

  fetchOffset = 0
  /** The leader epoch of the last batch before `fetchOffset`; -1 where it is not known. */
  fetchEpoch = -1
  private sourceEnd: number | null = null
  /** Records that crossed in an earlier life and are stepped over. */
  private skip = 0
  private readonly line = new BatchLine()
  private loadingCodecs = false
  /** Whether the target is known to remember our sequence number: then several batches may be in flight. */
  private remembered = false
  private readonly refusals = new Refusals()
  /** A batch was damaged: the rest of this answer is not looked at, it is fetched again. */
  private readAgain = false

  /** How far it is; begun when the first position is known. */
  readonly progress = new CopyProgress()
  private sendSequence = 0

  constructor(
    names: {
      sourceTopic: string
      targetTopic: string
      sourceTopicId: string
      targetTopicId: string
      partition: number
    },
    rules: CopyRules,
    observer: PartitionObserver,
  ) {
    this.sourceTopic = names.sourceTopic
    this.targetTopic = names.targetTopic
    this.partition = names.partition
    this.sourceTopicId = names.sourceTopicId
    this.targetTopicId = names.targetTopicId
    this.rules = rules
    this.observer = observer
  }

  /** `topic-partition` of the source, for messages. */
  get name(): string {
    return `${this.sourceTopic}-${this.partition}`
  }

  /** Whether fetches should ask for it. */
  get wantsRecords(): boolean {
    return this.phase === 'active' && !this.line.isFull && !this.loadingCodecs
  }

  /**
   * Whether a batch may be sent now. Where a broker remembers nothing of a producer (its first batch on a partition, or
   * after producer.id.expiration.ms of rest) it appends at *any* number: a second batch in flight would be taken even
   * if the first is refused, and the first would be lost. So the first after a rest travels alone.
   */
  get maySend(): boolean {
    return this.phase !== 'failing' && this.line.hasWaiting && (this.remembered || !this.line.hasInFlight)
  }

  get isIdle(): boolean {
    return this.line.isEmpty
  }

  get isHeld(): boolean {
    return this.phase === 'held'
  }

  /** Starts (again) to copy: from what is acknowledged, stepping over `skip` records that have crossed since. */
  resume(skip: number, nextSequence: number): void {
    this.phase = 'active'
    this.remembered = false
    this.trouble = undefined
    this.skip = skip
    this.sendSequence = nextSequence
    this.fetchOffset = this.progress.known.sourceNext
  }

  /** The codecs that were missing are there. */
  codecsLoaded(): void {
    this.loadingCodecs = false
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
    this.readAgain = false
    const transactions = new AbortedTransactions(fetched.abortedTransactions)
    for (const batch of batchesIn(answer, fetched.recordsStart, fetched.recordsEnd)) {
      // A fetch answers from the start of the batch that holds the offset, and old formats several at once.
      if (batch.magic === 2 && batch.lastOffset < this.fetchOffset) continue
      const committed = batch.magic !== 2 || transactions.judge(batch) === 'committed'
      if (committed) this.takeData(batch, lease)
      else this.passOver(batch.lastOffset + 1, 0)
      if (this.fetchOffset > batch.lastOffset) this.fetchEpoch = batch.leaderEpoch
      if (this.phase !== 'active' || this.loadingCodecs || this.readAgain) return
    }
  }

  /** What is sent next, stamped with its sequence number; undefined when nothing waits. */
  takeForSending(session: Omit<ProducerStamp, 'baseSequence'>): TravellingBatch | undefined {
    if (!this.maySend) return undefined
    const next = this.line.takeNext(this.refusals, this.rules)
    if (next === undefined) return undefined
    seal(next, { ...session, baseSequence: this.sendSequence })
    this.sendSequence = sequenceAfter(next.baseSequence, next.recordCount)
    this.line.send(next)
    return next
  }

  /**
   * The target has the oldest batch in flight, at `targetOffset` (-1 where the broker did not say). Since it takes
   * sequence numbers only in order, it then has everything before it too, even what it answered with an error.
   */
  acknowledge(travelled: TravellingBatch, targetOffset: number): void {
    const ranDown = this.line.leave(travelled)
    this.remembered = !this.line.isEmpty
    this.progress.acknowledged(travelled, targetOffset)
    if (ranDown) this.observer.drained(this)
    this.settle()
  }

  /**
   * A batch in flight was refused or its answer lost. Everything behind it would be refused too (sequence numbers), so
   * the rest is dropped and read again from what is acknowledged, unless trying again cannot help.
   */
  failed(travelled: TravellingBatch, reason: string, outcome: Exclude<ProduceOutcome, 'appended'>): void {
    this.line.leave(travelled)
    const { recordCount, bytes, isMerged = false } = travelled
    const refused = { firstOffset: firstOffsetOf(travelled), recordCount, sizeBytes: bytes.length, isMerged }
    if (this.refusals.isFinal(outcome, refused)) this.hold(reason)
    else if (this.phase !== 'held') {
      this.phase = 'failing'
      this.trouble ??= reason
    }
    this.line.dropWaiting()
    this.settle()
  }

  /** The target's broker is lost for this partition though nothing was in flight. */
  targetLost(reason: string): void {
    if (this.phase === 'held') return this.line.dropWaiting() // nobody will send it any more: its memory is needed
    if (this.phase !== 'active') return
    this.phase = 'failing'
    this.trouble = reason
    this.line.dropWaiting()
    this.settle()
  }

  /** It cannot simply go on. */
  meet(obstacle: Obstacle): void {
    this.hold(obstacleReason(obstacle))
  }

  /** Stops the partition for good; what is in line still goes out unless the target itself refused. */
  hold(reason: string): void {
    if (this.phase === 'held') return
    this.phase = 'held'
    this.trouble = reason
    this.observer.held(this, reason)
  }

  snapshot(): PartitionSnapshot {
    const copied = this.progress.current?.sourceNext ?? null
    const lag = this.sourceEnd === null || copied === null ? null : Math.max(0, this.sourceEnd - copied)
    return {
      partition: this.partition,
      state: this.stateFor(lag),
      reason: this.trouble ?? this.sourceTrouble,
      sourceEnd: this.sourceEnd,
      copied,
      lag,
      recordsCopied: this.progress.recordsCopied,
      bytesCopied: this.progress.bytesCopied,
    }
  }

  private stateFor(lag: number | null): PartitionState {
    if (this.phase === 'held') return 'held'
    if (this.trouble !== undefined || this.sourceTrouble !== undefined) return 'waiting'
    if (this.phase !== 'active' || lag === null) return 'starting'
    return lag === 0 ? 'caught-up' : 'copying'
  }

  private takeData(batch: RecordBatch, lease: Lease): void {
    const place = { fromOffset: this.fetchOffset, skip: this.skip, maxBytes: this.refusals.maxBytes }
    const taken = takeBatch(batch, lease, place, this.rules)
    switch (taken.kind) {
      case 'hold':
        return this.hold(taken.reason)
      case 'corrupt':
        return this.corrupt(batch)
      case 'need-codecs':
        this.loadingCodecs = true
        return this.observer.needsCodecs(this, taken.codecs)
      case 'travel':
        this.skip -= taken.crossed
        for (const travelling of taken.batches) this.line.push(travelling)
        this.passOver(batch.lastOffset + 1, taken.crossed)
    }
  }

  private corrupt({ baseOffset, lastOffset }: RecordBatch): void {
    this.readAgain = true
    if (!this.refusals.isCorruptAgain(this.fetchOffset)) return
    this.hold(`source offsets ${baseOffset}-${lastOffset} are corrupt: their checksum is wrong, read twice`)
  }

  /**
   * Reading goes on at `nextOffset`. What lies before it is in line, or holds nothing to copy (markers, aborted records,
   * emptied batches), or has `crossed` before a stop, whose acknowledgement was never noted.
   */
  private passOver(nextOffset: number, crossed: number): void {
    this.fetchOffset = nextOffset
    if (this.line.last) this.line.last.nextOffset = nextOffset
    else this.progress.passedOver(nextOffset, crossed)
  }

  /** Once nothing is in flight after trouble, the target can be asked: no answer of ours can come in between. */
  private settle(): void {
    if (this.phase !== 'failing' || this.line.hasInFlight) return
    this.phase = 'resuming'
    this.observer.needsResume(this, this.trouble ?? 'the target did not take a batch')
  }
}
