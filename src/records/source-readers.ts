import type { Clock } from '../clock.js'
import type { Cluster } from '../clusters/cluster.js'
import type { Leaders } from '../clusters/leaders.js'
import { messageOf } from '../errors.js'
import { assertNoError, Code, errorName, isRetriable } from '../wire/kafka-errors.js'
import type { FetchedPartition } from '../wire/messages/fetch.js'
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP, listOffsets } from '../wire/messages/list-offsets.js'
import type { BufferPool } from './buffer-pool.js'
import type { PartitionCopy } from './partition-copy.js'
import { type ReaderObserver, SourceReader } from './source-reader.js'

/** Between two tries to find a reader for a partition: quick at first, then sparing a cluster in trouble. */
const RETRY_MS = { first: 200, most: 5_000 } as const

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
    for (const copy of copies) if (copy.isHeld) this.remove(copy)
    this.onReceived(copies)
  }

  partitionTrouble(copy: PartitionCopy, { errorCode }: FetchedPartition): void {
    this.remove(copy)
    if (errorCode === Code.OffsetOutOfRange) return void this.outOfRange(copy)
    if (!isRetriable(errorCode) && errorCode !== Code.TopicAuthorizationFailed) {
      return copy.hold(`the source refuses to be read at offset ${copy.fetchOffset}: ${errorName(errorCode)}`)
    }
    this.evict(copy, `the source answers ${errorName(errorCode)}`)
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
    try {
      await this.leaders.refresh()
      if (this.leaders.topic(topic)?.topicId !== copy.sourceTopicId)
        return copy.meet({ kind: 'recreated', side: 'source', topic: topic })
      const nodeId = this.leaders.of(topic, partition)?.nodeId ?? -1
      const [start, end] = await Promise.all(
        [EARLIEST_TIMESTAMP, LATEST_TIMESTAMP].map(async timestamp => {
          const topics = [{ topic, partitions: [{ partition, timestamp }] }]
          const [row] = await this.cluster.call(nodeId, listOffsets, { isolation: 'read_uncommitted', topics })
          assertNoError(row?.errorCode ?? -1, `the offsets of ${copy.name}`)
          return row?.offset ?? -1
        }),
      )
      if (start! <= fetchOffset && fetchOffset <= end!) return this.evict(copy, 'the source had not all of its log')
      copy.meet(
        fetchOffset < start!
          ? { kind: 'truncated', from: fetchOffset, to: start! }
          : { kind: 'diverged', from: end!, to: fetchOffset, epoch: copy.fetchEpoch },
      )
    } catch (error) {
      this.evict(copy, messageOf(error))
    }
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
    this.placeKnown(copy => copy.snapshot().state !== 'waiting')
    for (let pause: number = RETRY_MS.first; this.homeless.size > 0; pause = Math.min(pause * 2, RETRY_MS.most)) {
      if (this.stopping.signal.aborted) return
      try {
        await this.leaders.refresh()
        this.placeKnown(() => true)
        for (const copy of this.homeless) copy.waitForSource('the source has no leader for it just now')
      } catch (error) {
        for (const copy of this.homeless) copy.waitForSource(`the source does not answer: ${messageOf(error)}`)
      }
      if (this.homeless.size > 0) await this.clock.sleep(pause, this.stopping.signal)
    }
  }

  private placeKnown(eligible: (copy: PartitionCopy) => boolean): void {
    if (this.stopping.signal.aborted) return
    for (const copy of this.homeless) {
      const leader = this.leaders.of(copy.sourceTopic, copy.partition)
      if (!leader || !eligible(copy)) continue
      if (this.leaders.topic(copy.sourceTopic)?.topicId !== copy.sourceTopicId) {
        this.homeless.delete(copy)
        copy.meet({ kind: 'recreated', side: 'source', topic: copy.sourceTopic })
        continue
      }
      this.homeless.delete(copy)
      const reader = this.readerFor(leader.nodeId)
      this.places.set(copy, reader)
      reader.add(copy, leader.epoch)
    }
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
