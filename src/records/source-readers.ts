import type { Clock } from '../clock.js'
import type { Cluster } from '../clusters/cluster.js'
import type { Leader, Leaders } from '../clusters/leaders.js'
import { lacking } from '../clusters/refusal.js'
import { messageOf } from '../errors.js'
import { groupBy } from '../group-by.js'
import type { Obstacle } from '../policy/obstacles.js'
import { assertNoError, Code, errorName, isRetriable } from '../wire/kafka-errors.js'
import type { FetchedPartition } from '../wire/messages/fetch.js'
import { fetchById } from '../wire/messages/fetch-by-id.js'
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP, listOffsets } from '../wire/messages/list-offsets.js'
import { NO_UUID } from '../wire/messages/metadata.js'
import type { AnsweredEpoch } from '../wire/messages/offset-for-leader-epoch.js'
import type { BufferPool } from './buffer-pool.js'
import { askEpochEnds, divergence, type ReadBefore } from './epoch-check.js'
import type { PartitionCopy } from './partition-copy.js'
import { type ReaderObserver, SourceReader } from './source-reader.js'

/** Between two tries to find a reader for a partition: quick at first, then sparing a cluster in trouble. */
const RETRY_MS = { first: 200, most: 5_000 } as const

/** A partition whose leader has changed since it was read: is what was read still there? */
interface Unsure extends ReadBefore {
  copy: PartitionCopy
  nodeId: number
}

/** Keeps every partition with a reader at its present leader, and finds it a new one when that changes. */
export class SourceReaders implements ReaderObserver {
  private readonly cluster: Cluster
  private readonly leaders: Leaders
  private readonly pool: BufferPool
  private readonly clock: Clock
  private readonly onReceived: (copies: readonly PartitionCopy[]) => void
  private readonly readers = new Map<number, SourceReader>()
  private readonly places = new Map<PartitionCopy, SourceReader>()
  private readonly homeless = new Set<PartitionCopy>()
  private readonly stopping = new AbortController()
  private placing: Promise<void> | undefined

  constructor(
    source: { cluster: Cluster; leaders: Leaders },
    pool: BufferPool,
    clock: Clock,
    onReceived: (copies: readonly PartitionCopy[]) => void,
  ) {
    this.cluster = source.cluster
    this.leaders = source.leaders
    this.pool = pool
    this.clock = clock
    this.onReceived = onReceived
  }

  /** Reads the partition from its `fetchOffset` on. */
  add(copy: PartitionCopy): void {
    const place = this.places.get(copy)
    if (place) return place.refresh(copy)
    this.homeless.add(copy)
    this.place()
  }

  /** Reads the partition no more. */
  remove(copy: PartitionCopy): void {
    this.homeless.delete(copy)
    this.places.get(copy)?.remove(copy)
    this.places.delete(copy)
  }

  /** The partition's wish for records has changed. */
  refresh(copy: PartitionCopy): void {
    this.places.get(copy)?.refresh(copy)
  }

  stop(): void {
    this.stopping.abort()
    for (const reader of this.readers.values()) reader.stop()
    this.readers.clear()
    this.places.clear()
  }

  received(copies: readonly PartitionCopy[]): void {
    for (const copy of copies) if (copy.isStopped) this.remove(copy)
    this.onReceived(copies)
  }

  partitionTrouble(copy: PartitionCopy, { errorCode, diverging }: FetchedPartition): void {
    this.remove(copy)
    const diverged = diverging && divergence(copy, diverging)
    if (diverged) return copy.meet(diverged)
    if (errorCode === Code.OffsetOutOfRange) return void this.outOfRange(copy)
    if (errorCode === Code.TopicAuthorizationFailed) {
      const needed = { operation: 'Read', resource: `topic ${copy.sourceTopic}` } as const
      return this.evict(copy, `the source does not let it be read: ${lacking(this.cluster, needed)}`)
    }
    if (!isRetriable(errorCode)) {
      return copy.hold(`the source refuses to be read at offset ${copy.fetchOffset}: ${errorName(errorCode)}`)
    }
    this.evict(copy, `the source answers ${errorName(errorCode)}`)
  }

  movedBack(copy: PartitionCopy): void {
    this.remove(copy)
    this.evict(copy, 'the source log became shorter than it was')
  }

  lost(reader: SourceReader, error: Error): void {
    if (this.readers.get(reader.nodeId) === reader) this.readers.delete(reader.nodeId)
    for (const copy of reader.all()) {
      if (this.places.get(copy) !== reader) continue
      this.places.delete(copy)
      this.evict(copy, messageOf(error))
    }
  }

  /** A broker that refuses an offset says -1 for both ends of its log, so it is asked for them. */
  private async outOfRange(copy: PartitionCopy): Promise<void> {
    const { sourceTopic: topic, partition, fetchOffset } = copy
    // It may have been told meanwhile to be read from elsewhere.
    const isSettled = () => this.homeless.has(copy) || this.places.has(copy) || copy.fetchOffset !== fetchOffset
    try {
      await this.leaders.refresh([topic])
      const leader = this.leaders.of(topic, partition)
      const obstacle = leader && this.isSame(copy) ? await this.missing(copy, leader) : undefined
      if (isSettled()) return
      if (obstacle) copy.meet(obstacle)
      else this.evict(copy, 'the source had not all of its log')
    } catch (error) {
      if (!isSettled()) this.evict(copy, messageOf(error))
    }
  }

  /** What a log lacks that has just refused an offset; undefined where it lacks nothing. */
  private async missing(copy: PartitionCopy, { nodeId, epoch }: Leader): Promise<Obstacle | undefined> {
    const { sourceTopic: topic, partition, fetchOffset, fetchEpoch } = copy
    const [start, end] = (await Promise.all(
      [EARLIEST_TIMESTAMP, LATEST_TIMESTAMP].map(async timestamp => {
        const topics = [{ topic, partitions: [{ partition, timestamp }] }]
        const [row] = await this.cluster.call(nodeId, listOffsets, { isolation: 'read_uncommitted', topics })
        assertNoError(row?.errorCode ?? -1, `the offsets of ${copy.name}`)
        return row?.offset ?? -1
      }),
    )) as [number, number]
    if (fetchOffset < start) return { kind: 'truncated', from: fetchOffset, to: start }
    if (fetchEpoch < 0) {
      // Its start only moves on, so the log ended before the offset, though it may have grown since.
      return { kind: 'diverged', from: Math.min(end, fetchOffset - 1), to: fetchOffset, epoch: -1, epochBefore: -1 }
    }
    const question = { sourceTopic: topic, partition, fetchOffset, fetchEpoch, currentLeaderEpoch: epoch }
    const [answer] = (await askEpochEnds(this.cluster, nodeId, [question])) as [AnsweredEpoch]
    assertNoError(answer.errorCode, `the leader epochs of ${copy.name}`)
    return divergence(question, answer)
  }

  private evict(copy: PartitionCopy, reason: string): void {
    copy.waitForSource(reason)
    this.homeless.add(copy)
    this.place()
  }

  private place(): void {
    this.placing ??= this.placeAll().finally(() => {
      this.placing = undefined
      // One that came while the last round ended.
      if (this.homeless.size > 0 && !this.stopping.signal.aborted) this.place()
    })
  }

  /** Tries until every partition has a reader: unlimited, since a source that is down comes back some day. */
  private async placeAll(): Promise<void> {
    await Promise.resolve() // so that a burst of additions is placed together
    await this.placeKnown(copy => copy.snapshot().state !== 'waiting')
    for (let pause: number = RETRY_MS.first; this.homeless.size > 0; pause = Math.min(pause * 2, RETRY_MS.most)) {
      if (this.stopping.signal.aborted) return
      try {
        await this.leaders.refresh([...this.homeless].map(({ sourceTopic }) => sourceTopic))
        await this.placeKnown(() => true)
      } catch (error) {
        for (const copy of this.homeless) copy.waitForSource(`the source does not answer: ${messageOf(error)}`)
      }
      if (this.homeless.size > 0) await this.clock.sleep(pause, this.stopping.signal)
    }
  }

  private async placeKnown(isEligible: (copy: PartitionCopy) => boolean): Promise<void> {
    const unsure: Unsure[] = []
    for (const copy of [...this.homeless]) {
      if (!isEligible(copy)) continue
      if (copy.isStopped) this.homeless.delete(copy)
      else if (!this.isSame(copy)) this.withoutTopic(copy)
      else {
        const leader = this.leaders.of(copy.sourceTopic, copy.partition)
        if (!leader) copy.waitForSource('the source has no leader for it just now')
        // Within one leader epoch a log only grows.
        else if (copy.fetchEpoch < 0 || copy.fetchEpoch === leader.epoch) this.settle(copy, leader)
        else unsure.push(unsureOf(copy, leader))
      }
    }
    await Promise.all([...groupBy(unsure, ({ nodeId }) => nodeId)].map(([, group]) => this.placeUnsure(group)))
  }

  /** What was read of these in a former leader epoch must still be there before reading goes on. */
  private async placeUnsure(group: readonly Unsure[]): Promise<void> {
    const { nodeId } = group[0] as Unsure
    try {
      const hasIds = group.every(({ copy }) => copy.sourceTopicId !== NO_UUID)
      // A broker that is read by topic id compares by itself, with every fetch.
      const comparesItself = hasIds && (await this.cluster.supports(nodeId, fetchById))
      const answers = comparesItself ? undefined : await askEpochEnds(this.cluster, nodeId, group)
      for (const [i, one] of group.entries()) this.placeCompared(one, answers?.[i])
    } catch (error) {
      for (const { copy } of group) {
        if (this.homeless.has(copy)) copy.waitForSource(`the source does not answer: ${messageOf(error)}`)
      }
    }
  }

  /** `answer` is where its epoch ends; undefined where the broker compares with the first fetch. */
  private placeCompared(asked: Unsure, answer: AnsweredEpoch | undefined): void {
    const { copy, fetchOffset, fetchEpoch, nodeId, currentLeaderEpoch: epoch } = asked
    if (!this.homeless.has(copy) || copy.fetchOffset !== fetchOffset || copy.fetchEpoch !== fetchEpoch) return
    if (answer && answer.errorCode !== Code.None) {
      return copy.waitForSource(`the source answers ${errorName(answer.errorCode)}`)
    }
    const diverged = answer && divergence(asked, answer)
    if (!diverged) return this.settle(copy, { nodeId, epoch })
    this.homeless.delete(copy)
    copy.meet(diverged)
  }

  /** Whether the topic that bears the name is the one that is being copied. */
  private isSame({ sourceTopic, sourceTopicId }: PartitionCopy): boolean {
    return this.leaders.topic(sourceTopic)?.topicId === sourceTopicId
  }

  private withoutTopic(copy: PartitionCopy): void {
    const { sourceTopic: topic } = copy
    if (this.leaders.topic(topic)) this.leaveTopic(topic)
    else if (this.leaders.isGone(topic)) {
      copy.waitForSource(`source topic ${topic} is gone (deleted?): it is looked for again`)
    } else copy.waitForSource('the source has no leader for it just now')
  }

  /** Of a topic that is another one now, no partition may be read on: by name, they would be those of the new one. */
  private leaveTopic(topic: string): void {
    for (const copy of [...this.homeless, ...this.places.keys()]) {
      if (copy.sourceTopic !== topic || this.isSame(copy)) continue
      this.remove(copy)
      copy.meet({ kind: 'recreated', side: 'source', topic })
    }
  }

  private settle(copy: PartitionCopy, { nodeId, epoch }: Leader): void {
    if (this.stopping.signal.aborted) return
    this.homeless.delete(copy)
    const reader = this.readerFor(nodeId)
    this.places.set(copy, reader)
    copy.waitForSource(undefined) // a quiet partition has no news that would say so
    reader.add(copy, epoch)
  }

  private readerFor(nodeId: number): SourceReader {
    const existing = this.readers.get(nodeId)
    if (existing) return existing
    const reader = new SourceReader(nodeId, this.cluster, this.pool, this, this.clock)
    this.readers.set(nodeId, reader)
    void reader.run()
    return reader
  }
}

function unsureOf(copy: PartitionCopy, { nodeId, epoch }: Leader): Unsure {
  const { sourceTopic, partition, fetchOffset, fetchEpoch } = copy
  return { copy, nodeId, sourceTopic, partition, fetchOffset, fetchEpoch, currentLeaderEpoch: epoch }
}
