import type { MemoryCluster } from '../../broker/memory-cluster.js'
import type { Random } from '../../random.js'
import type { World } from '../../world.js'
import type { Consumption, WrittenLog } from './consumption.js'

/** A cluster where the group may consume, and how. */
export interface Place {
  cluster: MemoryCluster
  /** Whether it may also commit without being a member (`assign`), where no replicator writes its offsets. */
  takesLoners: boolean
  isWanted: (topic: string) => boolean
}

/** A position of a consumer that is running. */
interface Position {
  written: WrittenLog
  /** Where it would have gone on had nothing been lost. */
  from: number
  next: number
}

/** Before that a group that was empty has no members that read (`group.initial.rebalance.delay.ms`). */
const REBALANCE_MS = 3_000

/** The application behind one group: it consumes on one cluster, stops, goes on on another, and knows of no replicator. */
export class GroupConsumer {
  readonly group: string
  private readonly world: World
  private readonly random: Random
  private readonly places: readonly Place[]
  private readonly consumption: Consumption
  /** Of its own metadata, as Kafka Streams writes some. */
  private readonly metadataLength: number
  private place: Place
  private isMember = false
  /** Monotonic milliseconds; undefined while it does not run. */
  private readyAt: number | undefined
  private positions: Position[] | undefined

  constructor(world: World, random: Random, group: string, places: readonly Place[], consumption: Consumption) {
    this.world = world
    this.random = random
    this.group = group
    this.places = places
    this.consumption = consumption
    this.place = places[0]!
    this.metadataLength = random.pick([0, 0, 5, 80])
  }

  /** One thing that it does. */
  step(): void {
    if (this.readyAt === undefined) return this.rest()
    if (this.world.time.elapsed < this.readyAt) return
    this.positions ??= this.begin()
    for (const position of this.positions) this.read(position)
    const isLeaving = this.random.chance(0.25)
    if (this.random.chance(0.7)) this.commit()
    if (isLeaving) this.leave()
  }

  /** Stops where it is, having committed or not. */
  stop(): void {
    if (this.readyAt === undefined) return
    if (this.positions && this.random.chance(0.7)) this.commit()
    this.leave()
  }

  /** Reads and commits once on a cluster, as if it had been there for longer. To be called while it does not run. */
  visit(cluster: MemoryCluster): void {
    this.place = this.places.find(place => place.cluster === cluster)!
    this.isMember = false
    this.positions = this.begin()
    for (const position of this.positions) this.read(position)
    this.commit()
    this.leave()
  }

  private rest(): void {
    if (this.random.chance(0.05)) return this.expire()
    if (this.random.chance(0.05)) return this.reset()
    if (this.random.chance(0.4)) return
    if (this.random.chance(0.3)) this.place = this.random.pick(this.places)
    const { cluster, takesLoners } = this.place
    this.isMember = !takesLoners || this.random.chance(0.4)
    if (this.isMember) cluster.groups.join(this.group)
    this.readyAt = this.world.time.elapsed + (this.isMember ? REBALANCE_MS : 0)
    this.world.tell(`${this.group} starts on ${cluster.alias}${this.isMember ? '' : ' without members'}`)
  }

  /** Its offsets on a cluster are gone, by their age or an operator. */
  private expire(): void {
    const { cluster } = this.random.pick(this.places)
    cluster.groups.forget(this.group)
    this.world.tell(`${this.group} is forgotten on ${cluster.alias}`)
  }

  /** An operator moves it back on one cluster (`kafka-consumer-groups --reset-offsets`). */
  private reset(): void {
    const { cluster } = this.random.pick(this.places)
    const offsets = cluster.groups.offsets(this.group).filter(({ topic }) => cluster.topics.has(topic))
    if (offsets.length === 0 || cluster.groups.hasMembers(this.group)) return
    const { topic, partition, offset } = this.random.pick(offsets)
    const start = cluster.partition(topic, partition)?.start ?? 0
    if (offset <= start) return
    const to = this.random.between(start, offset - 1)
    cluster.groups.commit(this.group, { topic, partition, offset: to, metadata: '' })
    this.world.tell(`${this.group} is reset on ${cluster.alias}: ${topic}-${partition} from ${offset} to ${to}`)
  }

  private leave(): void {
    const { groups, alias } = this.place.cluster
    if (this.isMember) groups.leave(this.group)
    this.readyAt = undefined
    this.positions = undefined
    this.world.tell(`${this.group} leaves ${alias}`)
  }

  private begin(): Position[] {
    const { cluster, isWanted } = this.place
    return cluster.allPartitions().flatMap(({ topic, partition, start, end }) => {
      const written = isWanted(topic) && this.consumption.on(cluster, topic, partition)
      if (!written) return []
      const committed = cluster.groups.offset(this.group, topic, partition)?.offset
      const isInRange = committed !== undefined && committed >= start && committed <= end
      return [{ written, from: committed ?? 0, next: isInRange ? committed : start }]
    })
  }

  /** Committed records only; behind the last one, or behind markers and holes too. */
  private read(position: Position): void {
    const { log, records } = position.written
    if (this.random.chance(0.2)) return
    const stable = log.lastStableOffset
    if (position.next < log.start || position.next > log.end) position.next = log.start
    const ahead = records.filter(({ offset }) => offset >= position.next && offset < stable)
    const taken = this.random.chance(0.5) ? ahead.length : this.random.between(0, ahead.length)
    const last = ahead[taken - 1]
    if (last) position.next = last.offset + 1
    if (taken === ahead.length && this.random.chance(0.5)) position.next = Math.max(position.next, stable)
  }

  private commit(): void {
    const { groups, alias, liveBrokers } = this.place.cluster
    const isReachable = liveBrokers.some(
      ({ nodeId, pausedUntil }) =>
        groups.coordinates(nodeId, this.group) &&
        pausedUntil <= this.world.time.elapsed &&
        !groups.isLoading(this.group),
    )
    if (!isReachable || (!this.isMember && groups.hasMembers(this.group))) return
    const committed = (this.positions ?? []).filter(({ next }) => next > 0 || this.random.chance(0.5))
    for (const { written, from, next } of committed) {
      const { topic, partition } = written.log
      this.consumption.passed(this.group, written, from, next)
      const metadata = 'm'.repeat(this.metadataLength)
      groups.commit(this.group, { topic, partition, offset: next, metadata })
    }
    const text = committed.map(({ written: { log }, next }) => `${log.topic}-${log.partition} ${next}`).join(', ')
    this.world.tell(`${this.group} commits on ${alias}: ${text}`)
  }
}
