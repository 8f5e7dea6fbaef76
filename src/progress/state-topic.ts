import type { Clock } from '../clock.js'
import { chunksOf } from '../clusters/chunks.js'
import type { Cluster } from '../clusters/cluster.js'
import type { Leaders } from '../clusters/leaders.js'
import { readLog } from '../clusters/read-log.js'
import { type Right, refusal } from '../clusters/refusal.js'
import type { TopicAdmin } from '../clusters/topic-admin.js'
import { replicationFactorFor } from '../policy/topic-plan.js'
import { ByteReader } from '../wire/byte-reader.js'
import type { Connection } from '../wire/connection.js'
import { Code, ConnectionError, KafkaError, mayPass } from '../wire/kafka-errors.js'
import { LATEST_TIMESTAMP, listOffsets } from '../wire/messages/list-offsets.js'
import { PRODUCE, produceRequest, readProduceResponse } from '../wire/messages/produce.js'
import { decodeRecords, encodeBatch, type OwnRecord } from '../wire/records.js'

/** How long a topic just created may take until its partition has a leader. */
const CREATION_DEADLINE_MS = 15_000
const CREATION_POLL_MS = 100
/** Half of the 1 MiB that a broker takes by default. */
const BYTES_PER_BATCH = 512 * 1024
/** How long the broker waits for its replicas, and how much longer we wait for its answer. */
const PRODUCE_TIMEOUT_MS = 15_000
const ANSWER_MARGIN_MS = 5_000

/** One record of the topic; null deletes the key. */
export interface TopicEntry {
  key: string
  value: string | null
}

/** What the names of all state topics begin with. */
export const STATE_TOPIC_PREFIX = '__kafka_replicator_state_'

/** The internal topic of one replicator on its target cluster. */
export function stateTopicName(replicatorId: string): string {
  return STATE_TOPIC_PREFIX + replicatorId
}

/**
 * What must outlive an engine: a compacted topic with one partition on the target, key → JSON value. So an engine can
 * die with its machine and another carries on (contract, section 4).
 */
export class StateTopic {
  readonly name: string
  private readonly cluster: Cluster
  private readonly leaders: Leaders
  private readonly clock: Clock
  private connection: Promise<Connection> | undefined
  /** Everything before it was read or written by us; what lies between it and the end came from others. */
  private known = 0
  private end = 0

  constructor(name: string, target: { cluster: Cluster; leaders: Leaders }, clock: Clock) {
    this.name = name
    this.cluster = target.cluster
    this.leaders = target.leaders
    this.clock = clock
  }

  /** Whether the topic is there. Throws when the cluster does not answer. */
  async exists(): Promise<boolean> {
    this.leaders.learn((await this.cluster.metadata([this.name])).topics)
    return this.leaders.topic(this.name) !== undefined
  }

  /** Creates the topic where it is missing and waits until it can be written. */
  async ensure(admin: TopicAdmin): Promise<void> {
    if (!(await this.exists())) {
      await admin.create({
        topic: this.name,
        partitions: 1,
        replicationFactor: replicationFactorFor(this.cluster.brokerCount),
        // Small segments, so that compaction keeps the topic short.
        configs: {
          'cleanup.policy': 'compact',
          'segment.bytes': '16777216',
          'min.cleanable.dirty.ratio': '0.1',
          // Whatever the cluster's default is.
          'max.message.bytes': '1048588',
        },
      })
    }
    const deadline = this.clock.monotonic() + CREATION_DEADLINE_MS
    while (!(await this.exists()) || this.leaders.of(this.name, 0) === undefined) {
      if (this.clock.monotonic() > deadline) {
        throw new Error(`topic ${this.name} has no leader ${CREATION_DEADLINE_MS / 1000} s after its creation`)
      }
      await this.clock.sleep(CREATION_POLL_MS)
    }
  }

  /** The newest value of every key. */
  async readAll(): Promise<Map<string, string>> {
    return this.patiently(() => this.readOnce())
  }

  /** Whether somebody else has appended since we last read. Known after each append of ours. */
  get hasUnread(): boolean {
    return this.end > this.known
  }

  /**
   * Whether somebody else has appended since we last read, by one small question over the connection that is there. Asked
   * a second time where the leader has moved, and no more: who asks every second need not insist.
   */
  async hasNews(): Promise<boolean> {
    const end = await this.endOffset().catch(async (error: unknown) => {
      if (!mayPass(error)) throw error
      await this.leaders.refresh()
      return await this.endOffset()
    })
    this.end = Math.max(this.end, end)
    return this.hasUnread
  }

  /**
   * All entries since the last reading, ours among them, in the order of the log. Where there are none, that is asked over
   * the connection that is there: a fetch opens one of its own.
   */
  async readNew(): Promise<TopicEntry[]> {
    return this.patiently(async () => {
      const entries: TopicEntry[] = []
      if ((await this.endOffset()) > this.known) await this.readFrom(this.known, entry => entries.push(entry))
      return entries
    })
  }

  /** Appends; answers the offset behind it when all in-sync replicas have it. Rejects when the cluster does not take it. */
  async append(entries: readonly TopicEntry[]): Promise<number> {
    let end = this.end
    for (const part of chunksOf(entries, BYTES_PER_BATCH, sizeOf)) {
      end = await this.appendBatch(
        part.map(({ key, value }) => ({ key: Buffer.from(key), value: value === null ? null : Buffer.from(value) })),
      )
    }
    return end
  }

  close(): void {
    this.connection?.then(
      connection => connection.close(),
      () => {}, // it never opened
    )
    this.connection = undefined
  }

  /** A broker that has just become the leader may deny it for a moment; then it is asked again, for 15 s at most. */
  private async patiently<T>(read: () => Promise<T>): Promise<T> {
    const deadline = this.clock.monotonic() + CREATION_DEADLINE_MS
    for (;;) {
      try {
        return await read()
      } catch (error) {
        if (!mayPass(error) || this.clock.monotonic() > deadline) throw error
        await this.clock.sleep(CREATION_POLL_MS)
        await this.leaders.refresh()
      }
    }
  }

  private async readOnce(): Promise<Map<string, string>> {
    const values = new Map<string, string>()
    await this.readFrom(0, ({ key, value }) => {
      if (value === null) values.delete(key)
      else values.set(key, value)
    })
    return values
  }

  /** Throws KafkaError (retriable) where a new leader cannot show all of its log yet: a note must not be overlooked. */
  private async readFrom(from: number, take: (entry: TopicEntry) => void): Promise<void> {
    const end = await this.endOffset()
    let known = from
    for await (const batch of readLog(this.cluster, this.leaderId(), { topic: this.name, partition: 0, from })) {
      known = batch.lastOffset + 1
      if (batch.isControl) continue
      for (const { key, value } of decodeRecords(batch.recordBytes, batch.recordCount)) {
        if (key !== null) take({ key: key.toString(), value: value?.toString() ?? null })
      }
    }
    if (known < end) throw new KafkaError(Code.OffsetNotAvailable, `reading ${this.name} up to offset ${end}`)
    this.known = Math.max(this.known, known)
    this.end = Math.max(this.end, this.known)
  }

  /** Unlike a fetch, this question is refused while a new leader does not know its high watermark (Kafka: KIP-207). */
  private async endOffset(): Promise<number> {
    const [row] = await this.cluster.call(this.leaderId(), listOffsets, {
      isolation: 'read_uncommitted',
      topics: [{ topic: this.name, partitions: [{ partition: 0, timestamp: LATEST_TIMESTAMP }] }],
    })
    if (row?.errorCode !== 0) throw this.refused(row?.errorCode ?? -1, `the end of ${this.name}`, 'Describe')
    return row.offset
  }

  private refused(code: number, where: string, operation: Right['operation'], detail?: string | null): KafkaError {
    return refusal(this.cluster, code, where, { operation, resource: `topic ${this.name}` }, detail)
  }

  private async appendBatch(records: OwnRecord[]): Promise<number> {
    const bytes = encodeBatch(records, this.clock.now())
    try {
      const connection = await this.connected()
      const answer = await connection.send(
        PRODUCE,
        produceRequest([{ topic: this.name, partition: 0, bytes }], PRODUCE_TIMEOUT_MS),
        { timeoutMs: PRODUCE_TIMEOUT_MS + ANSWER_MARGIN_MS },
      )
      const [row] = readProduceResponse(new ByteReader(answer)).partitions
      if (row?.errorCode !== 0) {
        throw this.refused(row?.errorCode ?? -1, `writing ${this.name}`, 'Write', row?.errorMessage)
      }
      const end = row.baseOffset + records.length
      this.end = Math.max(this.end, end)
      if (row.baseOffset === this.known) this.known = this.end
      return end
    } catch (error) {
      // The leader may have moved: the next try asks who it is. If nobody can say, the first error tells more.
      this.close()
      await Promise.allSettled([this.leaders.refresh()])
      throw error
    }
  }

  /** Appends at the same time share one connection, also while it opens; a closed one is replaced. */
  private connected(): Promise<Connection> {
    if (this.connection) return this.connection
    const opening = this.open()
    const forget = () => {
      if (this.connection === opening) this.connection = undefined
    }
    this.connection = opening
    opening.then(connection => connection.onClose(forget), forget)
    return opening
  }

  private async open(): Promise<Connection> {
    return (await this.cluster.openDataConnection(this.leaderId())).connection
  }

  private leaderId(): number {
    const leader = this.leaders.of(this.name, 0)
    if (!leader) throw new ConnectionError(`topic ${this.name} has no leader`)
    return leader.nodeId
  }
}

function sizeOf({ key, value }: TopicEntry): number {
  return key.length + (value?.length ?? 0)
}
