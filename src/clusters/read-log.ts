import { ByteReader } from '../wire/byte-reader.js'
import { ByteWriter } from '../wire/byte-writer.js'
import type { Connection } from '../wire/connection.js'
import { Code, KafkaError } from '../wire/kafka-errors.js'
import { type FetchedPartition, fetch } from '../wire/messages/fetch.js'
import { EARLIEST_TIMESTAMP, listOffsets } from '../wire/messages/list-offsets.js'
import { batchesIn, type RecordBatch } from '../wire/record-batch.js'
import type { Cluster } from './cluster.js'
import { refusal } from './refusal.js'

const FETCH_BYTES = 4 * 1024 * 1024

export interface LogRange {
  topic: string
  partition: number
  /** The first offset wanted; where the log no longer reaches back so far, reading begins at its start. */
  from: number
}

/** One answer of a broker, with where its batches lie. It is valid until the next one is asked for. */
export interface LogAnswer {
  row: FetchedPartition
  answer: Buffer
}

/**
 * Reads the batches of one partition from an offset to the high watermark as it is when the end is reached, over a
 * connection of its own, uncommitted ones included. For small logs and tails; the data path has its own reader.
 * A batch is valid until the next one is asked for.
 */
export async function* readLog(cluster: Cluster, nodeId: number, range: LogRange): AsyncGenerator<RecordBatch> {
  for await (const { row, answer } of readAnswers(cluster, nodeId, range, 'read_uncommitted'))
    yield* batchesOf(row, answer)
}

/** The same answer by answer; with `read_committed` up to the last stable offset and with the aborted transactions. */
export async function* readAnswers(
  cluster: Cluster,
  nodeId: number,
  range: LogRange,
  isolation: 'read_committed' | 'read_uncommitted',
): AsyncGenerator<LogAnswer> {
  const { connection } = await cluster.openDataConnection(nodeId)
  try {
    for (let offset = range.from; ; ) {
      const { row, answer } = await fetchAt(connection, range, offset, isolation)
      if (row.errorCode === Code.OffsetOutOfRange) {
        const start = await startOffset(cluster, nodeId, range)
        if (start <= offset) return
        offset = start
        continue
      }
      if (row.errorCode !== 0) {
        const needed = { operation: 'Read', resource: `topic ${range.topic}` } as const
        throw refusal(cluster, row.errorCode, `reading ${range.topic}-${range.partition}`, needed)
      }
      let next = offset
      for (const batch of batchesOf(row, answer)) next = batch.lastOffset + 1
      yield { row, answer }
      if (next === offset || next >= (isolation === 'read_committed' ? row.lastStableOffset : row.highWatermark)) return
      offset = next
    }
  } finally {
    connection.close()
  }
}

/** The whole batches of an answer. */
export function batchesOf({ recordsStart, recordsEnd }: FetchedPartition, answer: Buffer): Generator<RecordBatch> {
  return batchesIn(answer, recordsStart, recordsEnd)
}

async function fetchAt(
  connection: Connection,
  { topic, partition }: LogRange,
  fetchOffset: number,
  isolation: 'read_committed' | 'read_uncommitted',
): Promise<LogAnswer> {
  const body = new ByteWriter()
  fetch.write(body, {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: FETCH_BYTES,
    isolation,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [{ topic, partitions: [{ partition, currentLeaderEpoch: -1, fetchOffset, maxBytes: FETCH_BYTES }] }],
    forgotten: [],
  })
  const answer = await connection.send(fetch, [body.bytes()])
  const [row] = fetch.read(new ByteReader(answer)).partitions
  if (!row) throw new Error(`the answer to Fetch lacks ${topic}-${partition}`)
  return { row, answer }
}

async function startOffset(cluster: Cluster, nodeId: number, { topic, partition }: LogRange): Promise<number> {
  const [row] = await cluster.call(nodeId, listOffsets, {
    isolation: 'read_uncommitted',
    topics: [{ topic, partitions: [{ partition, timestamp: EARLIEST_TIMESTAMP }] }],
  })
  if (row?.errorCode !== 0) throw new KafkaError(row?.errorCode ?? -1, `the start of ${topic}-${partition}`)
  return row.offset
}
