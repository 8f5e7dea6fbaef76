import { encodeBatch, restOf } from '../broker/batch.js'
import type { MemoryCluster } from '../broker/memory-cluster.js'
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

/** Those of its topics that are no notes of ours. */
const ownPartitions = (cluster: MemoryCluster): PartitionLog[] =>
  cluster.allPartitions().filter(({ topic }) => !topic.startsWith('__'))

export const copiedOn = ({ source, target, targetNameOf }: Stage): PartitionLog[] =>
  source.allPartitions().flatMap(({ topic, partition }) => target.partition(targetNameOf(topic), partition) ?? [])

export const writeBeside: Fault = {
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

export const truncate: Fault = {
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

/**
 * Retention on the target, of what is noted as copied: it waits for hours, notes for a second. Groups must not be put
 * before its start.
 */
export const truncateTarget: Fault = {
  name: 'truncate-target',
  weight: 2,
  strike: stage => {
    const { world, random, source, target, judge, targetNameOf } = stage
    const { topic, partition } = random.pick(ownPartitions(source))
    const log = target.partition(targetNameOf(topic), partition)
    const noted = judge.notedNext(topic, partition) ?? 0
    const last = judge.truth(topic, partition).pairs?.findLast(pair => pair.source < noted)
    if (!log || !last || last.target <= log.start) return
    log.deleteBefore(random.between(log.start + 1, last.target), world.time.elapsed)
    world.tell(`target ${log.topic}-${log.partition} loses what lies before ${log.start}`)
  },
}

/** An unclean election on the source: what the new leader never had is gone. */
export const cutSource: Fault = {
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

export const cutTarget: Fault = {
  name: 'cut-target',
  weight: 2,
  strike: stage => cutTargetOf(stage, false),
}

/** The target loses its tail where the source has lost what was copied of it. */
export const cutBoth: Fault = {
  name: 'cut-both',
  weight: 1,
  strike: stage => cutTargetOf(stage, true),
}

function cutTargetOf({ world, random, source, target, judge, targetNameOf }: Stage, wasSourceCut: boolean): void {
  const { topic, partition } = random.pick(ownPartitions(source))
  const log = target.partition(targetNameOf(topic), partition)
  const cut = log && cutPoint(log, random)
  const truth = judge.truth(topic, partition)
  if (cut === undefined || truth.causes.has('source cut back') !== wasSourceCut) return
  truth.targetCutBack(cut)
  target.cutBack(log!, cut)
  world.tell(`target ${truth.name} is cut back to ${cut}, epoch ${log!.leader.epoch}`)
}

/** Mostly a short tail. */
function cutPoint(log: PartitionLog, random: Random): number | undefined {
  // Without a leader nobody could say what is lost.
  const cuts = log.leader.nodeId < 0 ? [] : log.cuts.filter(offset => offset >= log.start)
  return cuts.length === 0 ? undefined : random.pick(random.chance(0.7) ? cuts.slice(-3) : cuts)
}

export const compact: Fault = {
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

export const addPartitions: Fault = {
  name: 'add-partitions',
  weight: 1,
  strike: ({ world, random, source }) => {
    const topic = random.pick([...source.topics.values()])
    if (topic.partitions.length >= 4) return
    source.grow(topic, topic.partitions.length + 1)
    world.tell(`source ${topic.name} has ${topic.partitions.length} partitions`)
  },
}

export const newTopic: Fault = {
  name: 'new-topic',
  weight: 1,
  strike: ({ world, random, source }) => {
    const name = `late${source.topics.size}`
    if (source.topics.has(name)) return
    source.create(name, random.between(1, 2))
    world.tell(`source has a new topic ${name}`)
  },
}

export const recreateSource: Fault = {
  name: 'recreate-source',
  weight: 1,
  strike: stage => {
    if (stage.source.fetchesById) createSourceAnew(stage)
  },
}

export const recreateSourceByName: Fault = {
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
  source.delete(topic.name)
  source.create(topic.name, topic.partitions.length, Object.fromEntries(topic.configs))
  world.tell(`source ${topic.name} is created anew`)
}

export const recreateTarget: Fault = {
  name: 'recreate-target',
  weight: 1,
  strike: stage => {
    if (stage.obstacles.onTopicRecreated !== 'restart') createTargetAnew(stage)
  },
}

export const restartTarget: Fault = {
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
  target.delete(topic.name)
  target.create(topic.name, topic.partitions.length, Object.fromEntries(topic.configs))
  world.tell(`target ${topic.name} is created anew`)
}
