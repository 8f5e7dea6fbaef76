/** Two Apache clusters on loopback and one flow: the smallest request that is valid. */
export const CLUSTERS = [
  { ApacheKafkaCluster: { ApacheKafkaClusterId: 'source-1', BootstrapBrokerString: '127.0.0.1:9092' } },
  { ApacheKafkaCluster: { ApacheKafkaClusterId: 'target-1', BootstrapBrokerString: '127.0.0.1:9093' } },
]
export const FLOWS = [
  {
    SourceKafkaClusterId: 'source-1',
    TargetKafkaClusterId: 'target-1',
    TargetCompressionType: 'NONE',
    TopicReplication: { TopicsToReplicate: ['orders.*'] },
    ConsumerGroupReplication: { ConsumerGroupsToReplicate: ['.*'] },
  },
]

/** The options of `create-replicator` for that request. */
export function createArguments(name: string, ...more: string[]): string[] {
  return [
    ...['create-replicator', '--replicator-name', name],
    ...['--service-execution-role-arn', 'arn:aws:iam::123456789012:role/r'],
    ...['--kafka-clusters', JSON.stringify(CLUSTERS), '--replication-info-list', JSON.stringify(FLOWS)],
    ...more,
  ]
}
