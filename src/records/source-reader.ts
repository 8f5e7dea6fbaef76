import type { Clock } from '../clock.js'
import type { Cluster } from '../clusters/cluster.js'
import { messageOf } from '../errors.js'
import { ByteReader } from '../wire/byte-reader.js'
import { ByteWriter } from '../wire/byte-writer.js'
import type { Connection } from '../wire/connection.js'
import { KafkaError } from '../wire/kafka-errors.js'
import { type FetchedPartition, type FetchResponse, fetch } from '../wire/messages/fetch.js'
import type { BufferPool, Lease } from './buffer-pool.js'
import { FetchSession } from './fetch-session.js'
import type { PartitionCopy } from './partition-copy.js'

/**
 * A broker waits so long for the first byte of news before it answers with nothing. Long enough that an idle
 * replicator costs two small requests a second, short enough that a change of the session takes effect soon.
 */
const MAX_WAIT_MS = 500
/**
 * While partitions are left out because their line is full, the broker must not wait for news of the quiet ones: the
 * full ones are back within milliseconds, and a fetch cannot be called back.
 */
const MAX_WAIT_WHILE_PAUSED_MS = 10
/** Records in one answer at most. More gains nothing, measured. */
const FETCH_MAX_BYTES = 4 * 1024 * 1024
/** A whole answer: the records and what stands around them, some 60 bytes and the aborted transactions a partition. */
export const ANSWER_BYTES = FETCH_MAX_BYTES + 256 * 1024
/** One partition in an answer: with a few busy partitions, each gets its share of every answer. */
const PARTITION_MAX_BYTES = 1024 * 1024

/** What a reader reports. */
export interface ReaderObserver {
  /** Batches were handed to these partitions. */
  received(copies: readonly PartitionCopy[]): void
  /** The broker has an error for one partition. */
  partitionTrouble(copy: PartitionCopy, fetched: FetchedPartition): void
  /** The connection is gone; its partitions have no reader now. */
  lost(reader: SourceReader, error: Error): void
}

/** Reads all its partitions from one source broker, one fetch after the other, over a connection of its own. */
export class SourceReader {
  readonly nodeId: number
  private readonly cluster: Cluster
  private readonly pool: BufferPool
  private readonly observer: ReaderObserver
  private readonly clock: Clock
  private readonly session = new FetchSession<PartitionCopy>(PARTITION_MAX_BYTES)
  private readonly copies = new Map<string, Map<number, { copy: PartitionCopy; leaderEpoch: number }>>()
  /** Those of `copies` whose line is full. */
  private readonly paused = new Set<PartitionCopy>()
  private connection: Connection | undefined
  private wake: (() => void) | undefined
  private stopped = false

  constructor(nodeId: number, cluster: Cluster, pool: BufferPool, observer: ReaderObserver, clock: Clock) {
    this.nodeId = nodeId
    this.cluster = cluster
    this.pool = pool
    this.observer = observer
    this.clock = clock
  }

  /** Reads until it is stopped or the connection is lost; then `lost` is reported. Never rejects. */
  async run(): Promise<void> {
    try {
      const { connection } = await this.cluster.openDataConnection(this.nodeId)
      this.connection = connection
      while (!this.stopped) await this.fetchOnce(connection)
      connection.close()
    } catch (error) {
      this.connection?.close()
      if (!this.stopped) this.observer.lost(this, error instanceof Error ? error : new Error(messageOf(error)))
      this.stopped = true
    }
  }

  add(copy: PartitionCopy, leaderEpoch: number): void {
    const partitions = this.copies.get(copy.sourceTopic) ?? new Map()
    partitions.set(copy.partition, { copy, leaderEpoch })
    this.copies.set(copy.sourceTopic, partitions)
    this.refresh(copy)
  }

  remove(copy: PartitionCopy): void {
    const partitions = this.copies.get(copy.sourceTopic)
    if (partitions?.get(copy.partition)?.copy !== copy) return
    partitions.delete(copy.partition)
    this.paused.delete(copy)
    this.session.remove(copy)
  }

  /** The partition's offset or its wish for records has changed from outside. */
  refresh(copy: PartitionCopy): void {
    const entry = this.copies.get(copy.sourceTopic)?.get(copy.partition)
    if (!entry) return
    this.follow(entry)
    this.wake?.()
  }

  private follow({ copy, leaderEpoch }: { copy: PartitionCopy; leaderEpoch: number }): void {
    if (copy.wantsRecords) {
      this.session.update(copy, leaderEpoch)
      this.paused.delete(copy)
    } else {
      this.session.remove(copy)
      this.paused.add(copy)
    }
  }

  /** All its partitions, for handing them to another reader. */
  all(): PartitionCopy[] {
    return [...this.copies.values()].flatMap(partitions => [...partitions.values()].map(({ copy }) => copy))
  }

  stop(): void {
    this.stopped = true
    this.wake?.()
    this.connection?.close()
  }

  private async fetchOnce(connection: Connection): Promise<void> {
    if (this.session.isEmpty) return this.pause()
    const lease = await this.pool.lease()
    try {
      const { answer, response } = await this.ask(connection, lease)
      this.session.answered(response)
      if (response.errorCode !== 0 && response.sessionId !== 0) throw new KafkaError(response.errorCode, 'Fetch')
      this.dispatch(response, answer, lease)
      // The broker has already muted this connection for that time (KIP-219); waiting here spares the lease.
      if (response.throttleTimeMs > 0) await this.clock.sleep(response.throttleTimeMs)
    } finally {
      lease.release()
    }
  }

  private async ask(connection: Connection, lease: Lease): Promise<{ answer: Buffer; response: FetchResponse }> {
    const body = new ByteWriter(1024)
    fetch.write(body, {
      maxWaitMs: this.paused.size > 0 ? MAX_WAIT_WHILE_PAUSED_MS : MAX_WAIT_MS,
      minBytes: 1,
      maxBytes: FETCH_MAX_BYTES,
      isolation: 'read_committed',
      ...this.session.next(),
    })
    const answer = await connection.send(fetch, [body.bytes()], { allocate: size => lease.room(size) })
    return { answer, response: fetch.read(new ByteReader(answer)) }
  }

  private dispatch(response: FetchResponse, answer: Buffer, lease: Lease): void {
    const received: PartitionCopy[] = []
    for (const fetched of response.partitions) {
      const entry = this.copies.get(fetched.topic)?.get(fetched.partition)
      // It may have left, or begun anew elsewhere in its log, while the answer was on its way.
      if (!entry || this.session.askedOffset(entry.copy) !== entry.copy.fetchOffset) continue
      if (fetched.errorCode !== 0) {
        this.observer.partitionTrouble(entry.copy, fetched)
        continue
      }
      entry.copy.accept(fetched, answer, lease)
      this.follow(entry)
      received.push(entry.copy)
    }
    if (received.length > 0) this.observer.received(received)
  }

  /** Nothing to read: waits until a partition comes or wants records again. */
  private pause(): Promise<void> {
    return new Promise(resolve => {
      this.wake = () => {
        this.wake = undefined
        resolve()
      }
    })
  }
}
