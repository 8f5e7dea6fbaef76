import type { Api } from '../api.js'
import type { ByteReader } from '../byte-reader.js'
import type { EpochEnd, FetchedPartition, FetchPartition, FetchRequest, FetchResponse } from './fetch.js'

/** What version 13 wants to know beyond version 11, which passes over it. */
export interface FetchByIdRequest extends FetchRequest {
  topics: { topic: string; topicId: string; partitions: ValidatedPartition[] }[]
  forgotten: { topic: string; topicId: string; partitions: number[] }[]
}

export interface ValidatedPartition extends FetchPartition {
  /** The leader epoch of the last batch before `fetchOffset`, for the broker to compare; -1 where it is not known. */
  lastFetchedEpoch: number
}

const DIVERGING_EPOCH_TAG = 0

/*
 * Version 13 (Kafka 3.1 … 4.x) is the first that calls topics by their ids, so that one created anew is never taken for
 * the old one. Since version 12 a broker says where its log parts from what was read (KIP-595).
 *
 * Fetch Request (Version: 13) => replica_id max_wait_ms min_bytes max_bytes isolation_level session_id session_epoch
 *                                [topics] [forgotten_topics_data] rack_id _tags
 *   topics => topic_id [partitions] _tags
 *     partitions => partition current_leader_epoch fetch_offset last_fetched_epoch log_start_offset
 *                   partition_max_bytes _tags
 *   forgotten_topics_data => topic_id [partitions] _tags
 * Fetch Response (Version: 13) => throttle_time_ms error_code session_id [responses] _tags
 *   responses => topic_id [partitions] _tags
 *     partitions => partition_index error_code high_watermark last_stable_offset log_start_offset
 *                   [aborted_transactions] preferred_read_replica records _tags (0 diverging_epoch, 1 current_leader,
 *                   2 snapshot_id)
 *       aborted_transactions => producer_id first_offset _tags
 *       diverging_epoch => epoch end_offset _tags
 */
export const fetchById: Api<FetchByIdRequest, FetchResponse> = {
  name: 'Fetch',
  key: 1,
  version: 13,
  flexible: true,
  write: (writer, request) => {
    writer.int32(-1).int32(request.maxWaitMs).int32(request.minBytes).int32(request.maxBytes)
    writer.int8(request.isolation === 'read_committed' ? 1 : 0)
    writer.int32(request.sessionId).int32(request.sessionEpoch)
    writer.compactArray(request.topics, ({ topicId, partitions }) => {
      writer.uuid(topicId).compactArray(partitions, p => {
        writer.int32(p.partition).int32(p.currentLeaderEpoch).int64(p.fetchOffset).int32(p.lastFetchedEpoch)
        writer.int64(-1).int32(p.maxBytes).noTags()
      })
      writer.noTags()
    })
    writer.compactArray(request.forgotten, ({ topicId, partitions }) => {
      writer
        .uuid(topicId)
        .compactArray(partitions, partition => writer.int32(partition))
        .noTags()
    })
    writer.compactString('').noTags()
  },
  read: reader => {
    const throttleTimeMs = reader.int32()
    const errorCode = reader.int16()
    const sessionId = reader.int32()
    const partitions: FetchedPartition[] = []
    reader.compactArray(() => {
      const topicId = reader.uuid()
      reader.compactArray(() => {
        partitions.push(readPartition(reader, topicId))
      })
      reader.skipTags()
    })
    reader.skipTags()
    return { throttleTimeMs, errorCode, sessionId, partitions }
  },
}

function readPartition(reader: ByteReader, topicId: string): FetchedPartition {
  const row = {
    topicId,
    partition: reader.int32(),
    errorCode: reader.int16(),
    highWatermark: reader.int64(),
    lastStableOffset: reader.int64(),
    logStartOffset: reader.int64(),
    abortedTransactions: reader.compactArray(() => {
      const aborted = { producerId: reader.int64(), firstOffset: reader.int64() }
      reader.skipTags()
      return aborted
    }),
  }
  reader.int32()
  const size = Math.max(0, reader.unsignedVarint() - 1)
  const recordsStart = reader.skip(size)
  const diverging = readDivergingEpoch(reader)
  return { ...row, recordsStart, recordsEnd: recordsStart + size, ...(diverging ? { diverging } : {}) }
}

/** Of the tagged fields only where the logs part matters here: metadata says who leads. */
function readDivergingEpoch(reader: ByteReader): EpochEnd | undefined {
  let diverging: EpochEnd | undefined
  for (let left = reader.unsignedVarint(); left > 0; left--) {
    const tag = reader.unsignedVarint()
    const size = reader.unsignedVarint()
    const end = reader.skip(size) + size
    if (tag !== DIVERGING_EPOCH_TAG) continue
    reader.position = end - size
    diverging = { epoch: reader.int32(), endOffset: reader.int64() }
    reader.position = end
  }
  return diverging
}
