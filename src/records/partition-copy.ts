import type { OffsetMap } from '../offset-map/offset-map.js'
import type { Obstacle } from '../policy/obstacles.js'
import type { ProduceOutcome } from '../policy/produce-outcome.js'
import type { PartitionNote } from '../progress/notes.js'
import type { ProducerSession } from '../provenance/path-producers.js'
import type { PartitionSnapshot } from '../replication/snapshot.js'
import type { FetchedPartition } from '../wire/messages/fetch.js'
import type { ProducedPartition } from '../wire/messages/produce.js'
import { sequenceAfter } from '../wire/record-batch.js'
import type { CopyRules } from './batch-intake.js'
import { BatchLine } from './batch-line.js'
import type { Lease } from './buffer-pool.js'
import { CopyProgress } from './copy-progress.js'
import type { PartitionObserver } from './partition-observer.js'
import { describePartition, type PartitionNames, type Phase } from './partition-phase.js'
import { poisonAt, Refusals } from './refusals.js'
import { SourceIntake } from './source-intake.js'
import { firstOffsetOf, isSurelyRemembered, seal, type TravellingBatch } from './travelling-batch.js'

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
  sourceTopicId: string
  targetTopicId: string
  private readonly rules: CopyRules
  private readonly observer: PartitionObserver

  private phase: Phase = 'resuming'
  private trouble: string | undefined
  private obstacle: Obstacle | undefined
  private sourceTrouble: string | undefined

  /** Where the source ended when it was last read, whatever has become of it since; only this class writes it. */
  seenEnd: number | null = null
  private readonly line = new BatchLine()
  /** A batch was not acknowledged since the last start: what the target has is asked before the next. */
  private inDoubt = false
  /** The producer whose numbers the target is known to remember: then several of its batches may be in flight. */
  private remembered: ProducerSession | undefined
  private readonly refusals = new Refusals()
  private readonly intake: SourceIntake

  /** How far it is; begun when the first position is known. */
  readonly progress = new CopyProgress()
  /** The number that the next record of each of our producers is sent with. */
  private sequences = new Map<number, number>()

  constructor(names: PartitionNames, rules: CopyRules, observer: PartitionObserver) {
    this.sourceTopic = names.sourceTopic
    this.targetTopic = names.targetTopic
    this.partition = names.partition
    this.sourceTopicId = names.sourceTopicId
    this.targetTopicId = names.targetTopicId
    this.rules = rules
    this.observer = observer
    const { line, progress, refusals } = this
    this.intake = new SourceIntake(
      rules,
      { line, progress, refusals },
      { needs: need => observer.needs(this, need), meets: obstacle => this.meet(obstacle) },
    )
  }

  /** `topic-partition` of the source, for messages. */
  get name(): string {
    return `${this.sourceTopic}-${this.partition}`
  }

  /** What fetches ask for. */
  get fetchOffset(): number {
    return this.intake.offset
  }

  /** The leader epoch of the last batch before `fetchOffset`; -1 where it is not known. */
  get fetchEpoch(): number {
    return this.intake.epoch
  }

  /** Whether fetches should ask for it. */
  get wantsRecords(): boolean {
    return this.phase === 'active' && !this.line.isFull && !this.intake.isPreparing
  }

  /**
   * Whether a batch may be sent now. Where a broker remembers nothing of a producer (its first batch on a partition, or
   * with records older than producer.id.expiration.ms) it appends at *any* number: a second batch in flight would be
   * taken even if the first is refused, and the first would be lost. So the first after a rest travels alone. And what
   * is under another producer waits until all before it has arrived: numbers keep order only within one producer.
   */
  get maySend(): boolean {
    if (this.phase === 'failing' || !this.line.hasWaiting) return false
    return !this.line.hasInFlight || this.line.nextProducer === this.remembered
  }

  get isIdle(): boolean {
    return this.line.isEmpty
  }

  /**
   * One past the last source offset that was sent and is not acknowledged: such records may lie on the target though the
   * offset map does not know them. Infinity while that is in doubt, undefined when nothing is on its way.
   */
  get onTheWayTo(): number | undefined {
    return this.inDoubt || this.phase === 'resuming' ? Number.POSITIVE_INFINITY : this.line.sentUpTo
  }

  get isHeld(): boolean {
    return this.phase === 'held'
  }

  /** Whether the target is to be asked before it goes on: nothing of it is in flight then. */
  get isResuming(): boolean {
    return this.phase === 'resuming'
  }

  /** Whether it is over for this life: held or ignored. */
  get isOver(): boolean {
    return this.phase === 'held' || this.phase === 'ignored'
  }

  /** Whether it stands still until somebody decides, or for good. */
  get isStopped(): boolean {
    return this.isOver || this.phase === 'obstructed'
  }

  /** Starts (again) to copy from where its progress is. */
  resume(): void {
    this.phase = 'active'
    this.remembered = undefined
    this.inDoubt = false
    this.trouble = undefined
    this.refusals.isForbidden = false
    this.sequences = this.progress.nextSequences()
    this.intake.readFrom(this.progress.next)
  }

  /** What was lacking is there. */
  prepared(): void {
    this.intake.isPreparing = false
  }

  /** Takes over what an earlier life has noted. The note may be about topics that are other ones by now. */
  adopt(note: PartitionNote, map: OffsetMap): void {
    this.sourceTopicId = note.sourceTopicId
    this.targetTopicId = note.targetTopicId
    const { sourceStart, targetStart, mapFrom } = note
    this.progress.begin(note, { sourceStart, targetStart }, map, mapFrom)
  }

  /** It begins anew, from or to a topic that is another one now; its progress is to be begun again. */
  restart(ids: { sourceTopicId: string; targetTopicId: string }): void {
    this.progress.restart(ids.targetTopicId !== this.targetTopicId)
    this.sourceTopicId = ids.sourceTopicId
    this.targetTopicId = ids.targetTopicId
    this.phase = 'resuming'
    this.trouble = undefined
  }

  /** An obstacle is out of the way, its progress lies behind it; the target is to be asked before it goes on. */
  goOn(): void {
    this.refusals.found()
    this.phase = 'resuming'
    this.trouble = undefined
  }

  /** The target's answer to the question how far it is did not come; shown until it does. */
  waitForTarget(reason: string): void {
    if (this.phase === 'resuming') this.trouble = reason
  }

  /** Reading is not possible just now, or again (undefined); what is under way goes on. */
  waitForSource(reason: string | undefined): void {
    this.sourceTrouble = reason
  }

  /** Takes the batches of a fetch answer that asked for `fetchOffset`. */
  accept(fetched: FetchedPartition, answer: Buffer, lease: Lease): void {
    if (this.phase !== 'active' || this.intake.isPreparing) return // it is read again from where it goes on
    this.sourceTrouble = undefined
    this.seenEnd = fetched.lastStableOffset >= 0 ? fetched.lastStableOffset : fetched.highWatermark
    this.progress.sourceStartsAt(fetched.logStartOffset)
    this.intake.take(fetched, answer, lease)
  }

  /** What is sent next, stamped with its sequence number; undefined when nothing waits. */
  takeForSending(): TravellingBatch | undefined {
    if (!this.maySend) return undefined
    const next = this.line.takeNext(this.refusals, this.rules)
    if (next === undefined) return undefined
    const { producerId } = next.producer
    seal(next, this.sequences.get(producerId) ?? 0)
    this.sequences.set(producerId, sequenceAfter(next.baseSequence, next.recordCount))
    this.line.send(next)
    return next
  }

  /** The target has the oldest batch in flight, and where it lies there. */
  acknowledge(travelled: TravellingBatch, answer: ProducedPartition): void {
    // No log comes to an offset twice: it is another one now.
    if (!this.inDoubt && this.progress.isPast(answer.baseOffset)) {
      return this.failed(travelled, 'the target log is shorter than it was', 'resync')
    }
    const ranDown = this.line.leave(travelled)
    this.remembered =
      this.line.isEmpty || !isSurelyRemembered(travelled, this.rules.now()) ? undefined : travelled.producer
    // Behind a batch without a good answer nothing is counted: the target's own log says what it has and where.
    if (!this.inDoubt) this.progress.acknowledged(travelled, answer, this.rules.now())
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
    this.line.dropWaiting()
    // Behind one that was not taken, a refusal says nothing: it is met again.
    const verdict = this.phase === 'active' ? this.refusals.judge(outcome, refused) : 'again'
    this.inDoubt = true
    if (verdict === 'poison') this.meet(poisonAt(refused.firstOffset, reason))
    else if (verdict === 'hold') this.hold(reason)
    else if (!this.isStopped && !this.isBehindObstacle(refused.firstOffset)) {
      this.phase = 'failing'
      this.trouble ??= reason
    }
    this.settle()
  }

  /** The target's broker is lost for this partition though nothing was in flight. */
  targetLost(reason: string): void {
    if (this.isStopped) return this.line.dropWaiting() // nobody will send it any more: its memory is needed
    if (this.phase !== 'active' && this.phase !== 'stopping') return
    this.phase = 'failing'
    this.trouble = reason
    this.line.dropWaiting()
    this.settle()
  }

  /** It cannot simply go on: decided when all in line has gone out. While that is in doubt it is met again instead. */
  meet(obstacle: Obstacle): void {
    if (this.isStopped || this.phase === 'failing') return
    this.obstacle = obstacle
    this.phase = 'stopping'
    this.settle()
  }

  /** Stops the partition for good; what is in line still goes out unless the target itself refused. */
  hold(reason: string): void {
    if (this.phase === 'held') return
    this.phase = 'held'
    this.trouble = reason
    this.observer.held(this, reason)
  }

  /** It is not copied any more, and that is as it should be. */
  ignore(reason: string): void {
    this.phase = 'ignored'
    this.trouble = reason
  }

  snapshot(): PartitionSnapshot {
    const { partition, phase, progress } = this
    const sourceEnd = this.sourceTrouble === undefined ? this.seenEnd : null
    return describePartition({ partition, phase, progress, reason: this.trouble ?? this.sourceTrouble, sourceEnd })
  }

  /** What was sent behind a batch that is never taken is refused for its number: that says nothing. */
  private isBehindObstacle(offset: number): boolean {
    return this.phase === 'stopping' && this.obstacle?.kind === 'poison' && this.obstacle.from <= offset
  }

  /**
   * Once nothing is in flight after trouble, the target can be asked: no answer of ours can come in between. Once
   * nothing is in line before an obstacle, it can be decided what becomes of it.
   */
  private settle(): void {
    if (this.phase === 'failing' && !this.line.hasInFlight) {
      this.phase = 'resuming'
      const reason = this.trouble ?? 'the target did not take a batch'
      this.observer.needsResume(this, reason, this.refusals.isForbidden)
    } else if (this.phase === 'stopping' && this.line.isEmpty) {
      this.phase = 'obstructed'
      this.observer.obstructed(this, this.obstacle as Obstacle)
    }
  }
}
