import { createHash } from 'node:crypto'
import { sourceReference, targetReference } from '../config/cluster-references.js'
import type { CreateReplicatorRequest, ReplicationInfo } from '../config/types.js'

/** What the replicator of the other direction is made of: the same files, but for what follows from turning round. */
export function reverseRequest(forward: CreateReplicatorRequest): CreateReplicatorRequest {
  return {
    ...forward,
    ReplicatorName: reverseName(forward.ReplicatorName),
    Description: `Failback of ${forward.ReplicatorName}; goes with it`,
    ReplicationInfoList: forward.ReplicationInfoList.map(swapped),
  }
}

const SUFFIX = '-failback'
const NAME_LENGTH_MAX = 128

export function reverseName(forward: string): string {
  return `${forward.slice(0, NAME_LENGTH_MAX - SUFFIX.length)}${SUFFIX}`
}

/**
 * The identity of its progress follows from that of the forward one. So each failback of that goes on where the last one
 * ended: at EARLIEST it would copy what was written on the secondary then a second time.
 */
export function reverseUuid(forwardId: string): string {
  const hash = createHash('sha256').update(`failback of ${forwardId}`).digest('hex')
  return [hash.slice(0, 8), hash.slice(8, 12), hash.slice(12, 16), hash.slice(16, 20), hash.slice(20, 32)].join('-')
}

/** Whether it copies back, under names that come home, what the forward one has copied. */
export function isReverse(request: CreateReplicatorRequest, forward: CreateReplicatorRequest): boolean {
  const [flow, other] = [request.ReplicationInfoList[0], forward.ReplicationInfoList[0]]
  if (flow === undefined || other === undefined) return false
  return (
    sourceReference(flow) === targetReference(other) &&
    targetReference(flow) === sourceReference(other) &&
    namingOf(flow) === namingOf(other)
  )
}

/** Whether it has copied, or will, all that was ever written on the secondary: at LATEST some never comes home. */
export function bringsAllHome({ ReplicationInfoList: [flow] }: CreateReplicatorRequest): boolean {
  return flow?.TopicReplication.StartingPosition?.Type === 'EARLIEST'
}

function namingOf({ TopicReplication: { TopicNameConfiguration } }: ReplicationInfo): string {
  return TopicNameConfiguration?.Type ?? 'PREFIXED_WITH_SOURCE_CLUSTER_ALIAS'
}

function swapped(flow: ReplicationInfo): ReplicationInfo {
  const { SourceKafkaClusterArn, SourceKafkaClusterId, TargetKafkaClusterArn, TargetKafkaClusterId, ...rest } = flow
  return {
    ...rest,
    ...(TargetKafkaClusterArn !== undefined && { SourceKafkaClusterArn: TargetKafkaClusterArn }),
    ...(TargetKafkaClusterId !== undefined && { SourceKafkaClusterId: TargetKafkaClusterId }),
    ...(SourceKafkaClusterArn !== undefined && { TargetKafkaClusterArn: SourceKafkaClusterArn }),
    ...(SourceKafkaClusterId !== undefined && { TargetKafkaClusterId: SourceKafkaClusterId }),
    TopicReplication: { ...rest.TopicReplication, StartingPosition: { Type: 'EARLIEST' } },
  }
}
