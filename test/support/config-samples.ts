import type { CreateReplicatorRequest, KafkaCluster, ReplicationInfo } from '../../src/config/types.js'

export const MSK_ARN = 'arn:aws:kafka:us-east-1:123456789012:cluster/orders-east/2b3c4d5e-0000-4000-8000-a1b2c3d4e5f6-2'
export const APACHE_ID = 'MkU3OEVBNTcwNTJENDM2Qg'
export const SECRET_ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:AmazonMSK_x-AbCdEf'

export function mskCluster(arn: string = MSK_ARN): KafkaCluster {
  return { AmazonMskCluster: { MskClusterArn: arn }, VpcConfig: { SubnetIds: ['subnet-1', 'subnet-2'] } }
}

export function apacheCluster(more: KafkaCluster, brokers = '127.0.0.1:9092', id: string = APACHE_ID): KafkaCluster {
  return { ApacheKafkaCluster: { ApacheKafkaClusterId: id, BootstrapBrokerString: brokers }, ...more }
}

/** From the Apache to the MSK cluster. */
export function flow(changes: Partial<ReplicationInfo>): ReplicationInfo {
  return {
    SourceKafkaClusterId: APACHE_ID,
    TargetKafkaClusterArn: MSK_ARN,
    TargetCompressionType: 'NONE',
    TopicReplication: { TopicsToReplicate: ['.*'] },
    ConsumerGroupReplication: { ConsumerGroupsToReplicate: ['.*'] },
    ...changes,
  }
}

export function createRequest(changes: Partial<CreateReplicatorRequest> = {}): CreateReplicatorRequest {
  return {
    KafkaClusters: [apacheCluster({}), mskCluster()],
    ReplicationInfoList: [flow({})],
    ReplicatorName: 'orders',
    ServiceExecutionRoleArn: 'arn:aws:iam::123456789012:role/replicator',
    ...changes,
  }
}
