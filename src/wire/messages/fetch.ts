import type { Api } from '../api.js'

export interface FetchRequest {
  maxWaitMs: number
  minBytes: number
  maxBytes: number
  isolation: 'read_committed' | 'read_uncommitted'
  /** 0 and epoch 0 ask for a new session, epoch -1 for none (KIP-227). */
  sessionId: number
  sessionEpoch: number
  topics: { topic: string; partitions: FetchPartition[] }[]
  forgotten: { topic: string; partitions: number[] }[]
}

export interface FetchPartition {
  partition: number
  /** -1 skips the check that both sides mean the same leader. */
  currentLeaderEpoch: number
  fetchOffset: number
  maxBytes: number
}

export interface FetchResponse {
  throttleTimeMs: number
  errorCode: number
  sessionId: number
  partitions: FetchedPartition[]
}

/** Where a leader epoch ends in a log: the first offset behind it. */
export interface EpochEnd {
  epoch: number
  endOffset: number
}

export interface FetchedPartition {
  /** Version 11 answers with the topic's name, version 13 with its id. */
  topic?: string
  topicId?: string
  partition: number
  errorCode: number
  highWatermark: number
  /** -1 from a broker that does not know it. */
  lastStableOffset: number
  logStartOffset: number
  abortedTransactions: { producerId: number; firstOffset: number }[]
  /** Where the records lie in the answer's buffer: from `recordsStart` up to `recordsEnd`. */
  recordsStart: number
  recordsEnd: number
  /** The log parts here from what was read before `fetchOffset`; only where the request said in which epoch that was. */
  diverging?: EpochEnd
}

/*
 * Version 11 (Kafka 2.4 … 4.x) is the newest without tagged fields and with the preferred replica. Where a broker offers
 * version 13, the data path speaks that (`fetch-by-id.ts`).
 *
 * Fetch Request (Version: 11) => replica_id max_wait_ms min_bytes max_bytes isolation_level session_id session_epoch
 *                                [topics] [forgotten_topics_data] rack_id
 *   topics => topic [partitions]
 *     partitions => partition current_leader_epoch fetch_offset log_start_offset partition_max_bytes
 *   forgotten_topics_data => topic [partitions]
 * Fetch Response (Version: 11) => throttle_time_ms error_code session_id [responses]
 *   responses => topic [partitions]
 *     partitions => partition_index error_code high_watermark last_stable_offset log_start_offset
 *                   [aborted_transactions] preferred_read_replica records
 *       aborted_transactions => producer_id first_offset
 */
export const fetch: Api<FetchRequest, FetchResponse> = {
  name: 'Fetch',
  key: 1,
  version: 11,
  flexible: false,
  write: (writer, request) => {
    writer.int32(-1).int32(request.maxWaitMs).int32(request.minBytes).int32(request.maxBytes)
    writer.int8(request.isolation === 'read_committed' ? 1 : 0)
    writer.int32(request.sessionId).int32(request.sessionEpoch)
    writer.array(request.topics, ({ topic, partitions }) => {
      writer.string(topic).array(partitions, p => {
        writer.int32(p.partition).int32(p.currentLeaderEpoch).int64(p.fetchOffset).int64(-1).int32(p.maxBytes)
      })
    })
    writer.array(request.forgotten, ({ topic, partitions }) => {
      writer.string(topic).array(partitions, partition => writer.int32(partition))
    })
    writer.string('')
  },
  read: reader => {
    const throttleTimeMs = reader.int32()
    const errorCode = reader.int16()
    const sessionId = reader.int32()
    const partitions: FetchedPartition[] = []
    reader.array(() => {
      const topic = reader.string()
      reader.array(() => {
        const row = {
          topic,
          partition: reader.int32(),
          errorCode: reader.int16(),
          highWatermark: reader.int64(),
          lastStableOffset: reader.int64(),
          logStartOffset: reader.int64(),
          abortedTransactions: reader.array(() => ({ producerId: reader.int64(), firstOffset: reader.int64() })),
        }
        reader.int32()
        const size = Math.max(0, reader.int32())
        const recordsStart = reader.skip(size)
        partitions.push({ ...row, recordsStart, recordsEnd: recordsStart + size })
      })
    })
    return { throttleTimeMs, errorCode, sessionId, partitions }
  },
}
