import type { Clock } from '../clock.js'
import { ByteReader } from '../wire/byte-reader.js'
import { ByteWriter } from '../wire/byte-writer.js'
import type { Connection } from '../wire/connection.js'
import { Code, ConnectionError, KafkaError } from '../wire/kafka-errors.js'
import { type FetchedPartition, fetch } from '../wire/messages/fetch.js'
import { batchesIn, type RecordBatch } from '../wire/record-batch.js'
import type { LogSide } from './connection-pool.js'
import { patiently } from './patience.js'
import { assertFormat } from './read-run.js'

/** A part of one partition: offsets from `from` up to, but not including, `to`. */
export interface LogRange {
  topic: string
  partition: number
  from: number
  /** At most the last stable offset. */
  to: number
}

/** One fetch answer. The bytes belong to whoever gets it. */
export interface FetchedChunk {
  batches: RecordBatch[]
  abortedTransactions: FetchedPartition['abortedTransactions']
}

/** Large enough that asking costs little, small enough for two sides of four partitions with one chunk ahead each. */
const FETCH_BYTES = 4 * 1024 * 1024
/** A broker that has no data yet (it has just become leader) answers after this. */
const FETCH_WAIT_MS = 500

/**
 * Fetches a range with read_committed, one answer ahead of whoever reads. Waits and asks again while a leader moves or
 * a broker restarts; throws KafkaError or ConnectionError when that takes longer than a minute or cannot help, and
 * OffsetsGoneError when retention overtakes the reading.
 */
export async function* fetchLog(side: LogSide, range: LogRange, clock: Clock): AsyncGenerator<FetchedChunk> {
  const reader = new LogFetcher(side, range, clock)
  let ahead: Promise<FetchedChunk> | undefined
  try {
    for (let next = range.from; next < range.to; ) {
      const chunk: FetchedChunk = await (ahead ?? reader.fetch(next))
      next = (chunk.batches.at(-1) as RecordBatch).lastOffset + 1
      ahead = next < range.to ? reader.fetch(next) : undefined
      // If the reader goes away, nobody waits for it; if not, it is awaited in the next round.
      ahead?.catch(() => {})
      yield chunk
    }
  } finally {
    reader.close(ahead)
  }
}

/** Records were removed by retention while they were being read, or before. */
export class OffsetsGoneError extends Error {
  override readonly name = 'OffsetsGoneError'
}

class LogFetcher {
  private readonly side: LogSide
  private readonly range: LogRange
  private readonly clock: Clock
  private lent: { nodeId: number; connection: Connection } | undefined
  private closed = false

  constructor(side: LogSide, range: LogRange, clock: Clock) {
    this.side = side
    this.range = range
    this.clock = clock
  }

  /** At least one whole batch from `offset` on. */
  async fetch(offset: number): Promise<FetchedChunk> {
    const { leaders } = this.side
    return patiently({ leaders, clock: this.clock, isOver: () => this.closed }, async () => {
      try {
        return await this.tryFetch(offset)
      } catch (error) {
        this.drop()
        throw error
      }
    })
  }

  /** `ahead` is a fetch that may still be under way: its connection cannot be lent to somebody else. */
  close(ahead: Promise<FetchedChunk> | undefined): void {
    this.closed = true
    if (ahead !== undefined) return this.drop()
    const { lent } = this
    this.lent = undefined
    if (lent) this.side.connections.giveBack(lent.nodeId, lent.connection)
  }

  private get name(): string {
    return `${this.range.topic}-${this.range.partition} on ${this.side.cluster.alias}`
  }

  private async tryFetch(fetchOffset: number): Promise<FetchedChunk> {
    const connection = await this.connected()
    const answer = await connection.send(fetch, [this.request(fetchOffset)])
    const { errorCode, partitions } = fetch.read(new ByteReader(answer))
    const [row] = partitions
    const code = errorCode || (row?.errorCode ?? -1)
    if (code === Code.OffsetOutOfRange) {
      throw new OffsetsGoneError(`offset ${fetchOffset} of ${this.name} was removed while it was to be read`)
    }
    if (row === undefined || code !== 0) throw new KafkaError(code, `reading ${this.name}`)
    const { recordsStart, recordsEnd, abortedTransactions } = row
    const batches = [...batchesIn(answer, recordsStart, recordsEnd)]
    for (const batch of batches) assertFormat(batch, this.name)
    // The first batch may begin before the offset asked for, and hold it.
    const wanted = batches.filter(batch => batch.lastOffset >= fetchOffset)
    if (wanted.length > 0) return { batches: wanted, abortedTransactions }
    throw new ConnectionError(
      `${this.name} has nothing to read at offset ${fetchOffset}, though it goes to ${this.range.to}`,
    )
  }

  private async connected(): Promise<Connection> {
    if (this.lent?.connection.isOpen) return this.lent.connection
    const { topic, partition } = this.range
    const leader = this.side.leaders.of(topic, partition)
    if (leader === undefined) throw new ConnectionError(`${this.name} has no leader`)
    this.lent = { nodeId: leader.nodeId, connection: await this.side.connections.borrow(leader.nodeId) }
    return this.lent.connection
  }

  private drop(): void {
    this.lent?.connection.close()
    this.lent = undefined
  }

  private request(fetchOffset: number): Buffer {
    const { topic, partition } = this.range
    const body = new ByteWriter()
    fetch.write(body, {
      maxWaitMs: FETCH_WAIT_MS,
      minBytes: 1,
      maxBytes: FETCH_BYTES,
      isolation: 'read_committed',
      sessionId: 0,
      sessionEpoch: -1,
      topics: [{ topic, partitions: [{ partition, currentLeaderEpoch: -1, fetchOffset, maxBytes: FETCH_BYTES }] }],
      forgotten: [],
    })
    return body.bytes()
  }
}
