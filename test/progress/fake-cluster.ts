import type { Clock } from '../../src/clock.js'
import type { Cluster } from '../../src/clusters/cluster.js'
import type { ClusterSide } from '../../src/clusters/cluster-side.js'
import { Leaders } from '../../src/clusters/leaders.js'
import type { NewTopic, TopicAdmin } from '../../src/clusters/topic-admin.js'
import { ByteReader } from '../../src/wire/byte-reader.js'
import { ByteWriter } from '../../src/wire/byte-writer.js'
import { Code } from '../../src/wire/kafka-errors.js'
import { fetch } from '../../src/wire/messages/fetch.js'
import { initProducerId } from '../../src/wire/messages/init-producer-id.js'
import { EARLIEST_TIMESTAMP, type ListOffsetsRequest, listOffsets } from '../../src/wire/messages/list-offsets.js'
import type { TopicMetadata } from '../../src/wire/messages/metadata.js'
import { PRODUCE } from '../../src/wire/messages/produce.js'
import { RecordBatch } from '../../src/wire/record-batch.js'
import { decodeRecords, encodeBatch } from '../../src/wire/records.js'
import { type BatchShape, batchBytes } from '../support/batches.js'

const NODE = 1

/** Time that passes only where it is slept. */
export class FakeClock implements Clock {
  time = 1_700_000_000_000
  /** Called with each sleep, before it ends. */
  onSleep: () => void = () => {}

  now(): number {
    return this.time
  }

  monotonic(): number {
    return this.time
  }

  async sleep(ms: number): Promise<void> {
    await Promise.resolve()
    this.time += ms
    this.onSleep()
  }
}

/** A topic of one partition: batches as a broker holds them. */
export class FakeLog {
  readonly id: string
  start = 0
  end = 0
  /** A new leader shows no more than this yet; undefined shows all. */
  shownTo: number | undefined
  aborted: { producerId: number; firstOffset: number }[] = []
  private batches: Buffer[] = []

  constructor(id: string) {
    this.id = id
  }

  /** Lays a batch behind all others, at its offset where it names one. */
  lay(shape: BatchShape): void {
    const bytes = batchBytes({ ...shape, baseOffset: shape.baseOffset ?? this.end })
    this.batches.push(bytes)
    this.end = new RecordBatch(bytes, 0, bytes.length).lastOffset + 1
  }

  append(bytes: Buffer): number {
    const baseOffset = this.end
    const copy = Buffer.from(bytes)
    copy.writeBigInt64BE(BigInt(baseOffset), 0)
    this.batches.push(copy)
    this.end = new RecordBatch(copy, 0, copy.length).lastOffset + 1
    return baseOffset
  }

  /** What retention does. */
  dropBefore(offset: number): void {
    this.start = offset
    this.batches = this.batches.filter(bytes => new RecordBatch(bytes, 0, bytes.length).lastOffset >= offset)
  }

  bytesFrom(offset: number, to: number): Buffer {
    const isShown = (bytes: Buffer) => {
      const { lastOffset } = new RecordBatch(bytes, 0, bytes.length)
      return lastOffset >= offset && lastOffset < to
    }
    return Buffer.concat(this.batches.filter(isShown))
  }

  /** Keys and values, as lines. */
  get lines(): string[] {
    return this.batches.flatMap(bytes => {
      const { recordBytes, recordCount } = new RecordBatch(bytes, 0, bytes.length)
      return decodeRecords(recordBytes, recordCount).map(({ key, value }) => `${key} ${value}`)
    })
  }
}

/** A cluster of one broker in memory, as far as the engine's own topics need one. */
export class FakeCluster {
  readonly clusterId: string
  readonly alias: string
  readonly brokerCount = 1
  readonly logs = new Map<string, FakeLog>()
  /** What it was asked, by name. */
  readonly asked: string[] = []
  /** What the next Produce requests answer. */
  refuseWith = 0
  /** Told right before an append of ours: others may be faster. */
  beforeAppend: (topic: string) => void = () => {}
  /** Awaited before the answer to a Fetch, which is settled by then, is sent. */
  beforeAnswer: (topic: string) => Promise<void> = async () => {}
  private nextProducerId = 1_000
  private nextTopicId = 1

  constructor(clusterId: string) {
    this.clusterId = clusterId
    this.alias = clusterId
  }

  /** As the engine knows it. */
  side(clock: Clock): ClusterSide {
    const cluster = this as unknown as Cluster
    const admin = { create: async ({ topic }: NewTopic) => this.create(topic) } as unknown as TopicAdmin
    return { cluster, leaders: new Leaders(cluster, clock), admin }
  }

  create(topic: string): FakeLog {
    const existing = this.logs.get(topic)
    if (existing) return existing
    const log = new FakeLog((this.nextTopicId++).toString(16).padStart(32, '0'))
    this.logs.set(topic, log)
    return log
  }

  log(topic: string): FakeLog {
    const log = this.logs.get(topic)
    if (!log) throw new Error(`there is no topic ${topic}`)
    return log
  }

  /** Somebody else writes a record. */
  writeForeign(topic: string, key: string, value: string): void {
    this.log(topic).append(encodeBatch([{ key: Buffer.from(key), value: Buffer.from(value) }], 0))
  }

  async metadata(names: string[] | null): Promise<{ topics: TopicMetadata[] }> {
    this.asked.push('Metadata')
    return { topics: (names ?? [...this.logs.keys()]).map(name => this.describe(name)) }
  }

  async callAny(api: object): Promise<unknown> {
    if (api !== initProducerId) throw new Error('not played here')
    this.asked.push('InitProducerId')
    return { errorCode: 0, producerId: this.nextProducerId++, producerEpoch: 0 }
  }

  async call(_nodeId: number, api: object, request: unknown): Promise<unknown> {
    if (api !== listOffsets) throw new Error('not played here')
    return (request as ListOffsetsRequest).topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, timestamp }) => {
        const { start, end } = this.log(topic)
        return { topic, partition, errorCode: 0, offset: timestamp === EARLIEST_TIMESTAMP ? start : end }
      }),
    )
  }

  async openDataConnection(): Promise<{ connection: object }> {
    const send = async (api: { name: string }, chunks: Buffer[]) => {
      if (api.name === PRODUCE.name) return this.produce(chunks)
      if (api.name === fetch.name) return await this.fetch(chunks)
      throw new Error('not played here')
    }
    return { connection: { send, close: () => {}, onClose: () => {} } }
  }

  private describe(name: string): TopicMetadata {
    const log = this.logs.get(name)
    const partitions = log ? [{ errorCode: 0, partition: 0, leader: NODE, leaderEpoch: 0 }] : []
    const errorCode = log ? 0 : Code.UnknownTopicOrPartition
    return { errorCode, name, topicId: log?.id ?? '0'.repeat(32), isInternal: false, partitions }
  }

  private produce([head, bytes]: Buffer[]): Buffer {
    const reader = new ByteReader(head!)
    reader.nullableString()
    reader.int16()
    reader.int32()
    reader.int32()
    const topic = reader.string()
    this.beforeAppend(topic)
    const baseOffset = this.refuseWith === 0 ? this.log(topic).append(bytes!) : -1
    const row = new ByteWriter().int32(1).string(topic).int32(1).int32(0).int16(this.refuseWith).int64(baseOffset)
    return row.int64(-1).int64(0).int32(0).nullableString(null).int32(0).bytes()
  }

  private async fetch([request]: Buffer[]): Promise<Buffer> {
    const reader = new ByteReader(request!, 4 + 4 + 4 + 4 + 1 + 4 + 4 + 4)
    const topic = reader.string()
    reader.int32()
    reader.int32()
    reader.int32()
    const offset = reader.int64()
    this.asked.push(`Fetch ${topic} ${offset}`)
    const log = this.log(topic)
    const isOutside = offset < log.start || offset > log.end
    const shownTo = Math.min(log.end, log.shownTo ?? log.end)
    const records = isOutside ? Buffer.alloc(0) : log.bytesFrom(offset, shownTo)
    const row = new ByteWriter().int32(0).int16(0).int32(0).int32(1).string(topic).int32(1).int32(0)
    row.int16(isOutside ? Code.OffsetOutOfRange : 0)
    for (const value of isOutside ? [-1, -1, -1] : [shownTo, shownTo, log.start]) row.int64(value)
    row.array(log.aborted, ({ producerId, firstOffset }) => row.int64(producerId).int64(firstOffset))
    const answer = row.int32(-1).int32(records.length).raw(records).bytes()
    await this.beforeAnswer(topic)
    return answer
  }
}
