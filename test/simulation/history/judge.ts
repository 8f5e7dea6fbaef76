import { ExitCode } from '../../../src/errors.js'
import type { ObstaclePolicy } from '../../../src/policy/obstacle-policy.js'
import { recordsOf } from '../broker/batch.js'
import type { MemoryCluster, MemoryTopic } from '../broker/memory-cluster.js'
import type { PartitionLog } from '../broker/partition-log.js'
import type { World } from '../world.js'
import type { Engine } from './engine.js'
import { wrongInMap } from './map-check.js'
import { type NotedPartition, Notes } from './notes.js'
import { Truth } from './truth.js'

/** Producer ids of everybody else who writes to the target. */
export const FOREIGN_PRODUCERS_FROM = 1_000_000

export interface JudgeRules {
  targetNameOf: (sourceTopic: string) => string
  startsLatest: boolean
  obstacles: ObstaclePolicy
  /** Whether a partition that is complete must say so. */
  wantsRightState: boolean
}

/** Listens to both clusters and says at any time what is wrong and what is not done yet. */
export class Judge {
  private readonly world: World
  private readonly source: MemoryCluster
  private readonly target: MemoryCluster
  private readonly rules: JudgeRules
  private readonly truths = new Map<string, Truth>()
  private readonly notes = new Notes()
  private readonly begunIds = new Map<string, string>()
  private hasDiscovered = false

  constructor(world: World, clusters: { source: MemoryCluster; target: MemoryCluster }, rules: JudgeRules) {
    this.world = world
    this.source = clusters.source
    this.target = clusters.target
    this.rules = rules
    clusters.source.onPartition = log => this.truth(log.topic, log.partition)
    clusters.target.onPartition = (log, topic) => this.watch(log, topic)
    this.notes.onBegun = (topic, partition, note) => this.begins(topic, partition, note)
    this.notes.onGap = gap => this.truth(gap.sourceTopic, gap.partition).gapRecorded(gap)
    this.notes.onDiscovered = () => {
      this.hasDiscovered = true
    }
  }

  truth(topic: string, partition: number): Truth {
    const key = `${topic}/${partition}`
    let truth = this.truths.get(key)
    if (!truth) {
      truth = new Truth(this.world, topic, partition)
      this.truths.set(key, truth)
    }
    return truth
  }

  mayHold(topic: string, partition: number): boolean {
    return this.truth(topic, partition).causes.size > 0
  }

  /** Whether nothing was done to a partition that may take away what groups have consumed. */
  keepsOrder(topic: string, partition: number): boolean {
    return [...this.truth(topic, partition).causes].every(cause => cause === 'compacted' || cause === 'too large')
  }

  notedNext(topic: string, partition: number): number | undefined {
    return this.notes.partition(topic, partition)?.sourceNext
  }

  all(): Truth[] {
    return [...this.truths.values()]
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
      if (row?.state === 'ignored' && this.rules.obstacles.onTopicRecreated === 'ignore') continue
      if (row?.state === 'held') {
        if (truth.causes.size > 0) continue
        return `${truth.name} is held without a cause: ${row.reason}`
      }
      if (row === undefined && hasEnded) continue
      const says = row
        ? `it says ${row.state}, lag ${row.lag}${row.reason ? `, ${row.reason}` : ''}`
        : 'it does not know it'
      if (truth.missing) return `${truth.name} is stuck: ${truth.missing}; ${says}`
      if (row?.state !== 'caught-up' && this.rules.wantsRightState) return `${truth.name} is complete, but ${says}`
    }
    return undefined
  }

  /** After the last note: what is wrong with the offset maps. Those of partitions that are held are not up to date. */
  checkMaps(engine: Engine): void {
    for (const { sourceTopic, partitions } of engine.snapshot().topics) {
      for (const { partition, state, copied } of partitions) {
        if (state === 'held' || state === 'ignored') continue
        // A note of a dead life may come last; the next start looks into both logs then.
        const isStale = this.notes.partition(sourceTopic, partition)?.sourceNext !== copied
        if (isStale && this.target.orphans > 0) continue
        const wrong = wrongInMap(this.truth(sourceTopic, partition), this.notes)
        if (wrong) this.world.fail(wrong)
      }
    }
  }

  private begins(topic: string, partition: number, note: NotedPartition): void {
    const truth = this.truth(topic, partition)
    const before = this.begunIds.get(truth.name)
    this.begunIds.set(truth.name, note.sourceTopicId)
    if (before !== undefined && this.rules.obstacles.onTopicRecreated !== 'restart') {
      this.world.fail(`${truth.name} goes over to the topic that was created anew, though it should not`)
    }
    const log = this.source.partition(topic, partition)
    // An old note of a topic that is another one by now says nothing of the new one.
    if (!log || this.source.topics.get(topic)?.id !== note.sourceTopicId) return
    const isFirst = before === undefined && !this.hasDiscovered
    truth.beginsAt(note.sourceStart, this.rules.startsLatest && isFirst ? log.lastStableOffset : log.start)
  }

  private watch(log: PartitionLog, topic: MemoryTopic): void {
    if (topic.name.startsWith('__kafka_replicator_state_')) {
      log.onAppend = batch => this.notes.take(batch)
      return
    }
    const sourceTopic = [...new Set([...this.truths.values()].map(truth => truth.topic))].find(
      name => this.rules.targetNameOf(name) === topic.name,
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
