import type { MemoryBroker } from '../broker/memory-cluster.js'
import type { Random } from '../random.js'
import {
  addPartitions,
  compact,
  copiedOn,
  cutBoth,
  cutSource,
  cutTarget,
  type Fault,
  newTopic,
  recreateSource,
  recreateSourceByName,
  recreateTarget,
  restartTarget,
  truncate,
  truncateTarget,
  writeBeside,
} from './log-faults.js'
import type { Stage } from './stage.js'

const side = ({ random, source, target }: Stage) => random.pick([source, target])

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

/** What is sent is carried out at once, and what comes of it is heard seconds later. */
const congest: Fault = {
  name: 'congest',
  weight: 6,
  strike: stage => {
    const { world, random } = stage
    const cluster = side(stage)
    const sockets = cluster.brokers.flatMap(({ sockets }) => [...sockets])
    if (sockets.length === 0) return
    const ms = random.between(500, 5_000)
    random.pick(sockets).congestionMs = ms
    world.tell(`answers on a connection to ${cluster.alias} come ${ms} ms late`)
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

const moveCoordinator: Fault = {
  name: 'move-coordinator',
  weight: 3,
  strike: stage => {
    const cluster = side(stage)
    stage.world.tell(`groups of ${cluster.alias} get another coordinator, broker ${cluster.groups.move()}`)
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
  congest,
  pause,
  moveLeader,
  restartBroker,
  moveCoordinator,
  expire,
  refuse,
  writeBeside,
  truncate,
  truncateTarget,
  cutSource,
  cutTarget,
  cutBoth,
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
