import type { World } from '../world.js'
import { FetchSessions } from './fetch-sessions.js'
import { MemoryGroups } from './memory-groups.js'
import { type Leadership, PartitionLog } from './partition-log.js'

export interface MemoryTopic {
  name: string
  /** 32 hex digits. */
  id: string
  partitions: PartitionLog[]
  configs: Map<string, string>
  /** Before that, brokers say that it has no leader yet. */
  readyAt: number
}

/** One broker: whether it runs, and what it remembers of its connections. */
export class MemoryBroker {
  readonly nodeId: number
  isUp = true
  pausedUntil = 0
  sessions: FetchSessions
  /** Fetches that wait for news look again. */
  readonly waiting = new Set<() => void>()
  /** Open connections, each by what severs it from the broker's side. */
  readonly sockets = new Set<{
    sever(why: string): void
    readonly isData: boolean
    readonly isBusy: boolean
    congestionMs: number
  }>()

  constructor(nodeId: number, world: World) {
    this.nodeId = nodeId
    this.sessions = new FetchSessions(world.brokers)
  }
}

/** While a partition is refused: which error it answers, and whether it appends all the same. */
export interface Refusal {
  code: number
  appends: boolean
  until: number
}

const DAY_MS = 86_400_000

/** The newest version of each request, as a rule the one that the engine speaks. */
const NEWEST = { 0: 8, 2: 5, 3: 10, 8: 8, 9: 8, 10: 4, 16: 5, 19: 4, 22: 1, 23: 3, 32: 1, 37: 1, 44: 1, 61: 0 } as const

/** A Kafka cluster in memory: its brokers, topics and the coordination between them, which never fails. */
export class MemoryCluster {
  readonly id: string
  readonly alias: string
  readonly world: World
  readonly brokers: MemoryBroker[]
  readonly topics = new Map<string, MemoryTopic>()
  readonly refusals = new Map<PartitionLog, Refusal>()
  readonly groups: MemoryGroups
  maxMessageBytes = 1_048_588
  producerIdExpirationMs = 86_400_000
  /** Whether requests of broken connections may still be carried out when producers were forgotten in between. */
  orphansOutliveExpiry = true
  /** When producers were last forgotten. */
  expiredAt = -1
  /** Produce requests that were carried out though their connection was broken. */
  orphans = 0
  nextProducerId = 0
  /** Kafka before 2.8 does not. */
  describesProducers = true
  /** Fetch v13; Kafka before 3.1 does not. */
  fetchesById = true
  /** ListGroups v5; Kafka before 3.8 does not. */
  listsGroupTypes = true
  /** `offset.metadata.max.bytes`. */
  maxMetadataBytes = 4_096
  /** Called with every new partition, before it has a record. */
  onPartition: (log: PartitionLog, topic: MemoryTopic) => void = () => {}
  private topicCount = 0

  /** The versions that its brokers offer. */
  get offered(): ReadonlyMap<number, { min: number; max: number }> {
    const newest: Record<number, number> = { ...NEWEST, 1: this.fetchesById ? 13 : 11 }
    if (!this.describesProducers) delete newest[61]
    if (!this.listsGroupTypes) newest[16] = 4
    return new Map(Object.entries(newest).map(([key, max]) => [Number(key), { min: 0, max }]))
  }

  constructor(world: World, alias: string, brokers: number) {
    this.world = world
    this.alias = alias
    this.id = `id-of-${alias}`
    this.brokers = Array.from({ length: brokers }, (_, nodeId) => new MemoryBroker(nodeId, world))
    this.groups = new MemoryGroups(world, () => this.liveBrokers.map(({ nodeId }) => nodeId))
  }

  /** The check that runs every ten minutes (`producer.id.expiration.check.interval.ms`). Answers how many it forgot. */
  expireProducers(): number {
    // Where seconds stand for a day, no request is on its way for that long.
    if (
      this.producerIdExpirationMs < DAY_MS &&
      this.brokers.some(({ sockets }) => [...sockets].some(one => one.isData && one.isBusy))
    )
      return 0
    this.expiredAt = this.world.time.elapsed
    const { now } = this.world.time
    return this.allPartitions().reduce((sum, log) => sum + log.producers.expire(now, this.producerIdExpirationMs), 0)
  }

  broker(nodeId: number): MemoryBroker | undefined {
    return this.brokers[nodeId]
  }

  get liveBrokers(): MemoryBroker[] {
    return this.brokers.filter(({ isUp }) => isUp)
  }

  partition(topic: string, partition: number): PartitionLog | undefined {
    return this.topics.get(topic)?.partitions[partition]
  }

  partitionById(topicId: string, partition: number): PartitionLog | undefined {
    return [...this.topics.values()].find(({ id }) => id === topicId)?.partitions[partition]
  }

  allPartitions(): PartitionLog[] {
    return [...this.topics.values()].flatMap(({ partitions }) => partitions)
  }

  create(name: string, partitions: number, configs: Record<string, string> = {}): MemoryTopic {
    this.topicCount++
    const readyAt = this.world.time.now + this.world.brokers.between(0, 30)
    const id = `${Buffer.from(this.alias).toString('hex')}${this.topicCount.toString(16).padStart(4, '0')}`.padStart(
      32,
      '0',
    )
    const topic = { name, id, partitions: [], configs: new Map(Object.entries(configs)), readyAt }
    this.topics.set(name, topic)
    this.grow(topic, partitions)
    return topic
  }

  delete(name: string): void {
    this.topics.delete(name)
    this.groups.topicDeleted(name)
  }

  grow(topic: MemoryTopic, partitions: number): void {
    while (topic.partitions.length < partitions) {
      const live = this.liveBrokers
      const nodeId = live.length > 0 ? this.world.brokers.pick(live).nodeId : -1
      const log = new PartitionLog(topic.name, topic.partitions.length, { nodeId, epoch: 0 })
      log.cutAt = this.world.time.elapsed
      log.onChange = () => this.wake(log)
      topic.partitions.push(log)
      this.onPartition(log, topic)
    }
  }

  /** Makes another broker the leader, or none while `nodeId` is -1. */
  lead(log: PartitionLog, nodeId: number): void {
    const before: Leadership = log.leader
    log.leader = { nodeId, epoch: before.epoch + 1 }
    log.epochs.begin(log.leader.epoch, log.end)
    log.before = { leader: before, until: this.world.time.now + this.world.brokers.between(0, 800) }
    this.wake(log, before.nodeId)
  }

  /** Unclean election: the leader is lost, with its connections, and the new one never had what lies behind `offset`. */
  cutBack(log: PartitionLog, offset: number): void {
    const former = this.broker(log.leader.nodeId)
    for (const socket of [...(former?.sockets ?? [])]) socket.sever('the broker died')
    log.cutBack(offset, this.world.time.elapsed)
    const others = this.liveBrokers.filter(broker => broker !== former)
    if (log.leader.nodeId >= 0)
      this.lead(log, others.length > 0 ? this.world.brokers.pick(others).nodeId : former!.nodeId)
  }

  /** A broker stops: its connections break, what it led is led by others, or by nobody while none is left. */
  stopBroker(broker: MemoryBroker): void {
    broker.isUp = false
    for (const socket of [...broker.sockets]) socket.sever('the broker stopped')
    broker.sessions = new FetchSessions(this.world.brokers)
    this.groups.brokerStopped(broker.nodeId)
    const live = this.liveBrokers
    for (const log of this.allPartitions()) {
      if (log.leader.nodeId === broker.nodeId) {
        this.lead(log, live.length > 0 ? this.world.brokers.pick(live).nodeId : -1)
        log.producers.restarted()
        // What is old is not loaded again (Kafka: `loadFromSnapshot`); a replica that has not restarted still knows.
        if (this.world.brokers.chance(0.5)) {
          this.expiredAt = this.world.time.elapsed
          log.producers.expire(this.world.time.now, this.producerIdExpirationMs)
        }
      }
    }
  }

  startBroker(broker: MemoryBroker): void {
    broker.isUp = true
    this.groups.brokerStarted()
    for (const log of this.allPartitions()) if (log.leader.nodeId < 0) this.lead(log, broker.nodeId)
  }

  private wake(log: PartitionLog, nodeId = log.leader.nodeId): void {
    const broker = this.broker(nodeId)
    if (broker) for (const look of [...broker.waiting]) look()
  }
}
