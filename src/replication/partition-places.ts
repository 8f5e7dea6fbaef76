import type { Cluster } from '../clusters/cluster.js'
import type { LogPlace } from '../records/crossed-records.js'
import type { PartitionCopy } from '../records/partition-copy.js'
import type { SupervisedClusters } from './copy-supervisor.js'
import type { Places } from './resumption.js'

/** Where both logs of a partition can be read; undefined while the source has no leader for it. */
export function placesOf(
  { partition, sourceTopic, targetTopic }: PartitionCopy,
  targetNodeId: number,
  { source, target }: SupervisedClusters,
): Places | undefined {
  const leader = source.leaders.of(sourceTopic, partition)
  if (leader === undefined) return undefined
  const place = (cluster: Cluster, nodeId: number, topic: string): LogPlace => ({ cluster, nodeId, topic, partition })
  return {
    source: place(source.cluster, leader.nodeId, sourceTopic),
    target: place(target.cluster, targetNodeId, targetTopic),
  }
}
