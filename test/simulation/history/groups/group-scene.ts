import type { MemoryCluster } from '../../broker/memory-cluster.js'
import type { Random } from '../../random.js'
import type { World } from '../../world.js'
import { Consumption, type Writer } from './consumption.js'
import { GroupConsumer, type Place } from './group-consumer.js'
import { GroupJudge, type GroupWay } from './group-judge.js'
import type { GroupsPlan } from './groups-plan.js'

/** One cluster of a history: who writes to it, and how groups consume there. */
export interface SceneSide extends Place {
  writerOf: (producerId: number) => Writer
}

const STEP_MS = { least: 100, most: 900 } as const

/** The groups of a history and who judges them. To be made before the clusters have topics. */
export class GroupScene {
  readonly judge: GroupJudge
  private readonly world: World
  private readonly random: Random
  private readonly plan: GroupsPlan
  private readonly consumers: GroupConsumer[]
  private isResting = false

  constructor(world: World, random: Random, plan: GroupsPlan, sides: readonly SceneSide[], ways: readonly GroupWay[]) {
    this.world = world
    this.random = random
    this.plan = plan
    const consumption = new Consumption()
    for (const { cluster, writerOf } of sides) {
      consumption.follow(cluster, writerOf)
      cluster.listsGroupTypes = plan.listsTypes
    }
    for (const { target } of ways) target.maxMetadataBytes = plan.maxMetadataBytes
    this.judge = new GroupJudge(world, ways, consumption)
    this.consumers = plan.names.map(name => new GroupConsumer(world, random.fork(), name, sides, consumption))
  }

  /** They come and go until `rest`. */
  live(): void {
    this.isResting = false
    for (const consumer of this.consumers) this.later(consumer)
  }

  rest(): void {
    this.isResting = true
    for (const consumer of this.consumers) consumer.stop()
  }

  /** All of them consume something more on one cluster. To be called while they rest. */
  visit(cluster: MemoryCluster): void {
    for (const consumer of this.consumers) consumer.visit(cluster)
  }

  /** Why they are not yet where they should be; only of partitions of the source of which it can be said. */
  unfinished(isSettled: (source: MemoryCluster, topic: string, partition: number) => boolean): string | undefined {
    // Groups that came after the first start are not wanted then, and which those are depends on when it was.
    return this.plan.detectNew ? this.judge.unfinished(isSettled) : undefined
  }

  private later(consumer: GroupConsumer): void {
    this.world.time.after(this.random.between(STEP_MS.least, STEP_MS.most), () => {
      if (this.isResting) return
      consumer.step()
      this.later(consumer)
    })
  }
}
