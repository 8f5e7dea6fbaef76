import { Input, Output } from '../bytes.js'
import type { FetchAsk, SessionRequest } from './fetch-sessions.js'

export interface FetchRequest extends SessionRequest {
  maxWaitMs: number
  maxBytes: number
  isCommitted: boolean
}

export interface FetchRow {
  ask: FetchAsk
  errorCode: number
  highWatermark: number
  lastStable: number
  logStart: number
  aborted: { producerId: number; firstOffset: number }[]
  records: Buffer
  diverging: { epoch: number; endOffset: number } | undefined
}

export function readFetch(version: number, bytes: Buffer): FetchRequest {
  const input = new Input(bytes)
  if (input.int32() !== -1) throw new Error('a fetch says that it comes from a broker')
  const maxWaitMs = input.int32()
  input.int32()
  const maxBytes = input.int32()
  const isCommitted = input.int8() === 1
  const [sessionId, sessionEpoch] = [input.int32(), input.int32()]
  const { asks, forgotten } = version === 13 ? readTopicsById(input) : readTopics(input)
  if (!input.isAtEnd) throw new Error('a fetch is longer than its fields')
  return { maxWaitMs, maxBytes, isCommitted, sessionId, sessionEpoch, byId: version === 13, asks, forgotten }
}

type Topics = Pick<FetchRequest, 'asks' | 'forgotten'>

/*
 * Fetch Request (Version: 11) => replica_id max_wait_ms min_bytes max_bytes isolation_level session_id session_epoch
 *                                [topics] [forgotten_topics_data] rack_id
 */
function readTopics(input: Input): Topics {
  const asks = input.list(() => {
    const topic = input.name()
    return input.list(() => {
      const [partition, leaderEpoch, fetchOffset] = [input.int32(), input.int32(), input.int64()]
      input.int64()
      return { topic, partition, leaderEpoch, fetchOffset, fetchedEpoch: -1, maxBytes: input.int32() }
    })
  })
  const forgotten = input.list(() => {
    const topic = input.name()
    return input.list(() => ({ topic, partition: input.int32() }))
  })
  input.string()
  return { asks: asks.flat(), forgotten: forgotten.flat() }
}

/* Version 13: topics by id, `last_fetched_epoch` behind the offset, compact arrays and tags. */
function readTopicsById(input: Input): Topics {
  const asks = input.compactList(() => {
    const topic = input.uuid()
    const rows = input.compactList(() => {
      const [partition, leaderEpoch, fetchOffset] = [input.int32(), input.int32(), input.int64()]
      const fetchedEpoch = input.int32()
      input.int64()
      const ask = { topic, partition, leaderEpoch, fetchOffset, fetchedEpoch, maxBytes: input.int32() }
      input.noTags()
      return ask
    })
    input.noTags()
    return rows
  })
  const forgotten = input.compactList(() => {
    const topic = input.uuid()
    const rows = input.compactList(() => ({ topic, partition: input.int32() }))
    input.noTags()
    return rows
  })
  input.raw(input.unsignedVarint() - 1)
  input.noTags()
  return { asks: asks.flat(), forgotten: forgotten.flat() }
}

interface Head {
  errorCode: number
  sessionId: number
}

export function writeFetchAnswer(version: number, head: Head, rows: readonly FetchRow[]): Buffer {
  return version === 13 ? writeById(head, rows) : writeByName(head, rows)
}

/*
 * Fetch Response (Version: 11) => throttle_time_ms error_code session_id [responses]
 *   responses => topic [partitions]
 *     partitions => partition_index error_code high_watermark last_stable_offset log_start_offset
 *                   [aborted_transactions] preferred_read_replica records
 */
function writeByName({ errorCode, sessionId }: Head, rows: readonly FetchRow[]): Buffer {
  const out = new Output().int32(0).int16(errorCode).int32(sessionId)
  out.list(rows, row => {
    out.string(row.ask.topic).int32(1)
    out.int32(row.ask.partition).int16(row.errorCode)
    out.int64(row.highWatermark).int64(row.lastStable).int64(row.logStart)
    out.list(row.aborted, ({ producerId, firstOffset }) => out.int64(producerId).int64(firstOffset))
    out.int32(-1).int32(row.records.length).raw(row.records)
  })
  return out.done()
}

/* Version 13: the same with ids, compact arrays and tags; `diverging_epoch` is tag 0. The header has tags too. */
function writeById({ errorCode, sessionId }: Head, rows: readonly FetchRow[]): Buffer {
  const out = new Output().unsignedVarint(0).int32(0).int16(errorCode).int32(sessionId)
  out.compactList(rows, row => {
    out.raw(Buffer.from(row.ask.topic, 'hex')).unsignedVarint(2)
    out.int32(row.ask.partition).int16(row.errorCode)
    out.int64(row.highWatermark).int64(row.lastStable).int64(row.logStart)
    out.compactList(row.aborted, ({ producerId, firstOffset }) =>
      out.int64(producerId).int64(firstOffset).unsignedVarint(0),
    )
    out
      .int32(-1)
      .unsignedVarint(row.records.length + 1)
      .raw(row.records)
    if (row.diverging) {
      const { epoch, endOffset } = row.diverging
      out.unsignedVarint(1).unsignedVarint(0).unsignedVarint(13).int32(epoch).int64(endOffset).unsignedVarint(0)
    } else out.unsignedVarint(0)
    out.unsignedVarint(0)
  })
  return out.unsignedVarint(0).done()
}
