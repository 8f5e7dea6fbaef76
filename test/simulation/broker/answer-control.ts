import { KafkaError } from '../../../src/wire/kafka-errors.js'
import type { MemoryBroker, MemoryCluster } from './memory-cluster.js'
import type { PartitionLog } from './partition-log.js'

type Handler = (cluster: MemoryCluster, broker: MemoryBroker, request: never) => unknown

interface PartitionRow {
  topic: string
  partition: number
}

/**
 * Requests that come as objects, by Kafka's number. A new one is a line here and a function below; one that is missing
 * throws, and the history counts as failed.
 */
const HANDLERS: Record<number, Handler> = {
  2: listOffsets,
  3: metadata,
  19: createTopic,
  20: deleteTopic,
  22: initProducerId,
  23: offsetForLeaderEpoch,
  32: describeConfigs,
  37: createPartitions,
  44: incrementalAlterConfigs,
  61: describeProducers,
}

export const KNOWN_APIS: ReadonlySet<number> = new Set([0, 1, ...Object.keys(HANDLERS).map(Number)])

export function answerControl(cluster: MemoryCluster, broker: MemoryBroker, key: number, request: unknown): unknown {
  const handler = HANDLERS[key]
  if (!handler) throw new Error(`the brokers of the simulation do not know request ${key}`)
  return handler(cluster, broker, request as never)
}

function metadata(cluster: MemoryCluster, _broker: MemoryBroker, { topics }: { topics: string[] | null }) {
  const { time, brokers: random } = cluster.world
  const leaderOf = (log: PartitionLog) =>
    log.before && time.now < log.before.until && random.chance(0.5) ? log.before.leader : log.leader
  const rows = (topics ?? [...cluster.topics.keys()]).map(name => {
    const topic = cluster.topics.get(name)
    if (!topic) return { errorCode: 3, name, topicId: '0'.repeat(32), isInternal: false, partitions: [] }
    const partitions = topic.partitions.map(log => {
      const { nodeId, epoch } = leaderOf(log)
      const isReady = time.now >= topic.readyAt && nodeId >= 0
      return {
        errorCode: isReady ? 0 : 5,
        partition: log.partition,
        leader: isReady ? nodeId : -1,
        leaderEpoch: epoch,
      }
    })
    return { errorCode: 0, name, topicId: topic.id, isInternal: false, partitions: random.shuffle(partitions) }
  })
  const brokers = cluster.liveBrokers.map(({ nodeId }) => ({ nodeId, host: cluster.alias, port: 9000 + nodeId }))
  return { clusterId: cluster.id, controllerId: 0, brokers, topics: rows }
}

function listOffsets(
  cluster: MemoryCluster,
  broker: MemoryBroker,
  request: {
    isolation: string
    topics: { topic: string; partitions: { partition: number; timestamp: number }[] }[]
  },
) {
  const rows = request.topics.flatMap(({ topic, partitions }) => partitions.map(row => ({ topic, ...row })))
  return rows.map(({ topic, partition, timestamp }) =>
    ledRow(cluster, broker, { topic, partition }, { offset: -1 }, log => {
      if (timestamp === -2) return { offset: log.start }
      if (timestamp === -1) return { offset: request.isolation === 'read_committed' ? log.lastStableOffset : log.end }
      throw new Error(`the simulation looks up no offset by time ${timestamp}`)
    }),
  )
}

/** The end of an epoch: where the first larger one begins (Kafka: `LeaderEpochFileCache.endOffsetFor`). */
function offsetForLeaderEpoch(
  cluster: MemoryCluster,
  broker: MemoryBroker,
  request: { topics: { topic: string; partitions: { partition: number; leaderEpoch: number }[] }[] },
) {
  const rows = request.topics.flatMap(({ topic, partitions }) => partitions.map(row => ({ topic, ...row })))
  return rows.map(({ topic, partition, leaderEpoch }) =>
    ledRow(cluster, broker, { topic, partition }, { leaderEpoch: -1, endOffset: -1 }, log => {
      if (leaderEpoch === log.leader.epoch) return { leaderEpoch, endOffset: log.end }
      const known = log.epochs.filter(({ epoch }) => epoch <= leaderEpoch).at(-1)
      const next = log.epochs.find(({ epoch }) => epoch > leaderEpoch)
      if (!known) return { leaderEpoch: -1, endOffset: -1 }
      return { leaderEpoch: known.epoch, endOffset: next?.startOffset ?? log.end }
    }),
  )
}

function describeProducers(
  cluster: MemoryCluster,
  broker: MemoryBroker,
  request: { topics: { topic: string; partitions: number[] }[] },
) {
  const rows = request.topics.flatMap(({ topic, partitions }) => partitions.map(partition => ({ topic, partition })))
  const failed = { errorMessage: null, producers: [] as unknown[] }
  return rows.map(row =>
    ledRow(cluster, broker, row, failed, log => ({ errorMessage: null, producers: log.producers.list() })),
  )
}

function initProducerId(cluster: MemoryCluster) {
  if (cluster.world.brokers.chance(0.1)) return { errorCode: 14, producerId: -1, producerEpoch: -1 }
  return { errorCode: 0, producerId: cluster.nextProducerId++, producerEpoch: 0 }
}

function incrementalAlterConfigs(
  cluster: MemoryCluster,
  _broker: MemoryBroker,
  { topics }: { topics: { topic: string; changes: { name: string; value: string | null }[] }[] },
) {
  return topics.map(({ topic: name, changes }) => {
    const topic = cluster.topics.get(name)
    if (!topic) return { topic: name, errorCode: 3, errorMessage: null }
    for (const { name, value } of changes) {
      if (value === null) topic.configs.delete(name)
      else topic.configs.set(name, value)
    }
    return { topic: name, errorCode: 0, errorMessage: null }
  })
}

function createTopic(
  cluster: MemoryCluster,
  _broker: MemoryBroker,
  { topic, partitions, configs }: { topic: string; partitions: number; configs: Record<string, string> },
) {
  if (cluster.topics.has(topic)) return false
  cluster.create(topic, partitions, configs)
  cluster.world.tell(`${cluster.alias} creates ${topic} with ${partitions} partitions`)
  return true
}

function deleteTopic(cluster: MemoryCluster, _broker: MemoryBroker, { topic }: { topic: string }) {
  cluster.topics.delete(topic)
}

function createPartitions(
  cluster: MemoryCluster,
  _broker: MemoryBroker,
  { topic: name, count }: { topic: string; count: number },
) {
  const topic = cluster.topics.get(name)
  if (!topic) throw new KafkaError(3, `raising topic ${name}`)
  if (count <= topic.partitions.length) throw new KafkaError(37, `raising topic ${name}`)
  cluster.grow(topic, count)
}

function describeConfigs(cluster: MemoryCluster, _broker: MemoryBroker, { topics }: { topics: readonly string[] }) {
  return new Map(
    topics.flatMap(name => {
      const topic = cluster.topics.get(name)
      return topic ? [[name, new Map(topic.configs)] as const] : []
    }),
  )
}

/** One partition's row, or the error of a broker that does not lead it. */
function ledRow<Failed extends object, Row extends object>(
  cluster: MemoryCluster,
  broker: MemoryBroker,
  place: PartitionRow,
  failed: Failed,
  row: (log: PartitionLog) => Row,
) {
  const log = cluster.partition(place.topic, place.partition)
  if (!log) return { ...place, errorCode: 3, ...failed }
  if (log.leader.nodeId !== broker.nodeId) return { ...place, errorCode: 6, ...failed }
  return { ...place, errorCode: 0, ...row(log) }
}
