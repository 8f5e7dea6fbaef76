import { aliasOf, referenceOf, sourceReference, targetReference } from '../config/cluster-references.js'
import type { KafkaCluster, ReplicationInfo } from '../config/types.js'
import type { ReplicatorDefinition } from './definition.js'
import type { ReplicatorStateView } from './state.js'

/**
 * The answers of DescribeReplicator and ListReplicators. Unlike AWS, which leaves an Apache cluster's own members out,
 * everything the model has a place for is given back.
 */
export function description(definition: ReplicatorDefinition, state: ReplicatorStateView): Record<string, unknown> {
  const { Request } = definition
  return {
    ...common(definition, state),
    KafkaClusters: Request.KafkaClusters.map(cluster => ({ ...cluster, KafkaClusterAlias: aliasOf(cluster) })),
    ReplicationInfoList: Request.ReplicationInfoList.map(flow => ({
      ConsumerGroupReplication: flow.ConsumerGroupReplication,
      ...aliases(flow, Request.KafkaClusters),
      TargetCompressionType: flow.TargetCompressionType,
      TopicReplication: flow.TopicReplication,
    })),
    ReplicatorDescription: Request.Description,
    ServiceExecutionRoleArn: Request.ServiceExecutionRoleArn,
    StateInfo: state.StateInfo,
    Tags: Request.Tags,
    LogDelivery: Request.LogDelivery,
  }
}

/** One entry of ListReplicators. */
export function summary(definition: ReplicatorDefinition, state: ReplicatorStateView): Record<string, unknown> {
  const { KafkaClusters, ReplicationInfoList } = definition.Request
  return {
    ...common(definition, state),
    KafkaClustersSummary: KafkaClusters.map(cluster => ({ ...cluster, KafkaClusterAlias: aliasOf(cluster) })),
    ReplicationInfoSummaryList: ReplicationInfoList.map(flow => aliases(flow, KafkaClusters)),
  }
}

function common(definition: ReplicatorDefinition, state: ReplicatorStateView): Record<string, unknown> {
  return {
    CreationTime: awsTimestamp(definition.CreationTime),
    CurrentVersion: definition.CurrentVersion,
    IsReplicatorReference: false,
    ReplicatorArn: definition.ReplicatorArn,
    ReplicatorName: definition.Request.ReplicatorName,
    ReplicatorResourceArn: definition.ReplicatorArn,
    ReplicatorState: state.ReplicatorState,
  }
}

function aliases(flow: ReplicationInfo, clusters: readonly KafkaCluster[]): Record<string, string | undefined> {
  const aliasFor = (reference: string | undefined) => {
    const cluster = clusters.find(entry => referenceOf(entry) === reference)
    return cluster === undefined ? undefined : aliasOf(cluster)
  }
  return {
    SourceKafkaClusterAlias: aliasFor(sourceReference(flow)),
    TargetKafkaClusterAlias: aliasFor(targetReference(flow)),
  }
}

/** As the AWS CLI prints a time: microseconds and `+00:00`. */
export function awsTimestamp(iso: string): string {
  return new Date(iso)
    .toISOString()
    .replace(/\.(\d{3})Z$/, (_, ms: string) => (ms === '000' ? '+00:00' : `.${ms}000+00:00`))
}
