import { Input, Output } from '../bytes.js'
import { hasRightCrc, headerOf, keyOf, recordsOf } from './batch.js'
import type { MemoryBroker, MemoryCluster } from './memory-cluster.js'
import type { PartitionLog } from './partition-log.js'

interface Row {
  topic: string
  partition: number
  errorCode: number
  baseOffset: number
}

/** Produce v8: every partition is judged for itself. */
export function answerProduce(cluster: MemoryCluster, broker: MemoryBroker, bytes: Buffer): Buffer {
  const { brokers: random } = cluster.world
  const rows = readRequest(bytes).map(({ topic, partition, records }): Row => {
    const { code, baseOffset } = produceOne(cluster, broker, topic, partition, records)
    return { topic, partition, errorCode: code, baseOffset }
  })
  // Brokers answer in the order of the request as a rule; nothing promises it.
  return writeAnswer(random.chance(0.1) ? random.shuffle(rows) : rows)
}

const refused = (code: number) => ({ code, baseOffset: -1 })

function produceOne(cluster: MemoryCluster, broker: MemoryBroker, topic: string, partition: number, bytes: Buffer) {
  const log = cluster.partition(topic, partition)
  if (!log) return refused(3)
  if (log.leader.nodeId !== broker.nodeId) return refused(6)
  const refusal = cluster.refusals.get(log)
  const isRefused = refusal !== undefined && refusal.until > cluster.world.time.now
  if (isRefused && !refusal.appends) return refused(refusal.code)
  const isCompacted = cluster.topics.get(topic)?.configs.get('cleanup.policy') === 'compact'
  // A small limit is the topic's own; the replicator's notes are in a topic of its own.
  const maxBytes = topic.startsWith('__') ? Number.POSITIVE_INFINITY : cluster.maxMessageBytes
  const fault = faultOf(bytes, maxBytes, isCompacted)
  if (fault !== 0) return refused(fault)
  const result = append(log, bytes)
  return isRefused && result.code === 0 ? refused(refusal.code) : result
}

/** What a broker checks before it looks at sequence numbers (Kafka: `UnifiedLog`, `LogValidator`). */
function faultOf(bytes: Buffer, maxMessageBytes: number, isCompacted: boolean): number {
  const header = headerOf(bytes)
  if (header.sizeBytes < bytes.length) return 87 // more than one batch
  if (header.sizeBytes > bytes.length) return 2
  if (header.magic !== 2) return 87
  if (header.isTransactional) return 53
  if (header.baseOffset !== 0) return 87
  if (bytes.length > maxMessageBytes) return 10
  if (!hasRightCrc(bytes)) return 2
  if (header.recordCount <= 0 || header.lastOffsetDelta + 1 !== header.recordCount) return 87
  if (header.isControl) return 87
  if (header.producerId >= 0 && header.baseSequence < 0) return 87
  if (header.isLogAppendTime) return 32
  const records = recordsOf(bytes, header)
  // For compressed batches the broker rebuilds what does not count 0, 1, 2 …; a replicator never needs that.
  if (records.some(({ offset }, n) => offset !== n)) return -1
  if (isCompacted && records.some(record => keyOf(record) === null)) return 87
  return 0
}

function append(log: PartitionLog, bytes: Buffer): { code: number; baseOffset: number } {
  const header = headerOf(bytes)
  if (header.producerId >= 0) {
    const verdict = log.producers.judge(header)
    if (verdict.kind === 'refuse') return refused(verdict.code)
    if (verdict.kind === 'duplicate') return { code: 0, baseOffset: verdict.baseOffset }
  }
  return { code: 0, baseOffset: log.append(bytes).header.baseOffset }
}

/*
 * Produce Request (Version: 8) => transactional_id acks timeout_ms [topics]
 *   topics => name [partitions]
 *     partitions => index records
 */
function readRequest(bytes: Buffer): { topic: string; partition: number; records: Buffer }[] {
  const input = new Input(bytes)
  if (input.string() !== null) throw new Error('a produce names a transaction')
  if (input.int16() !== -1) throw new Error('a produce does not wait for all replicas')
  input.int32()
  const rows = input.list(() => {
    const topic = input.name()
    return input.list(() => {
      const partition = input.int32()
      return { topic, partition, records: input.raw(input.int32()) }
    })
  })
  if (!input.isAtEnd) throw new Error('a produce is longer than its fields')
  return rows.flat()
}

/*
 * Produce Response (Version: 8) => [responses] throttle_time_ms
 *   responses => name [partitions]
 *     partitions => index error_code base_offset log_append_time_ms log_start_offset [record_errors] error_message
 */
function writeAnswer(rows: Row[]): Buffer {
  const out = new Output()
  out.list(rows, ({ topic, partition, errorCode, baseOffset }) => {
    out.string(topic).int32(1).int32(partition).int16(errorCode).int64(baseOffset).int64(-1).int64(0).int32(0)
    out.string(null)
  })
  return out.int32(0).done()
}
