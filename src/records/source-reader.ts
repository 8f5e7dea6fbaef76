import type { Clock } from '../clock.js'
import type { OfferedVersions } from '../clusters/broker-connection.js'
import type { Cluster } from '../clusters/cluster.js'
import { messageOf } from '../errors.js'
import type { Api } from '../wire/api.js'
import { ByteReader } from '../wire/byte-reader.js'
import { ByteWriter } from '../wire/byte-writer.js'
import type { Connection } from '../wire/connection.js'
import { KafkaError } from '../wire/kafka-errors.js'
import { type FetchedPartition, type FetchResponse, fetch } from '../wire/messages/fetch.js'
import { type FetchByIdRequest, fetchById } from '../wire/messages/fetch-by-id.js'
import { NO_UUID } from '../wire/messages/metadata.js'
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
/** Silence after which the link counts as dead: the wait above, and long pauses of a broker's disk or collector. */
const FETCH_TIMEOUT_MS = 10_000
/** Records in one answer at most. More gains nothing, measured. */
const FETCH_MAX_BYTES = 4 * 1024 * 1024
/** A whole answer: the records and what stands around them, some 60 bytes and the aborted transactions a partition. */
export const ANSWER_BYTES = FETCH_MAX_BYTES + 256 * 1024
/** One partition in an answer: with a few busy partitions, each gets its share of every answer. */
const PARTITION_MAX_BYTES = 1024 * 1024

/** A partition that is read, and what the broker has said of its log; within one leader epoch neither end moves back. */
interface Entry {
  copy: PartitionCopy
  leaderEpoch: number
  highWatermark: number
  logStartOffset: number
}

type ByPartition = Map<number, Entry>

/** What a reader reports. */
export interface ReaderObserver {
  /** Batches were handed to these partitions. */
  received(copies: readonly PartitionCopy[]): void
  /** The broker has an error for one partition. */
  partitionTrouble(copy: PartitionCopy, fetched: FetchedPartition): void
  /** The log is shorter than it was though its leader is the same: it was cut back, or is another topic's. */
  movedBack(copy: PartitionCopy): void
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
  private readonly entries = new Map<PartitionCopy, Entry>()
  /** The same, as answers call them: a topic may have been created anew under a name that is still here. */
  private readonly byName = new Map<string, ByPartition>()
  private readonly byId = new Map<string, ByPartition>()
  private withoutId = 0
  /** Those of `entries` whose line is full. */
  private readonly paused = new Set<PartitionCopy>()
  private connection: Connection | undefined
  private api: Api<FetchByIdRequest, FetchResponse> = fetch
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
      const { connection, versions } = await this.cluster.openDataConnection(this.nodeId)
      this.connection = connection
      while (!this.stopped) await this.fetchOnce(connection, versions)
      connection.close()
    } catch (error) {
      this.connection?.close()
      if (!this.stopped) this.observer.lost(this, error instanceof Error ? error : new Error(messageOf(error)))
      this.stopped = true
    }
  }

  add(copy: PartitionCopy, leaderEpoch: number): void {
    const former = this.byName.get(copy.sourceTopic)?.get(copy.partition)
    if (former) this.remove(former.copy)
    if (copy.sourceTopicId === NO_UUID) this.withoutId++
    const entry = { copy, leaderEpoch, highWatermark: -1, logStartOffset: -1 }
    this.entries.set(copy, entry)
    put(this.byName, copy.sourceTopic, entry)
    put(this.byId, copy.sourceTopicId, entry)
    this.refresh(copy)
  }

  remove(copy: PartitionCopy): void {
    if (!this.entries.delete(copy)) return
    if (copy.sourceTopicId === NO_UUID) this.withoutId--
    drop(this.byName, copy.sourceTopic, copy)
    drop(this.byId, copy.sourceTopicId, copy)
    this.paused.delete(copy)
    this.session.remove(copy)
  }

  /** The partition's offset or its wish for records has changed from outside. */
  refresh(copy: PartitionCopy): void {
    const entry = this.entries.get(copy)
    if (!entry) return
    this.follow(entry)
    this.wake?.()
  }

  private follow({ copy, leaderEpoch }: Entry): void {
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
    return [...this.entries.keys()]
  }

  stop(): void {
    this.stopped = true
    this.wake?.()
    this.connection?.close()
  }

  private async fetchOnce(connection: Connection, versions: OfferedVersions): Promise<void> {
    if (this.session.isEmpty) return this.pause()
    const lease = await this.pool.lease()
    try {
      this.chooseVersion(versions)
      const { answer, response } = await this.ask(connection, lease)
      if (!this.session.answered(response)) throw new KafkaError(response.errorCode, 'Fetch')
      this.dispatch(response, answer, lease)
      // The broker has already muted this connection for that time (KIP-219); waiting here spares the lease.
      if (response.throttleTimeMs > 0) {
        this.cluster.health.throttled(response.throttleTimeMs)
        await this.clock.sleep(response.throttleTimeMs)
      }
    } finally {
      lease.release()
    }
  }

  /** By ids where the broker can and every topic has one. A session is of one kind. */
  private chooseVersion(versions: OfferedVersions): void {
    const api = offersFetchById(versions) && this.withoutId === 0 ? fetchById : fetch
    if (api === this.api) return
    this.api = api
    this.session.reset()
  }

  private async ask(connection: Connection, lease: Lease): Promise<{ answer: Buffer; response: FetchResponse }> {
    const { api } = this
    const body = new ByteWriter(1024)
    api.write(body, {
      maxWaitMs: this.paused.size > 0 ? MAX_WAIT_WHILE_PAUSED_MS : MAX_WAIT_MS,
      minBytes: 1,
      maxBytes: FETCH_MAX_BYTES,
      isolation: 'read_committed',
      ...this.session.next(),
    })
    const answer = await connection.send(api, [body.bytes()], {
      timeoutMs: FETCH_TIMEOUT_MS,
      allocate: size => lease.room(size),
    })
    const reader = new ByteReader(answer)
    if (api.flexible) reader.skipTags()
    return { answer, response: api.read(reader) }
  }

  private dispatch(response: FetchResponse, answer: Buffer, lease: Lease): void {
    const received: PartitionCopy[] = []
    for (const fetched of response.partitions) {
      const entry = this.entryOf(fetched)
      // It may have left, or begun anew elsewhere in its log, while the answer was on its way.
      if (!entry || this.session.askedOffset(entry.copy) !== entry.copy.fetchOffset) continue
      if (fetched.errorCode !== 0 || fetched.diverging) {
        this.observer.partitionTrouble(entry.copy, fetched)
        continue
      }
      const { highWatermark, logStartOffset } = fetched
      if (highWatermark < entry.highWatermark || logStartOffset < entry.logStartOffset) {
        this.observer.movedBack(entry.copy)
        continue
      }
      entry.highWatermark = highWatermark
      entry.logStartOffset = logStartOffset
      entry.copy.accept(fetched, answer, lease)
      // What was met in it may have taken the partition away, or have it begin elsewhere.
      if (this.entries.get(entry.copy) === entry) this.follow(entry)
      received.push(entry.copy)
    }
    if (received.length > 0) this.observer.received(received)
  }

  private entryOf({ topic, topicId, partition }: FetchedPartition): Entry | undefined {
    const partitions = topicId === undefined ? this.byName.get(topic as string) : this.byId.get(topicId)
    return partitions?.get(partition)
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

/** Whether a broker can be asked for topics by their ids. */
function offersFetchById(versions: OfferedVersions): boolean {
  const { min, max } = versions.get(fetchById.key) ?? { min: 0, max: -1 }
  return min <= fetchById.version && fetchById.version <= max
}

function put(topics: Map<string, ByPartition>, topic: string, entry: Entry): void {
  const partitions = topics.get(topic) ?? new Map()
  topics.set(topic, partitions.set(entry.copy.partition, entry))
}

function drop(topics: Map<string, ByPartition>, topic: string, { partition }: PartitionCopy): void {
  const partitions = topics.get(topic)
  partitions?.delete(partition)
  if (partitions?.size === 0) topics.delete(topic)
}
