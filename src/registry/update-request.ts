import { isDeepStrictEqual } from 'node:util'
import { sourceReference, targetReference } from '../config/cluster-references.js'
import type {
  ConsumerGroupReplication,
  CreateReplicatorRequest,
  LogDelivery,
  ReplicationInfo,
  TopicReplication,
} from '../config/types.js'
import { ServiceError } from '../errors.js'

/** What UpdateReplicationInfo may bring: each block whole (the model demands all of its members). */
export interface ReplicationInfoUpdate {
  ConsumerGroupReplication?: Required<Omit<ConsumerGroupReplication, 'ConsumerGroupOffsetSyncMode'>>
  TopicReplication?: Required<Omit<TopicReplication, 'StartingPosition' | 'TopicNameConfiguration'>>
  LogDelivery?: LogDelivery
  SourceKafkaClusterArn?: string
  SourceKafkaClusterId?: string
  TargetKafkaClusterArn?: string
  TargetKafkaClusterId?: string
}

/**
 * The request in force with an update laid over it. As AWS has it (msk-api 1.2, 1.3, 2.2): the flow is named by its source
 * and target, log delivery is changed by itself, values that are in force already are refused, everything else was
 * fixed at creation. Throws ServiceError (BadRequestException); whether the new values are any good is not asked here.
 */
export function updatedRequest(
  request: CreateReplicatorRequest,
  update: ReplicationInfoUpdate,
): CreateReplicatorRequest {
  const [flow, ...others] = request.ReplicationInfoList
  if (flow === undefined) throw badRequest('replicationInfoList', 'The replicator has no flow.')
  const { ConsumerGroupReplication: groups, TopicReplication: topics, LogDelivery: logs } = update
  const changesFlow = groups !== undefined || topics !== undefined
  if (!changesFlow && logs === undefined) {
    throw badRequest('topicReplication', 'Specify topicReplication, consumerGroupReplication or logDelivery.')
  }
  if (changesFlow && logs !== undefined) {
    throw badRequest(
      'logDelivery',
      "You can't update multiple attributes of the replicator in same request. Use a different request for each update.",
    )
  }
  refuseOtherFlow(flow, update, changesFlow)
  const changed: CreateReplicatorRequest = {
    ...request,
    ReplicationInfoList: [{ ...flow, ...withGroups(flow, groups), ...withTopics(flow, topics) }, ...others],
    ...(logs === undefined ? {} : { LogDelivery: logs }),
  }
  if (isDeepStrictEqual(inForce(changed), inForce(request))) {
    throw badRequest(
      undefined,
      'The specified replication info is identical to the current value. Specify a different value, then try again.',
    )
  }
  return changed
}

function withGroups(flow: ReplicationInfo, groups: ReplicationInfoUpdate['ConsumerGroupReplication']) {
  return groups && { ConsumerGroupReplication: { ...flow.ConsumerGroupReplication, ...groups } }
}

function withTopics(flow: ReplicationInfo, topics: ReplicationInfoUpdate['TopicReplication']) {
  return topics && { TopicReplication: { ...flow.TopicReplication, ...topics } }
}

/** Both sides must be named as they were at creation; log delivery belongs to no flow, so there they need not be. */
function refuseOtherFlow(flow: ReplicationInfo, update: ReplicationInfoUpdate, mustName: boolean): void {
  const sides = [
    ['source', sourceReference(flow), update.SourceKafkaClusterArn, update.SourceKafkaClusterId] as const,
    ['target', targetReference(flow), update.TargetKafkaClusterArn, update.TargetKafkaClusterId] as const,
  ]
  for (const [side, inForce, arn, id] of sides) {
    const byArn = flow[side === 'source' ? 'SourceKafkaClusterArn' : 'TargetKafkaClusterArn'] !== undefined
    const parameter = `${side}KafkaCluster${byArn ? 'Arn' : 'Id'}`
    const [given, wrongWay] = byArn ? [arn, id] : [id, arn]
    if (given === inForce && wrongWay === undefined) continue
    if (given === undefined && wrongWay === undefined && !mustName) continue
    throw badRequest(
      parameter,
      `The ${side} cluster of a replicator cannot be changed: the request must name the one that it has.`,
      `Give: --${side}-kafka-cluster-${byArn ? 'arn' : 'id'} ${inForce}`,
    )
  }
}

/** Without what makes no difference: defaults that are left out or written, and the order of patterns. */
function inForce({ ReplicationInfoList, LogDelivery }: CreateReplicatorRequest): unknown {
  const sorted = (patterns: readonly string[] = []) => [...patterns].sort()
  return {
    LogDelivery,
    flows: ReplicationInfoList.map(({ ConsumerGroupReplication: groups, TopicReplication: topics }) => [
      sorted(groups.ConsumerGroupsToReplicate),
      sorted(groups.ConsumerGroupsToExclude),
      groups.DetectAndCopyNewConsumerGroups ?? true,
      groups.SynchroniseConsumerGroupOffsets ?? true,
      sorted(topics.TopicsToReplicate),
      sorted(topics.TopicsToExclude),
      topics.CopyAccessControlListsForTopics ?? true,
      topics.CopyTopicConfigurations ?? true,
      topics.DetectAndCopyNewTopics ?? true,
    ]),
  }
}

function badRequest(invalidParameter: string | undefined, message: string, fix?: string): ServiceError {
  return new ServiceError('BadRequestException', message, { invalidParameter, fix })
}
