import type { Clock } from '../clock.js'
import { ConnectionError, KafkaError } from '../wire/kafka-errors.js'
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP, listOffsets } from '../wire/messages/list-offsets.js'
import type { LogSide } from './connection-pool.js'
import { patiently } from './patience.js'

/** The first offset that a partition still holds. */
export function logStart(side: LogSide, topic: string, partition: number, clock: Clock): Promise<number> {
  return ask(side, { topic, partition, timestamp: EARLIEST_TIMESTAMP }, clock)
}

/** The last stable offset: where a committed reader ends today. */
export function stableEnd(side: LogSide, topic: string, partition: number, clock: Clock): Promise<number> {
  return ask(side, { topic, partition, timestamp: LATEST_TIMESTAMP }, clock)
}

function ask(
  { cluster, leaders }: LogSide,
  { topic, partition, timestamp }: { topic: string; partition: number; timestamp: number },
  clock: Clock,
): Promise<number> {
  const where = `the offsets of ${topic}-${partition} on ${cluster.alias}`
  return patiently({ leaders, clock }, async () => {
    const leader = leaders.of(topic, partition)
    if (leader === undefined) throw new ConnectionError(`${where}: it has no leader`)
    const topics = [{ topic, partitions: [{ partition, timestamp }] }]
    const [row] = await cluster.call(leader.nodeId, listOffsets, { isolation: 'read_committed', topics })
    if (row === undefined || row.errorCode !== 0) throw new KafkaError(row?.errorCode ?? -1, where)
    return row.offset
  })
}
