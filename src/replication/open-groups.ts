import type { Clock } from '../clock.js'
import { ConsumerGroups } from '../clusters/consumer-groups.js'
import type { EventListener } from '../events.js'
import { Counterparts } from '../groups/counterparts.js'
import { GroupReports } from '../groups/group-reports.js'
import type { RouteOf } from '../groups/group-route.js'
import { GroupSync } from '../groups/group-sync.js'
import { GroupWriter } from '../groups/group-writer.js'
import { SelectedGroups } from '../groups/selected-groups.js'
import { changedTopic } from './changed-topic.js'
import type { CopiedTopics } from './copied-topics.js'
import type { OpenClusters } from './open-clusters.js'
import type { OpenProgress } from './open-progress.js'
import type { ReplicatorOptions } from './replicator-options.js'

/** Groups whose coordinator is not ready are asked about in the next round: the others need not wait for them. */
const PATIENCE_MS = 1_000

/** What moves the offsets of consumer groups; undefined where none are selected. `mayWrite`: see `GroupWriter`. */
export function openGroups(
  options: ReplicatorOptions,
  clusters: OpenClusters,
  { store, instance, registries }: OpenProgress,
  topics: CopiedTopics,
  { clock, emit, mayWrite }: { clock: Clock; emit: EventListener; mayWrite: () => boolean },
): GroupSync | undefined {
  const { include, synchronise, mode, followResets } = options.groups
  if (!synchronise || include.length === 0) return undefined
  const { source, target } = clusters
  const isFrozen = () => store.control?.groupSync === 'frozen'
  const groups = new ConsumerGroups(source.cluster, clock, PATIENCE_MS)
  const reports = new GroupReports(emit, clock)
  const replicatorId = options.id
  const counterparts = new Counterparts(
    source,
    registries.source,
    {
      targetId: target.cluster.clusterId,
      targetAlias: target.cluster.alias,
      naming: options.topics.naming,
      mode,
    },
    clock,
  )
  return new GroupSync({
    groups,
    selected: new SelectedGroups(groups, options.groups, store, clock, emit),
    counterparts,
    writer: new GroupWriter(
      new ConsumerGroups(target.cluster, clock, PATIENCE_MS),
      target,
      { replicatorId, generation: instance.generation, followResets },
      clock,
      reports,
      () => mayWrite() && !isFrozen(),
    ),
    reports,
    control: () => store.control,
    routeOf: routesOf(topics),
    replicatorId,
    mode,
  })
}

/** How offsets find their way, as the copying of each partition knows it at the moment of the question. */
export function routesOf(topics: CopiedTopics): RouteOf {
  return (sourceTopic, partition) => {
    const found = topics.find(sourceTopic, partition)
    if (found === undefined) return undefined
    const { pair, copy } = found
    if (copy === undefined) return 'the partition is not copied yet'
    const { start, map, mapFrom, reachedEnd } = copy.progress
    if (start === undefined || !copy.progress.hasBegun) return 'the copying of the partition has not begun'
    if (changedTopic(copy, pair)) return 'the topic was created anew, and what is copied is the former one'
    const { sourceTopicId, targetTopicId, onTheWayTo } = copy
    // Another instance may have copied since it was noted where copying began: then more lies before that than we know.
    const isUnsure = copy.isStopped || onTheWayTo === Number.POSITIVE_INFINITY
    if (isUnsure && map.recordCount === 0) return 'whether anything of the partition was copied is not known'
    return {
      targetTopic: pair.targetTopic,
      there: { map, begin: start.targetStart, onTheWayTo, completeFrom: mapFrom ?? 0 },
      ...{ sourceTopicId, targetTopicId, copied: copy.progress.next.offset },
      ...{ sourceEnd: copy.snapshot().sourceEnd, targetEnd: reachedEnd },
    }
  }
}
