import { Input, Output } from '../bytes.js'
import { type FetchAsk, mustTell, type SessionView } from './fetch-sessions.js'
import type { MemoryBroker, MemoryCluster } from './memory-cluster.js'

interface FetchRequest {
  maxWaitMs: number
  maxBytes: number
  isCommitted: boolean
  sessionId: number
  sessionEpoch: number
  asks: FetchAsk[]
  forgotten: { topic: string; partition: number }[]
}

interface Row {
  ask: FetchAsk
  errorCode: number
  highWatermark: number
  lastStable: number
  logStart: number
  aborted: { producerId: number; firstOffset: number }[]
  records: Buffer
}

/** Fetch v11: answers at once when there is something to say, else when there is or the time is over. */
export function answerFetch(
  cluster: MemoryCluster,
  broker: MemoryBroker,
  bytes: Buffer,
  reply: (answer: Buffer) => void,
): void {
  const request = readRequest(bytes)
  const { time } = cluster.world
  const view = broker.sessions.open(request.sessionId, request.sessionEpoch, request.asks, request.forgotten)
  if (view.kind === 'error') return reply(writeAnswer(view.code, 0, []))
  const deadline = time.elapsed + request.maxWaitMs
  let answered = false
  const look = () => {
    if (answered) return
    const rows = readAll(cluster, broker, request, view.asks)
    const isNews = rows.some(({ errorCode, records }) => errorCode !== 0 || records.length > 0)
    if (!isNews && time.elapsed < deadline) return
    answered = true
    broker.waiting.delete(look)
    reply(writeAnswer(0, view.session?.id ?? 0, told(view, rows)))
  }
  broker.waiting.add(look)
  look()
  if (!answered) time.after(request.maxWaitMs, look)
}

function told(view: Exclude<SessionView, { kind: 'error' }>, rows: Row[]): Row[] {
  const { session } = view
  if (!session) return rows
  const news = rows.filter(row => mustTell(session, row.ask, row))
  return view.kind === 'full' ? rows : news
}

function readAll(cluster: MemoryCluster, broker: MemoryBroker, request: FetchRequest, asks: FetchAsk[]): Row[] {
  // A broker may give less than asked for at any time, so that answers end at places nobody expects.
  const { brokers: random } = cluster.world
  let budget = random.chance(0.2) ? random.between(1, 600) : request.maxBytes
  return asks.map(ask => {
    const row = readOne(cluster, broker, request, ask, budget)
    budget = Math.max(0, budget - row.records.length)
    return row
  })
}

const NOTHING = Buffer.alloc(0)
const NOT_LEADER = 6
const UNKNOWN_TOPIC = 3
const OFFSET_OUT_OF_RANGE = 1
const FENCED_LEADER_EPOCH = 74
const UNKNOWN_LEADER_EPOCH = 75

function readOne(
  cluster: MemoryCluster,
  broker: MemoryBroker,
  { isCommitted, maxBytes }: FetchRequest,
  ask: FetchAsk,
  budget: number,
): Row {
  const failed = (errorCode: number): Row => ({
    ask,
    errorCode,
    highWatermark: -1,
    lastStable: -1,
    logStart: -1,
    aborted: [],
    records: NOTHING,
  })
  const log = cluster.partition(ask.topic, ask.partition)
  if (!log) return failed(UNKNOWN_TOPIC)
  if (log.leader.nodeId !== broker.nodeId) return failed(NOT_LEADER)
  if (ask.leaderEpoch >= 0 && ask.leaderEpoch < log.leader.epoch) return failed(FENCED_LEADER_EPOCH)
  if (ask.leaderEpoch > log.leader.epoch) return failed(UNKNOWN_LEADER_EPOCH)
  if (ask.fetchOffset < log.start || ask.fetchOffset > log.end) return failed(OFFSET_OUT_OF_RANGE)
  const limit = isCommitted ? log.lastStableOffset : log.end
  const row = { ask, errorCode: 0, highWatermark: log.end, lastStable: log.lastStableOffset, logStart: log.start }
  const batches = log.from(ask.fetchOffset, limit)
  const first = batches[0]
  if (!first || budget === 0) return { ...row, aborted: [], records: NOTHING }
  // Only the first partition with records is sure to get a whole batch; any answer may end inside one.
  const isFirst = budget === maxBytes || budget <= 600
  const most = Math.max(Math.min(ask.maxBytes, budget), isFirst ? first.bytes.length : 0)
  const records = Buffer.concat(batches.map(({ bytes }) => bytes)).subarray(0, most)
  const upperBound = (batches.at(-1)?.lastOffset ?? ask.fetchOffset) + 1
  const aborted = isCommitted ? log.abortedBetween(ask.fetchOffset, upperBound) : []
  return { ...row, aborted, records }
}

/*
 * Fetch Request (Version: 11) => replica_id max_wait_ms min_bytes max_bytes isolation_level session_id session_epoch
 *                                [topics] [forgotten_topics_data] rack_id
 */
function readRequest(bytes: Buffer): FetchRequest {
  const input = new Input(bytes)
  if (input.int32() !== -1) throw new Error('a fetch says that it comes from a broker')
  const maxWaitMs = input.int32()
  input.int32()
  const maxBytes = input.int32()
  const isCommitted = input.int8() === 1
  const sessionId = input.int32()
  const sessionEpoch = input.int32()
  const asks = input.list(() => {
    const topic = input.name()
    return input.list(() => {
      const [partition, leaderEpoch, fetchOffset] = [input.int32(), input.int32(), input.int64()]
      input.int64()
      return { topic, partition, leaderEpoch, fetchOffset, maxBytes: input.int32() }
    })
  })
  const forgotten = input.list(() => {
    const topic = input.name()
    return input.list(() => ({ topic, partition: input.int32() }))
  })
  input.string()
  if (!input.isAtEnd) throw new Error('a fetch is longer than its fields')
  return { maxWaitMs, maxBytes, isCommitted, sessionId, sessionEpoch, asks: asks.flat(), forgotten: forgotten.flat() }
}

/*
 * Fetch Response (Version: 11) => throttle_time_ms error_code session_id [responses]
 *   responses => topic [partitions]
 *     partitions => partition_index error_code high_watermark last_stable_offset log_start_offset
 *                   [aborted_transactions] preferred_read_replica records
 */
function writeAnswer(errorCode: number, sessionId: number, rows: Row[]): Buffer {
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
