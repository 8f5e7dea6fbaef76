import type { Clock } from '../clock.js'
import type { Cluster } from '../clusters/cluster.js'
import type { Leaders } from '../clusters/leaders.js'
import { messageOf } from '../errors.js'
import type { EventListener } from '../events.js'
import { groupBy } from '../group-by.js'
import { decideResume, type Progress } from '../policy/resume-decision.js'
import type { PartitionStart, ProgressStore } from '../progress/progress-store.js'
import type { CodecShelf } from '../records/codec-shelf.js'
import type { PartitionCopy, PartitionObserver } from '../records/partition-copy.js'
import type { SourceReaders } from '../records/source-readers.js'
import { askTargetTails, type TailAnswer } from '../records/target-tail.js'
import type { TargetWriters } from '../records/target-writers.js'
import type { TopicPair } from '../topics/topic-sync.js'
import type { Codec } from '../wire/record-batch.js'
import { startOffsets } from './start-offsets.js'

/** Between two tries to bring partitions (back) to work: quick at first, then sparing a cluster in trouble. */
const RETRY_MS = { first: 200, most: 5_000 } as const

export interface SupervisedClusters {
  source: { cluster: Cluster; leaders: Leaders }
  target: { cluster: Cluster; leaders: Leaders }
}

export interface SupervisedWork {
  codecs: CodecShelf
  readers: SourceReaders
  writers: TargetWriters
  store: ProgressStore
  producerId: number
}

/**
 * Brings partitions to work, at the start and after any trouble with the target, in one and the same way: ask the
 * target how far it is, decide (`policy/resume-decision.ts`), go on from there. It tries without end, since a target
 * that is down comes back some day, and one partition's trouble does not stop the others.
 */
export class CopySupervisor implements PartitionObserver {
  private readonly clusters: SupervisedClusters
  private readonly clock: Clock
  private readonly emit: EventListener
  private readonly pairs = new Map<PartitionCopy, { pair: TopicPair; startAt: 'earliest' | 'latest' }>()
  private readonly waiting = new Set<PartitionCopy>()
  private readonly stopping = new AbortController()
  private work: SupervisedWork | undefined
  private running: Promise<void> | undefined
  private troubleTold = false

  constructor(clusters: SupervisedClusters, clock: Clock, emit: EventListener) {
    this.clusters = clusters
    this.clock = clock
    this.emit = emit
  }

  /** What the partitions work with; before that nothing is started. */
  begin(work: SupervisedWork): void {
    this.work = work
  }

  /** Brings a partition to work. `startAt` counts only where no earlier life has noted a position. */
  add(copy: PartitionCopy, pair: TopicPair, startAt: 'earliest' | 'latest'): void {
    this.pairs.set(copy, { pair, startAt })
    this.waiting.add(copy)
    this.kick()
  }

  /** Resolves when no try is under way; nothing is started any more. */
  async stop(): Promise<void> {
    this.stopping.abort()
    await this.running
  }

  needsResume(copy: PartitionCopy, reason: string): void {
    this.work?.readers.remove(copy)
    copy.waitForTarget(reason)
    if (!this.troubleTold) {
      this.troubleTold = true
      this.emit({
        code: 'partition-waiting',
        level: 'warn',
        message: `${copy.name} waits for the target: ${reason}; it goes on where the target says it is`,
        data: { sourceTopic: copy.sourceTopic, partition: copy.partition, reason },
      })
    }
    this.waiting.add(copy)
    this.kick()
  }

  held(copy: PartitionCopy, reason: string): void {
    this.waiting.delete(copy)
    this.emit({
      code: 'partition-held',
      level: 'error',
      message: `${copy.name} is held: ${reason}`,
      data: { sourceTopic: copy.sourceTopic, partition: copy.partition, reason },
    })
  }

  needsCodecs(copy: PartitionCopy, codecs: Codec[]): void {
    const { work } = this
    if (work === undefined) return
    work.codecs.load(codecs).then(
      () => {
        copy.codecsLoaded()
        work.readers.refresh(copy)
      },
      (error: unknown) => copy.hold(`a codec it needs cannot be loaded here: ${messageOf(error)}`),
    )
  }

  drained(copy: PartitionCopy): void {
    this.work?.readers.refresh(copy)
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
    this.adoptNotes(copies, work.store)
    await this.beginNew(
      copies.filter(copy => copy.progress.current === undefined && !copy.isHeld),
      work,
    )
    const known = copies.filter(copy => copy.progress.current !== undefined && !copy.isHeld)
    for (const [nodeId, led] of this.byTargetLeader(known)) {
      const questions = led.map(copy => ({
        topic: copy.targetTopic,
        partition: copy.partition,
        knownEnd: copy.progress.known.targetEnd,
      }))
      const answers = await askTargetTails(this.clusters.target.cluster, nodeId, questions, work.producerId).catch(
        (error: Error) => questions.map((): TailAnswer => ({ error })),
      )
      for (const [i, copy] of led.entries()) await this.resumeOne(copy, answers[i] as TailAnswer, nodeId, work)
    }
  }

  private async resumeOne(
    copy: PartitionCopy,
    answer: TailAnswer,
    nodeId: number,
    work: SupervisedWork,
  ): Promise<void> {
    if ('error' in answer) return copy.waitForTarget(messageOf(answer.error))
    const { topicId } = this.clusters.target.leaders.topic(copy.targetTopic) ?? {}
    if (topicId !== copy.targetTopicId) return copy.meet({ kind: 'recreated', side: 'target', topic: copy.targetTopic })
    const decision = decideResume(copy.progress.known, answer)
    if (decision.kind === 'hold') return copy.hold(decision.reason)
    try {
      await work.writers.assign(copy, nodeId)
    } catch (error) {
      return copy.waitForTarget(messageOf(error))
    }
    this.waiting.delete(copy)
    copy.resume(decision.skip, decision.nextSequence)
    work.readers.add(copy)
  }

  /** Takes over what an earlier life has noted, unless a topic is not the one the note is about. */
  private adoptNotes(copies: readonly PartitionCopy[], store: ProgressStore): void {
    for (const copy of copies) {
      if (copy.progress.current !== undefined) continue
      const note = store.partition(copy.sourceTopic, copy.partition)
      if (note === undefined) continue
      const { pair } = this.pairOf(copy)
      if (note.sourceTopicId !== pair.sourceTopicId)
        copy.meet({ kind: 'recreated', side: 'source', topic: copy.sourceTopic })
      else if (note.targetTopicId !== pair.targetTopicId)
        copy.meet({ kind: 'recreated', side: 'target', topic: copy.targetTopic })
      else {
        const { sourceNext, nextSequence, targetEnd, sourceStart, targetStart } = note
        copy.progress.begin({ sourceNext, nextSequence, targetEnd }, { sourceStart, targetStart })
      }
    }
  }

  /** First start of a partition: where both logs stand is noted before its first record is written. */
  private async beginNew(copies: readonly PartitionCopy[], work: SupervisedWork): Promise<void> {
    if (copies.length === 0) return
    const questions = copies.map(copy => ({ copy, startAt: this.pairOf(copy).startAt }))
    const starts = await startOffsets(this.clusters, questions)
    const rows = starts.map(({ copy, progress }) => {
      const { sourceTopicId, targetTopicId } = this.pairOf(copy).pair
      const note = { ...progress, ...startOf(progress), sourceTopicId, targetTopicId }
      return { sourceTopic: copy.sourceTopic, partition: copy.partition, note }
    })
    await work.store.savePartitions(rows)
    for (const { copy, progress } of starts) copy.progress.begin(progress, startOf(progress))
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

  private pairOf(copy: PartitionCopy): { pair: TopicPair; startAt: 'earliest' | 'latest' } {
    const found = this.pairs.get(copy)
    if (!found) throw new Error(`${copy.name} was never added`)
    return found
  }
}

function startOf({ sourceNext, targetEnd }: Progress): PartitionStart {
  return { sourceStart: sourceNext, targetStart: targetEnd }
}
