import type { World } from '../world.js'

/** A committed offset as a coordinator keeps it. */
export interface StoredOffset {
  topic: string
  partition: number
  offset: number
  metadata: string
}

/** A commit that was taken, told before it counts. */
export interface TakenCommit {
  group: string
  offset: StoredOffset
  /** What the group had there before, and when that was committed (elapsed milliseconds). */
  before: { offset: number; at: number } | undefined
  /** When the request set out (elapsed milliseconds); undefined for consumers, which are near. */
  sentAt: number | undefined
}

interface MemoryGroup {
  members: number
  offsets: Map<string, StoredOffset & { at: number }>
}

/** A partition of `__consumer_offsets`: who leads it coordinates its groups, once it has read them. */
interface Slot {
  nodeId: number
  loadedAt: number
  /** What brokers that have not heard of the last move still say, and until when. */
  before: { nodeId: number; until: number }
}

const SLOTS = 3
const NO_BROKER = -1

/** The consumer groups of one cluster. What is committed is never lost. */
export class MemoryGroups {
  /** Called for each offset that is committed. */
  onCommit: (commit: TakenCommit) => void = () => {}
  /** Groups that a consumer or an operator has put back behind where they had been. */
  readonly movedBack = new Set<string>()
  private readonly highest = new Map<string, number>()
  private readonly world: World
  private readonly liveNodes: () => number[]
  private readonly groups = new Map<string, MemoryGroup>()
  private readonly slots: Slot[]

  constructor(world: World, liveNodes: () => number[]) {
    this.world = world
    this.liveNodes = liveNodes
    this.slots = Array.from({ length: SLOTS }, (_, n) => {
      const nodeId = liveNodes()[n % liveNodes().length] ?? NO_BROKER
      return { nodeId, loadedAt: 0, before: { nodeId, until: 0 } }
    })
  }

  get names(): string[] {
    return [...this.groups.keys()]
  }

  /** The broker that coordinates a group, as any other one says. */
  coordinatorOf(group: string): number {
    const { nodeId, before } = this.slotOf(group)
    return this.world.time.elapsed < before.until && this.world.brokers.chance(0.5) ? before.nodeId : nodeId
  }

  coordinates(nodeId: number, group: string): boolean {
    return this.slotOf(group).nodeId === nodeId
  }

  isLoading(group: string): boolean {
    return this.world.time.elapsed < this.slotOf(group).loadedAt
  }

  hasMembers(group: string): boolean {
    return (this.groups.get(group)?.members ?? 0) > 0
  }

  join(group: string): void {
    this.group(group).members++
  }

  leave(group: string): void {
    this.group(group).members--
  }

  offsets(group: string): StoredOffset[] {
    return [...(this.groups.get(group)?.offsets.values() ?? [])]
  }

  offset(group: string, topic: string, partition: number): StoredOffset | undefined {
    return this.groups.get(group)?.offsets.get(`${topic}/${partition}`)
  }

  commit(group: string, offset: StoredOffset, sentAt?: number): void {
    const { offsets } = this.group(group)
    const key = `${offset.topic}/${offset.partition}`
    this.onCommit({ group, offset, before: offsets.get(key), sentAt })
    const place = `${group}/${key}`
    const highest = this.highest.get(place) ?? 0
    if (sentAt === undefined && offset.offset < highest) this.movedBack.add(group)
    this.highest.set(place, Math.max(highest, offset.offset))
    offsets.set(key, { ...offset, at: this.world.time.elapsed })
  }

  /** Its offsets have expired, or it was deleted. */
  forget(group: string): void {
    if (!this.hasMembers(group)) this.groups.delete(group)
  }

  /** The offsets of a topic go with it (Kafka: `GroupCoordinator.onPartitionsDeleted`). */
  topicDeleted(topic: string): void {
    for (const { offsets } of this.groups.values()) {
      for (const [key, offset] of offsets) if (offset.topic === topic) offsets.delete(key)
    }
  }

  /** One of its partitions gets another leader, which reads what is in it. Answers who that is. */
  move(): number {
    const slot = this.world.brokers.pick(this.slots)
    this.give(slot)
    return slot.nodeId
  }

  brokerStopped(nodeId: number): void {
    for (const slot of this.slots) if (slot.nodeId === nodeId) this.give(slot)
  }

  brokerStarted(): void {
    for (const slot of this.slots) if (slot.nodeId === NO_BROKER) this.give(slot)
  }

  private give(slot: Slot): void {
    const { time, brokers } = this.world
    const live = this.liveNodes()
    slot.before = { nodeId: slot.nodeId, until: time.elapsed + brokers.between(0, 800) }
    slot.nodeId = live.length > 0 ? brokers.pick(live) : NO_BROKER
    slot.loadedAt = time.elapsed + brokers.between(0, 1_500)
  }

  private slotOf(group: string): Slot {
    const sum = [...Buffer.from(group)].reduce((total, byte) => total + byte, 0)
    return this.slots[sum % SLOTS]!
  }

  private group(name: string): MemoryGroup {
    let group = this.groups.get(name)
    if (!group) {
      group = { members: 0, offsets: new Map() }
      this.groups.set(name, group)
    }
    return group
  }
}
