import type { Clock } from '../clock.js'
import { chunksOf } from '../clusters/chunks.js'
import type { Cluster } from '../clusters/cluster.js'
import type { Leaders } from '../clusters/leaders.js'
import { messageOf, UserError } from '../errors.js'
import type { EventListener } from '../events.js'
import { groupBy } from '../group-by.js'
import type { ObstaclePolicy } from '../policy/obstacle-policy.js'
import type { Obstacle } from '../policy/obstacles.js'
import type { ProgressStore } from '../progress/progress-store.js'
import type { Origins } from '../provenance/origins.js'
import type { PathProducers } from '../provenance/path-producers.js'
import type { CodecShelf } from '../records/codec-shelf.js'
import { NumbersMissing } from '../records/crossed-records.js'
import type { PartitionCopy } from '../records/partition-copy.js'
import type { Need, PartitionObserver } from '../records/partition-observer.js'
import type { SourceReaders } from '../records/source-readers.js'
import { askTargetTails, type TailAnswer } from '../records/target-tail.js'
import type { TargetWriters } from '../records/target-writers.js'
import type { TopicPair } from '../topics/topic-sync.js'
import { adoptNotes, type Beginning, beginNew } from './begin-partitions.js'
import { ForbiddenPartitions } from './forbidden-partitions.js'
import { ObstacleHandler } from './obstacle-handler.js'
import { placesOf } from './partition-places.js'
import { bringUpToDate } from './resumption.js'

/** Between two tries to bring partitions (back) to work: quick at first, then sparing a cluster in trouble. */
const RETRY_MS = { first: 200, most: 5_000 } as const
/** After a kill under load each may read a second's worth of both logs over connections of its own; over a far link that takes a while. */
const RESUMED_AT_ONCE = 8

export interface SupervisedClusters {
  source: { cluster: Cluster; leaders: Leaders }
  target: { cluster: Cluster; leaders: Leaders }
}

export interface SupervisedWork {
  codecs: CodecShelf
  origins: Origins
  producers: PathProducers
  readers: SourceReaders
  writers: TargetWriters
  store: ProgressStore
  /** Whether another instance has taken over: then this one ends. Throws when the target does not answer. */
  isReplaced: () => Promise<boolean>
}

/**
 * Brings partitions to work, at the start and after any trouble with the target, in one and the same way: ask the
 * target how far it is, make the progress what it says (`resumption.ts`), go on from there. It tries without end, since
 * a target that is down comes back some day, and one partition's trouble does not stop the others.
 */
export class CopySupervisor implements PartitionObserver {
  private readonly clusters: SupervisedClusters
  private readonly clock: Clock
  private readonly emit: EventListener
  /** Told what makes it impossible to go on at all. */
  private readonly onFatal: (error: UserError) => void
  private readonly obstacles: ObstacleHandler
  private readonly forbidden: ForbiddenPartitions
  private readonly supervised = new Map<PartitionCopy, Beginning>()
  private readonly waiting = new Set<PartitionCopy>()
  /** Those that are being brought to work just now. */
  private inHand: readonly PartitionCopy[] = []
  private readonly stopping = new AbortController()
  private work: SupervisedWork | undefined
  private running: Promise<void> | undefined
  private troubleTold = false

  constructor(
    clusters: SupervisedClusters,
    policy: ObstaclePolicy,
    clock: Clock,
    emit: EventListener,
    onFatal: (error: UserError) => void,
  ) {
    this.clusters = clusters
    this.clock = clock
    this.emit = emit
    this.onFatal = onFatal
    this.obstacles = new ObstacleHandler(policy, clock, emit, copy => this.currentIds(copy), this.stopping.signal)
    this.forbidden = new ForbiddenPartitions(clock, emit, copy => this.bring(copy), this.stopping.signal)
  }

  /** What the partitions work with; before that nothing is started. */
  begin(work: SupervisedWork): void {
    this.work = work
  }

  /** Brings a partition to work. `startAt` counts only where no earlier life has noted a position. */
  add(copy: PartitionCopy, pair: TopicPair, startAt: 'earliest' | 'latest'): void {
    this.supervised.set(copy, { pair, startAt })
    this.bring(copy)
  }

  /** It is not selected any more. Answers whether nothing of it is on its way; ask until it is so, then `bring` takes it back. */
  leave(copy: PartitionCopy): boolean {
    if (copy.isStopped && !copy.isOver) return false // what becomes of it is being decided
    this.waiting.delete(copy)
    this.work?.readers.remove(copy)
    copy.ignore('it is not selected any more')
    return copy.isIdle && !this.inHand.includes(copy)
  }

  /** The topic as both sides have it now. */
  learn(copy: PartitionCopy, pair: TopicPair): void {
    const known = this.supervised.get(copy)
    if (known) known.pair = pair
  }

  /** Resolves when no try is under way; nothing is started any more. */
  async stop(): Promise<void> {
    this.stopping.abort()
    await this.running
  }

  needsResume(copy: PartitionCopy, reason: string, isForbidden: boolean): void {
    this.work?.readers.remove(copy)
    copy.waitForTarget(reason)
    if (isForbidden) return this.forbidden.tryLater(copy, reason)
    if (!this.troubleTold) {
      this.troubleTold = true
      this.emit({
        code: 'partition-waiting',
        level: 'warn',
        message: `${copy.name} waits for the target: ${reason}; it goes on where the target says it is`,
        data: { sourceTopic: copy.sourceTopic, partition: copy.partition, reason },
      })
    }
    this.bring(copy)
  }

  held(copy: PartitionCopy, reason: string): void {
    this.waiting.delete(copy)
    copy.progress.markChanged() // that it is held is noted too
    this.emit({
      code: 'partition-held',
      level: 'error',
      message: `${copy.name} is held: ${reason}`,
      data: { sourceTopic: copy.sourceTopic, partition: copy.partition, reason },
    })
  }

  obstructed(copy: PartitionCopy, obstacle: Obstacle): void {
    const { work } = this
    if (work === undefined) return
    this.waiting.delete(copy)
    work.readers.remove(copy)
    this.obstacles.handle(copy, obstacle, work.store).then(
      outcome => outcome === 'resume' && this.bring(copy),
      (error: unknown) => copy.hold(`what to do about an obstacle failed: ${messageOf(error)}`),
    )
  }

  needs(copy: PartitionCopy, need: Need): void {
    const { work } = this
    if (work === undefined) return
    const prepared = 'codecs' in need ? work.codecs.load(need.codecs) : work.origins.learn(need.producerId)
    prepared.then(
      () => {
        copy.prepared()
        work.readers.refresh(copy)
      },
      (error: unknown) => this.notPrepared(copy, need, error),
    )
  }

  drained(copy: PartitionCopy): void {
    this.work?.readers.refresh(copy)
  }

  /** A codec that cannot be loaded never can; who wrote a batch can be asked again when a cluster answers again. */
  private notPrepared(copy: PartitionCopy, need: Need, error: unknown): void {
    if ('codecs' in need) return copy.hold(`a codec it needs cannot be loaded here: ${messageOf(error)}`)
    if (error instanceof UserError) return this.onFatal(error)
    copy.waitForSource(`it cannot be told where its records come from: ${messageOf(error)}`)
    void this.clock.sleep(RETRY_MS.most, this.stopping.signal).then(() => {
      if (!this.stopping.signal.aborted) this.needs(copy, need)
    })
  }

  /** Brings a partition that was added before (back) to work. */
  bring(copy: PartitionCopy): void {
    if (!copy.isResuming) return // left, or brought back by another way, since it was to be tried again
    this.waiting.add(copy)
    this.kick()
  }

  private kick(): void {
    this.running ??= this.run().finally(() => {
      this.running = undefined
      // One that came while the last round ended.
      if (this.waiting.size > 0 && this.work && !this.stopping.signal.aborted) this.kick()
    })
  }

  private async run(): Promise<void> {
    await Promise.resolve() // so that a burst of partitions is asked for together
    // After trouble the target may be another one than before: who leads, and whether the topics are still the same.
    let again = this.troubleTold
    for (let pause: number = RETRY_MS.first; this.waiting.size > 0 && this.work; ) {
      if (this.stopping.signal.aborted) return
      const before = this.waiting.size
      try {
        if (again) await this.clusters.target.leaders.refresh()
        await this.resumeAll(this.work)
      } catch (error) {
        for (const copy of this.waiting) copy.waitForTarget(messageOf(error))
      }
      this.inHand = []
      again = true
      if (this.waiting.size === 0) break
      pause = this.waiting.size < before ? RETRY_MS.first : Math.min(pause * 2, RETRY_MS.most)
      await this.clock.sleep(pause, this.stopping.signal)
    }
    if (this.troubleTold && this.waiting.size === 0) {
      this.troubleTold = false
      this.emit({ code: 'partition-resumed', level: 'info', message: 'all partitions copy again', data: {} })
    }
  }

  private async resumeAll(work: SupervisedWork): Promise<void> {
    const copies = [...this.waiting]
    this.inHand = copies
    const begin = (copy: PartitionCopy) => this.supervisedOf(copy)
    adoptNotes(copies, work.store, begin, this.emit)
    const isNew = (copy: PartitionCopy) => !copy.progress.hasBegun && !copy.isStopped
    const fresh = copies.filter(isNew)
    // After a start that took long: a first note must not stand over those of an instance that runs by now.
    if (fresh.length > 0 && (await work.isReplaced())) return
    await beginNew(fresh, work.store, this.clusters, work.producers.ids, begin)
    const known = copies.filter(copy => copy.progress.hasBegun && !copy.isStopped)
    for (const [nodeId, led] of this.byTargetLeader(known)) {
      const questions = led.map(({ targetTopic, partition }) => ({ topic: targetTopic, partition }))
      const answers = await askTargetTails(this.clusters.target.cluster, nodeId, questions, work.producers.ids).catch(
        (error: Error) => questions.map((): TailAnswer => ({ error })),
      )
      const asked = led.map((copy, i) => ({ copy, answer: answers[i] as TailAnswer }))
      for (const some of chunksOf(asked, RESUMED_AT_ONCE)) {
        await Promise.all(some.map(({ copy, answer }) => this.resumeOne(copy, answer, nodeId, work)))
      }
    }
  }

  private async resumeOne(
    copy: PartitionCopy,
    answer: TailAnswer,
    nodeId: number,
    work: SupervisedWork,
  ): Promise<void> {
    if ('error' in answer) return copy.waitForTarget(messageOf(answer.error))
    const { targetTopic } = copy
    const { topicId } = this.clusters.target.leaders.topic(targetTopic) ?? {}
    if (topicId !== copy.targetTopicId) return copy.meet({ kind: 'recreated', side: 'target', topic: targetTopic })
    try {
      const tools = { ...work, producerIds: work.producers.ids, emit: this.emit }
      const resumption = await bringUpToDate(copy, answer, () => placesOf(copy, nodeId, this.clusters), tools)
      if (resumption.kind === 'hold') return copy.hold(resumption.reason)
      if (resumption.kind === 'wait') return copy.waitForTarget(resumption.reason)
      await work.writers.assign(copy, nodeId)
    } catch (error) {
      if (error instanceof NumbersMissing) return copy.hold(`${error.message}; compare them with \`verify\``)
      return error instanceof UserError ? this.onFatal(error) : copy.waitForTarget(messageOf(error))
    }
    // It may have met an obstacle meanwhile, or all may be stopping.
    if (copy.isStopped || !this.waiting.delete(copy)) return
    copy.resume()
    work.readers.add(copy)
  }

  private currentIds(copy: PartitionCopy): { sourceTopicId: string; targetTopicId: string } | undefined {
    const { source, target } = this.clusters
    const sourceTopicId = source.leaders.topic(copy.sourceTopic)?.topicId
    const targetTopicId = target.leaders.topic(copy.targetTopic)?.topicId
    return sourceTopicId === undefined || targetTopicId === undefined ? undefined : { sourceTopicId, targetTopicId }
  }

  private byTargetLeader(copies: readonly PartitionCopy[]): Map<number, PartitionCopy[]> {
    const { leaders } = this.clusters.target
    const leaderOf = (copy: PartitionCopy) => leaders.of(copy.targetTopic, copy.partition)?.nodeId
    for (const copy of copies) {
      if (leaderOf(copy) === undefined) copy.waitForTarget('the target has no leader for it just now')
    }
    return groupBy(
      copies.filter(copy => leaderOf(copy) !== undefined),
      copy => leaderOf(copy) as number,
    )
  }

  private supervisedOf(copy: PartitionCopy): Beginning {
    const found = this.supervised.get(copy)
    if (!found) throw new Error(`${copy.name} was never added`)
    return found
  }
}
