import { type FetchRequest, type FetchRow, readFetch, writeFetchAnswer } from './fetch-messages.js'
import { type FetchAsk, mustTell, type SessionView } from './fetch-sessions.js'
import type { MemoryBroker, MemoryCluster } from './memory-cluster.js'
import type { PartitionLog } from './partition-log.js'

/** Fetch v11 and v13: answers at once when there is something to say, else when there is or the time is over. */
export function answerFetch(
  cluster: MemoryCluster,
  broker: MemoryBroker,
  { bytes, version }: { bytes: Buffer; version: number },
  reply: (answer: Buffer) => void,
): void {
  const request = readFetch(version, bytes)
  const { time } = cluster.world
  const view = broker.sessions.open(request)
  if (view.kind === 'error') return reply(writeFetchAnswer(version, { errorCode: view.code, sessionId: 0 }, []))
  const deadline = time.elapsed + request.maxWaitMs
  let answered = false
  const look = () => {
    if (answered) return
    const rows = readAll(cluster, broker, request, view.asks)
    const isNews = rows.some(row => row.errorCode !== 0 || row.diverging !== undefined || row.records.length > 0)
    if (!isNews && time.elapsed < deadline) return
    answered = true
    broker.waiting.delete(look)
    reply(writeFetchAnswer(version, { errorCode: 0, sessionId: view.session?.id ?? 0 }, told(view, rows)))
  }
  broker.waiting.add(look)
  look()
  if (!answered) time.after(request.maxWaitMs, look)
}

function told(view: Exclude<SessionView, { kind: 'error' }>, rows: FetchRow[]): FetchRow[] {
  const { session } = view
  if (!session) return rows
  const news = rows.filter(row => mustTell(session, row.ask, row))
  return view.kind === 'full' ? rows : news
}

function readAll(cluster: MemoryCluster, broker: MemoryBroker, request: FetchRequest, asks: FetchAsk[]): FetchRow[] {
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
const UNKNOWN_TOPIC_ID = 100
const OFFSET_OUT_OF_RANGE = 1
const FENCED_LEADER_EPOCH = 74
const UNKNOWN_LEADER_EPOCH = 75

function readOne(
  cluster: MemoryCluster,
  broker: MemoryBroker,
  { isCommitted, maxBytes, byId }: FetchRequest,
  ask: FetchAsk,
  budget: number,
): FetchRow {
  const failed = (errorCode: number): FetchRow => ({
    ask,
    errorCode,
    highWatermark: -1,
    lastStable: -1,
    logStart: -1,
    aborted: [],
    records: NOTHING,
    diverging: undefined,
  })
  const log = byId ? cluster.partitionById(ask.topic, ask.partition) : cluster.partition(ask.topic, ask.partition)
  if (!log) return failed(byId ? UNKNOWN_TOPIC_ID : UNKNOWN_TOPIC)
  if (log.leader.nodeId !== broker.nodeId) return failed(NOT_LEADER)
  if (ask.leaderEpoch >= 0 && ask.leaderEpoch < log.leader.epoch) return failed(FENCED_LEADER_EPOCH)
  if (ask.leaderEpoch > log.leader.epoch) return failed(UNKNOWN_LEADER_EPOCH)
  const diverging = divergingEpoch(log, ask)
  if (diverging === 'unknown') return failed(OFFSET_OUT_OF_RANGE)
  if (diverging) return { ...failed(0), diverging }
  if (ask.fetchOffset < log.start || ask.fetchOffset > log.end) return failed(OFFSET_OUT_OF_RANGE)
  const limit = isCommitted ? log.lastStableOffset : log.end
  const ends = { highWatermark: log.end, lastStable: log.lastStableOffset, logStart: log.start }
  const row = { ask, errorCode: 0, ...ends, diverging: undefined }
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

/** Where the log parts from what the client has read (Kafka: `Partition.readRecords`). */
function divergingEpoch(log: PartitionLog, { fetchedEpoch, fetchOffset }: FetchAsk): FetchRow['diverging'] | 'unknown' {
  if (fetchedEpoch < 0) return undefined
  const { epoch, endOffset } = log.epochs.endOf(fetchedEpoch, log.end)
  if (epoch < 0 || endOffset < 0 || fetchOffset < log.start) return 'unknown'
  return epoch < fetchedEpoch || endOffset < fetchOffset ? { epoch, endOffset } : undefined
}
