import type { MemoryBroker, MemoryCluster } from './memory-cluster.js'
import type { PartitionLog } from './partition-log.js'

const UNKNOWN_TOPIC = 3
const TOPIC_ALREADY_EXISTS = 36
const INVALID_PARTITIONS = 37
const FENCED_LEADER_EPOCH = 74
const UNKNOWN_LEADER_EPOCH = 75

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
  19: createTopics,
  22: initProducerId,
  23: offsetForLeaderEpoch,
  32: describeConfigs,
  37: createPartitions,
  44: incrementalAlterConfigs,
  61: describeProducers,
}

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
  return { clusterId: cluster.id, controllerId: cluster.liveBrokers[0]?.nodeId ?? -1, brokers, topics: rows }
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

function offsetForLeaderEpoch(
  cluster: MemoryCluster,
  broker: MemoryBroker,
  request: {
    topics: { topic: string; partitions: { partition: number; currentLeaderEpoch: number; leaderEpoch: number }[] }[]
  },
) {
  const rows = request.topics.flatMap(({ topic, partitions }) => partitions.map(row => ({ topic, ...row })))
  const failed = { epoch: -1, endOffset: -1 }
  return rows.map(({ topic, partition, leaderEpoch, currentLeaderEpoch }) => {
    const row = ledRow(cluster, broker, { topic, partition }, failed, log => log.epochs.endOf(leaderEpoch, log.end))
    const known = cluster.partition(topic, partition)?.leader.epoch ?? -1
    if (row.errorCode !== 0 || currentLeaderEpoch < 0 || currentLeaderEpoch === known) return row
    return { ...row, ...failed, errorCode: currentLeaderEpoch < known ? FENCED_LEADER_EPOCH : UNKNOWN_LEADER_EPOCH }
  })
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

function createTopics(
  cluster: MemoryCluster,
  _broker: MemoryBroker,
  { topics }: { topics: { topic: string; partitions: number; configs: Record<string, string> }[] },
) {
  return topics.map(({ topic, partitions, configs }) => {
    if (cluster.topics.has(topic)) return { topic, errorCode: TOPIC_ALREADY_EXISTS, errorMessage: null }
    cluster.create(topic, partitions, configs)
    cluster.world.tell(`${cluster.alias} creates ${topic} with ${partitions} partitions`)
    return { topic, errorCode: 0, errorMessage: null }
  })
}

function createPartitions(
  cluster: MemoryCluster,
  _broker: MemoryBroker,
  { topics }: { topics: { topic: string; count: number }[] },
) {
  return topics.map(({ topic: name, count }) => {
    const topic = cluster.topics.get(name)
    const errorCode = !topic ? UNKNOWN_TOPIC : count <= topic.partitions.length ? INVALID_PARTITIONS : 0
    if (topic && errorCode === 0) cluster.grow(topic, count)
    return { topic: name, errorCode, errorMessage: null }
  })
}

function describeConfigs(cluster: MemoryCluster, _broker: MemoryBroker, { topics }: { topics: readonly string[] }) {
  return topics.map(name => {
    const topic = cluster.topics.get(name)
    const configs = new Map(topic?.configs)
    return {
      topic: name,
      errorCode: topic ? 0 : UNKNOWN_TOPIC,
      errorMessage: null,
      overrides: configs,
      values: configs,
    }
  })
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
