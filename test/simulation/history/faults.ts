import { encodeBatch, restOf } from '../broker/batch.js'
import type { MemoryBroker, MemoryCluster } from '../broker/memory-cluster.js'
import type { PartitionLog } from '../broker/partition-log.js'
import type { Random } from '../random.js'
import { FOREIGN_PRODUCERS_FROM } from './judge.js'
import type { Stage } from './stage.js'

export interface Fault {
  name: string
  /** How often it is chosen, beside the others. */
  weight: number
  strike(stage: Stage): void
}

const side = ({ random, source, target }: Stage) => random.pick([source, target])

/** Those of its topics that are no notes of ours. */
export const ownPartitions = (cluster: MemoryCluster): PartitionLog[] =>
  cluster.allPartitions().filter(({ topic }) => !topic.startsWith('__'))

const copiedOn = ({ source, target, targetNameOf }: Stage): PartitionLog[] =>
  source.allPartitions().flatMap(({ topic, partition }) => target.partition(targetNameOf(topic), partition) ?? [])

/** The process dies at once, and another is started a little later. */
const kill: Fault = {
  name: 'kill',
  weight: 8,
  strike: ({ world, random, engines }) => {
    const engine = random.pick(engines)
    engine.kill()
    world.time.after(random.between(0, 2_500), () => engine.start())
  },
}

const stop: Fault = {
  name: 'stop',
  weight: 3,
  strike: ({ world, random, engines }) => {
    const engine = random.pick(engines)
    void engine.stop().then(() => world.time.after(random.between(0, 1_500), () => engine.start()))
  },
}

/** One connection breaks; what was on the way may be carried out or not, and no answer comes. */
const cut: Fault = {
  name: 'cut',
  weight: 12,
  strike: stage => {
    const { world, random } = stage
    const cluster = side(stage)
    const sockets = cluster.brokers.flatMap(({ sockets }) => [...sockets])
    if (sockets.length === 0) return
    const data = sockets.filter(({ isData }) => isData)
    world.tell(`a connection to ${cluster.alias} breaks`)
    random.pick(data.length > 0 && random.chance(0.8) ? data : sockets).sever('it broke')
  },
}

const pause: Fault = {
  name: 'pause',
  weight: 5,
  strike: stage => {
    const { world, random } = stage
    const cluster = side(stage)
    const broker = random.pick(cluster.brokers)
    const ms = random.chance(0.05) ? random.between(31_000, 35_000) : random.between(50, 3_000)
    broker.pausedUntil = world.time.elapsed + ms
    world.tell(`broker ${broker.nodeId} of ${cluster.alias} hangs for ${ms} ms`)
  },
}

const moveLeader: Fault = {
  name: 'move-leader',
  weight: 8,
  strike: stage => {
    const { world, random } = stage
    const cluster = side(stage)
    const logs = cluster.allPartitions()
    if (logs.length === 0 || cluster.liveBrokers.length === 0) return
    const log = random.pick(logs)
    const nodeId = random.pick(cluster.liveBrokers).nodeId
    cluster.lead(log, nodeId)
    world.tell(`${cluster.alias} ${log.topic}-${log.partition} is led by ${nodeId} in epoch ${log.leader.epoch}`)
  },
}

const restartBroker: Fault = {
  name: 'restart-broker',
  weight: 5,
  strike: stage => {
    const { world, random } = stage
    const cluster = side(stage)
    const broker: MemoryBroker = random.pick(cluster.brokers)
    if (!broker.isUp) return
    const ms = random.between(50, 4_000)
    world.tell(`broker ${broker.nodeId} of ${cluster.alias} stops for ${ms} ms`)
    cluster.stopBroker(broker)
    world.time.after(ms, () => {
      if (!broker.isUp) cluster.startBroker(broker)
    })
  },
}

const expire: Fault = {
  name: 'expire-producers',
  weight: 6,
  strike: ({ world, target }) => {
    const forgotten = target.expireProducers()
    if (forgotten > 0) world.tell(`the target forgets ${forgotten} producers`)
  },
}

/** NOT_ENOUGH_REPLICAS before the append, NOT_ENOUGH_REPLICAS_AFTER_APPEND and REQUEST_TIMED_OUT behind it. */
const refuse: Fault = {
  name: 'refuse',
  weight: 7,
  strike: stage => {
    const { world, random, target } = stage
    const logs = random.chance(0.2) ? target.allPartitions() : copiedOn(stage)
    if (logs.length === 0) return
    const log = random.pick(logs)
    const code = random.pick([19, 19, 20, 7])
    const ms = random.between(1, 2_000)
    target.refusals.set(log, { code, appends: code !== 19, until: world.time.now + ms })
    world.tell(`target ${log.topic}-${log.partition} answers ${code} for ${ms} ms`)
  },
}

const writeBeside: Fault = {
  name: 'write-beside',
  weight: 4,
  strike: stage => {
    const { world, random } = stage
    const logs = copiedOn(stage)
    if (logs.length === 0) return
    const log = random.pick(logs)
    const count = random.between(1, 4)
    const records = Array.from({ length: count }, (_, offset) => ({
      offset,
      timestamp: world.time.now,
      attributes: 0,
      rest: restOf('foreign', 'x', []),
    }))
    log.append(
      encodeBatch(records, { producerId: FOREIGN_PRODUCERS_FROM + log.end, producerEpoch: 0, baseSequence: 0 }),
    )
    world.tell(`target ${log.topic}-${log.partition} +${count} by somebody else`)
  },
}

const truncate: Fault = {
  name: 'truncate',
  weight: 2,
  strike: ({ world, random, source, judge }) => {
    const logs = source.allPartitions().filter(log => log.lastStableOffset > log.start)
    if (logs.length === 0) return
    const log = random.pick(logs)
    const truth = judge.truth(log.topic, log.partition)
    const copied = Math.max(log.start, Math.min(truth.copiedTo, log.lastStableOffset))
    // Mostly what has been copied, as retention does.
    const before = random.chance(0.7)
      ? random.between(log.start, copied)
      : random.between(log.start, log.lastStableOffset)
    if (before === log.start) return
    truth.deletedBefore(before, judge.notedNext(log.topic, log.partition))
    log.deleteBefore(before)
    world.tell(`source ${truth.name} loses what lies before ${before} (copied to ${truth.copiedTo})`)
  },
}

/** An unclean election on the source: what the new leader never had is gone. */
const cutSource: Fault = {
  name: 'cut-source',
  weight: 2,
  strike: ({ world, random, source, judge, workload }) => {
    const log = random.pick(ownPartitions(source))
    const cut = cutPoint(log, random)
    if (cut === undefined) return
    const truth = judge.truth(log.topic, log.partition)
    truth.cutBack(cut)
    workload.cutBack(log, cut)
    source.cutBack(log, cut)
    world.tell(`source ${truth.name} is cut back to ${cut} (copied to ${truth.copiedTo}), epoch ${log.leader.epoch}`)
  },
}

const cutTarget: Fault = {
  name: 'cut-target',
  weight: 2,
  strike: stage => {
    const { world, random, source, target, judge, targetNameOf } = stage
    const { topic, partition } = random.pick(ownPartitions(source))
    const log = target.partition(targetNameOf(topic), partition)
    const cut = log && cutPoint(log, random)
    if (cut === undefined) return
    const truth = judge.truth(topic, partition)
    truth.targetCutBack(cut)
    target.cutBack(log!, cut)
    world.tell(`target ${truth.name} is cut back to ${cut}, epoch ${log!.leader.epoch}`)
  },
}

/** Mostly a short tail. */
function cutPoint(log: PartitionLog, random: Random): number | undefined {
  // Without a leader nobody could say what is lost.
  const cuts = log.leader.nodeId < 0 ? [] : log.cuts.filter(offset => offset >= log.start)
  return cuts.length === 0 ? undefined : random.pick(random.chance(0.7) ? cuts.slice(-3) : cuts)
}

const compact: Fault = {
  name: 'compact',
  weight: 6,
  strike: ({ world, random, source, judge }) => {
    const logs = source
      .allPartitions()
      .filter(({ topic }) => source.topics.get(topic)?.configs.get('cleanup.policy') === 'compact')
    if (logs.length === 0) return
    const log = random.pick(logs)
    // The active segment is left alone.
    const limit = random.between(log.start, log.lastStableOffset)
    const removed = log.compact(limit, world.time.now, random.chance(0.3))
    judge.truth(log.topic, log.partition).compacted(removed)
    if (removed.length > 0)
      world.tell(`source ${log.topic}-${log.partition} is compacted: ${removed.join(' ')} are gone`)
  },
}

const addPartitions: Fault = {
  name: 'add-partitions',
  weight: 1,
  strike: ({ world, random, source }) => {
    const topic = random.pick([...source.topics.values()])
    if (topic.partitions.length >= 4) return
    source.grow(topic, topic.partitions.length + 1)
    world.tell(`source ${topic.name} has ${topic.partitions.length} partitions`)
  },
}

const newTopic: Fault = {
  name: 'new-topic',
  weight: 1,
  strike: ({ world, random, source }) => {
    const name = `late${source.topics.size}`
    if (source.topics.has(name)) return
    source.create(name, random.between(1, 2))
    world.tell(`source has a new topic ${name}`)
  },
}

const recreateSource: Fault = {
  name: 'recreate-source',
  weight: 1,
  strike: stage => {
    if (stage.source.fetchesById) createSourceAnew(stage)
  },
}

const recreateSourceByName: Fault = {
  name: 'recreate-source-by-name',
  weight: 1,
  strike: stage => {
    if (!stage.source.fetchesById) createSourceAnew(stage)
  },
}

function createSourceAnew({ world, random, source, judge, workload }: Stage): void {
  const topic = random.pick([...source.topics.values()])
  workload.forget(topic)
  for (const log of topic.partitions) judge.truth(topic.name, log.partition).recreated()
  source.topics.delete(topic.name)
  source.create(topic.name, topic.partitions.length, Object.fromEntries(topic.configs))
  world.tell(`source ${topic.name} is created anew`)
}

const recreateTarget: Fault = {
  name: 'recreate-target',
  weight: 1,
  strike: stage => {
    if (stage.obstacles.onTopicRecreated !== 'restart') createTargetAnew(stage)
  },
}

const restartTarget: Fault = {
  name: 'restart-target',
  weight: 1,
  strike: stage => {
    if (stage.obstacles.onTopicRecreated === 'restart') createTargetAnew(stage)
  },
}

function createTargetAnew({ world, random, source, target, targetNameOf, judge }: Stage): void {
  const sourceTopic = random.pick([...source.topics.values()])
  const topic = target.topics.get(targetNameOf(sourceTopic.name))
  if (!topic) return
  for (const log of topic.partitions) judge.truth(sourceTopic.name, log.partition).targetRecreated()
  target.topics.delete(topic.name)
  target.create(topic.name, topic.partitions.length, Object.fromEntries(topic.configs))
  world.tell(`target ${topic.name} is created anew`)
}

const forgetSessions: Fault = {
  name: 'forget-sessions',
  weight: 3,
  strike: ({ world, random, source }) => {
    const broker = random.pick(source.brokers)
    broker.sessions.forgetAll()
    broker.sessions.grants = random.chance(0.8)
    world.tell(
      `source broker ${broker.nodeId} forgets its fetch sessions, ${broker.sessions.grants ? 'grants' : 'refuses'} new ones`,
    )
  },
}

const weather: Fault = {
  name: 'weather',
  weight: 3,
  strike: ({ world, random }) => {
    const minMs = random.next() * random.pick([1, 5, 30])
    world.weather = {
      minMs,
      maxMs: minMs + random.next() * random.pick([1, 20, 200]),
      spikeChance: random.pick([0, 0.02, 0.2]),
      spikeMs: random.pick([50, 500, 3_000]),
    }
    world.tell(`messages take ${minMs.toFixed(1)}-${world.weather.maxMs.toFixed(1)} ms`)
  },
}

export const FAULTS: readonly Fault[] = [
  kill,
  stop,
  cut,
  pause,
  moveLeader,
  restartBroker,
  expire,
  refuse,
  writeBeside,
  truncate,
  cutSource,
  cutTarget,
  compact,
  addPartitions,
  newTopic,
  recreateSource,
  recreateSourceByName,
  recreateTarget,
  restartTarget,
  forgetSessions,
  weather,
]

export function chooseFault(faults: readonly Fault[], random: Random): Fault {
  let rest = random.next() * faults.reduce((sum, { weight }) => sum + weight, 0)
  for (const fault of faults) {
    rest -= fault.weight
    if (rest < 0) return fault
  }
  return faults[0]!
}
