import { expect, test } from 'vitest'
import { isReverse, reverseName, reverseRequest, reverseUuid } from '../../src/cli/reverse-request.ts'
import type { CreateReplicatorRequest } from '../../src/config/types.ts'
import { parseReplicatorArn } from '../../src/registry/arn.ts'

const ARN = 'arn:aws:kafka:us-east-1:123456789012:cluster/east/1fa2b3c4-0000-4000-8000-1234567890ab-1'

const FORWARD: CreateReplicatorRequest = {
  ReplicatorName: 'orders-dr',
  ServiceExecutionRoleArn: 'arn:aws:iam::123456789012:role/r',
  KafkaClusters: [
    { AmazonMskCluster: { MskClusterArn: ARN } },
    { ApacheKafkaCluster: { ApacheKafkaClusterId: 'west', BootstrapBrokerString: '127.0.0.1:9093' } },
  ],
  ReplicationInfoList: [
    {
      SourceKafkaClusterArn: ARN,
      TargetKafkaClusterId: 'west',
      TargetCompressionType: 'NONE',
      TopicReplication: {
        TopicsToReplicate: ['orders.*'],
        TopicsToExclude: ['orders-scratch'],
        StartingPosition: { Type: 'LATEST' },
        TopicNameConfiguration: { Type: 'IDENTICAL' },
      },
      ConsumerGroupReplication: { ConsumerGroupsToReplicate: ['.*'] },
    },
  ],
}

test('the same files with the clusters swapped, from the first record on', () => {
  const [flow] = FORWARD.ReplicationInfoList
  expect(reverseRequest(FORWARD)).toEqual({
    ...FORWARD,
    ReplicatorName: 'orders-dr-failback',
    Description: 'Failback of orders-dr; goes with it',
    ReplicationInfoList: [
      {
        SourceKafkaClusterId: 'west',
        TargetKafkaClusterArn: ARN,
        TargetCompressionType: 'NONE',
        TopicReplication: { ...flow?.TopicReplication, StartingPosition: { Type: 'EARLIEST' } },
        ConsumerGroupReplication: flow?.ConsumerGroupReplication,
      },
    ],
  })
})

test('a replicator is the reverse of another when its clusters are swapped and names are made the same way', () => {
  const reverse = reverseRequest(FORWARD)
  expect(isReverse(reverse, FORWARD)).toBe(true)
  expect(isReverse(FORWARD, FORWARD)).toBe(false)
  const [flow] = reverse.ReplicationInfoList
  const { TopicNameConfiguration: _, ...topics } = flow!.TopicReplication
  const prefixed = { ...reverse, ReplicationInfoList: [{ ...flow!, TopicReplication: topics }] }
  expect(isReverse(prefixed, FORWARD)).toBe(false)
})

test('the identity of its progress is the same at each failback, and another for each replicator', () => {
  const uuid = reverseUuid('one')
  expect(reverseUuid('one')).toBe(uuid)
  expect(reverseUuid('another')).not.toBe(uuid)
  expect(parseReplicatorArn(`arn:aws:kafka:us-east-1:123456789012:replicator/a/${uuid}-1`)?.uuid).toBe(uuid)
})

test('a name that is as long as can be still has room for what it is', () => {
  expect(reverseName('x'.repeat(128))).toMatch(/^x+-failback$/)
  expect(reverseName('x'.repeat(128))).toHaveLength(128)
})
