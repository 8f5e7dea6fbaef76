import type { ByteReader } from '../byte-reader.js'
import { ByteWriter } from '../byte-writer.js'

/** One batch for one partition: a broker takes exactly one per partition and request (Kafka: `LogValidator`). */
export interface ProduceBatch {
  topic: string
  partition: number
  bytes: Buffer
}

export interface ProducedPartition {
  topic: string
  partition: number
  errorCode: number
  /** The target offset of the batch's first record; -1 with an error. */
  baseOffset: number
  /** Where the target's log begins now; -1 where the broker does not say. */
  logStartOffset: number
  errorMessage: string | null
}

export const PRODUCE = { name: 'Produce', key: 0, version: 8 } as const

const ALL_IN_SYNC_REPLICAS = -1

/**
 * The body of a Produce request as a list of chunks: our few header bytes between the batches, which are views of the
 * fetched buffers. Nothing is copied; the socket writes the list in one go.
 *
 *   Produce Request (Version: 8) => transactional_id acks timeout_ms [topics]
 *     topics => name [partitions]
 *       partitions => index records
 */
export function produceRequest(batches: readonly ProduceBatch[], timeoutMs: number): Buffer[] {
  const chunks: Buffer[] = []
  let writer = new ByteWriter(64)
  writer.nullableString(null).int16(ALL_IN_SYNC_REPLICAS).int32(timeoutMs).int32(batches.length)
  for (const { topic, partition, bytes } of batches) {
    // A topic may stand in the list more than once, so partitions need not be grouped by topic.
    writer.string(topic).int32(1).int32(partition).int32(bytes.length)
    chunks.push(writer.bytes(), bytes)
    writer = new ByteWriter(64)
  }
  return chunks
}

/*
 *   Produce Response (Version: 8) => [responses] throttle_time_ms
 *     responses => name [partitions]
 *       partitions => index error_code base_offset log_append_time_ms log_start_offset [record_errors] error_message
 *         record_errors => batch_index batch_index_error_message
 */
export function readProduceResponse(reader: ByteReader): { partitions: ProducedPartition[]; throttleTimeMs: number } {
  const partitions: ProducedPartition[] = []
  reader.array(() => {
    const topic = reader.string()
    reader.array(() => {
      const [partition, errorCode, baseOffset] = [reader.int32(), reader.int16(), reader.int64()]
      reader.int64()
      const logStartOffset = reader.int64()
      const details = reader.array(() => ({ index: reader.int32(), message: reader.nullableString() }))
      const errorMessage = reader.nullableString() ?? details[0]?.message ?? null
      partitions.push({ topic, partition, errorCode, baseOffset, logStartOffset, errorMessage })
    })
  })
  return { partitions, throttleTimeMs: reader.int32() }
}
