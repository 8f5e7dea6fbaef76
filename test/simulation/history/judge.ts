import { ExitCode } from '../../../src/errors.js'
import { recordsOf } from '../broker/batch.js'
import type { MemoryCluster, MemoryTopic } from '../broker/memory-cluster.js'
import type { PartitionLog } from '../broker/partition-log.js'
import type { World } from '../world.js'
import type { Engine } from './engine.js'
import { Truth } from './truth.js'

/** Producer ids of everybody else who writes to the target. */
export const FOREIGN_PRODUCERS_FROM = 1_000_000

const DISCOVERY_NOTED_MS = 3_000

/** Listens to both clusters and says at any time what is wrong and what is not done yet. */
export class Judge {
  private readonly world: World
  private readonly truths = new Map<string, Truth>()
  private readonly targetNameOf: (sourceTopic: string) => string
  /** Whether a partition that is complete must say so. */
  private readonly wantsRightState: boolean
  private readonly startsLatest: boolean
  /** When everything that was there had first been begun with. */
  private allBegunAt: number | undefined
  private readonly source: MemoryCluster

  constructor(
    world: World,
    clusters: { source: MemoryCluster; target: MemoryCluster },
    targetNameOf: (sourceTopic: string) => string,
    startsLatest: boolean,
    wantsRightState: boolean,
  ) {
    this.world = world
    this.targetNameOf = targetNameOf
    this.startsLatest = startsLatest
    this.wantsRightState = wantsRightState
    this.source = clusters.source
    clusters.source.onPartition = log => this.truth(log.topic, log.partition)
    clusters.target.onPartition = (log, topic) => this.watch(log, topic)
  }

  truth(topic: string, partition: number): Truth {
    const key = `${topic}/${partition}`
    let truth = this.truths.get(key)
    if (!truth) {
      truth = new Truth(this.world, topic, partition, this.startsLatest && !this.hasDiscovered)
      this.truths.set(key, truth)
    }
    return truth
  }

  /** Whether a first start is over: LATEST is not for what comes later. It is noted with the positions, or soon after. */
  private get hasDiscovered(): boolean {
    return this.allBegunAt !== undefined && this.world.time.elapsed - this.allBegunAt > DISCOVERY_NOTED_MS
  }

  all(): Truth[] {
    return [...this.truths.values()]
  }

  /** Takes in what an engine says of itself: which partitions it has begun with. */
  look({ topics }: ReturnType<Engine['snapshot']>): void {
    for (const { sourceTopic, partitions } of topics) {
      for (const { partition, copied } of partitions) {
        if (copied === null) continue
        const log = this.source.partition(sourceTopic, partition)
        this.truth(sourceTopic, partition).knowsBegun(log?.lastStableOffset ?? 0)
      }
    }
  }

  /** To be called now and then. */
  lookAround(engines: readonly Engine[]): void {
    for (const engine of engines) if (engine.isAlive) this.look(engine.snapshot())
    if (this.all().every(({ begun }) => begun)) this.allBegunAt ??= this.world.time.elapsed
  }

  /** Why the replicator is not done yet, with everything it says as held believed; undefined when it is. */
  unfinished(engine: Engine): string | undefined {
    const { topics } = engine.snapshot()
    // Nothing was left to do for it when it ended so; what came later it cannot know.
    const hasEnded = engine.end?.exitCode === ExitCode.Protected
    for (const truth of this.truths.values()) {
      const row = topics
        .find(({ sourceTopic }) => sourceTopic === truth.topic)
        ?.partitions.find(({ partition }) => partition === truth.partition)
      if (row?.state === 'held') {
        if (truth.causes.size > 0) continue
        return `${truth.name} is held without a cause: ${row.reason}`
      }
      if (row === undefined && hasEnded) continue
      const says = row
        ? `it says ${row.state}, lag ${row.lag}${row.reason ? `, ${row.reason}` : ''}`
        : 'it does not know it'
      if (truth.missing) return `${truth.name} is stuck: ${truth.missing}; ${says}`
      if (row?.state !== 'caught-up' && this.wantsRightState) return `${truth.name} is complete, but ${says}`
    }
    return undefined
  }

  private watch(log: PartitionLog, topic: MemoryTopic): void {
    const sourceTopic = [...new Set([...this.truths.values()].map(truth => truth.topic))].find(
      name => this.targetNameOf(name) === topic.name,
    )
    if (sourceTopic === undefined) return
    log.onAppend = ({ header, bytes }) => {
      if (header.isControl || header.producerId >= FOREIGN_PRODUCERS_FROM) return
      const truth = this.truth(sourceTopic, log.partition)
      this.world.tell(
        `target ${truth.name} +${header.recordCount} at ${header.baseOffset}, sequence ${header.baseSequence}`,
      )
      truth.copied(recordsOf(bytes, header))
    }
  }
}
