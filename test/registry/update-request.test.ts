import { expect, test } from 'vitest'
import type { CreateReplicatorRequest } from '../../src/config/types.ts'
import { type ReplicationInfoUpdate, updatedRequest } from '../../src/registry/update-request.ts'

const MSK = 'arn:aws:kafka:eu-west-1:210987654321:cluster/prod/361a2e04-ff39-48d4-9ee0-f810cd197370-2'

const request: CreateReplicatorRequest = {
  ReplicatorName: 'a',
  Description: 'd',
  ServiceExecutionRoleArn: 'r',
  KafkaClusters: [],
  ReplicationInfoList: [
    {
      SourceKafkaClusterId: 's',
      TargetKafkaClusterArn: MSK,
      TargetCompressionType: 'NONE',
      TopicReplication: {
        TopicsToReplicate: ['a', 'b'],
        StartingPosition: { Type: 'EARLIEST' },
        TopicNameConfiguration: { Type: 'IDENTICAL' },
      },
      ConsumerGroupReplication: { ConsumerGroupsToReplicate: ['.*'], ConsumerGroupOffsetSyncMode: 'ENHANCED' },
    },
  ],
  Tags: { k: 'v' },
}

/** As they are in force, defaults written out and patterns in another order. */
const TOPICS = {
  TopicsToReplicate: ['b', 'a'],
  TopicsToExclude: [],
  CopyAccessControlListsForTopics: true,
  CopyTopicConfigurations: true,
  DetectAndCopyNewTopics: true,
}
const GROUPS = {
  ConsumerGroupsToReplicate: ['.*'],
  ConsumerGroupsToExclude: [],
  DetectAndCopyNewConsumerGroups: true,
  SynchroniseConsumerGroupOffsets: true,
}
const LOGS = { ReplicatorLogDelivery: { CloudWatchLogs: { Enabled: true, LogGroup: 'g' } } }
const FLOW = { SourceKafkaClusterId: 's', TargetKafkaClusterArn: MSK }

test('what an update brings takes the place of what was; all else stays', () => {
  const topics = { ...TOPICS, TopicsToReplicate: ['c'], CopyTopicConfigurations: false }
  const groups = { ...GROUPS, ConsumerGroupsToExclude: ['x'] }
  const changed = updatedRequest(request, { ...FLOW, TopicReplication: topics, ConsumerGroupReplication: groups })
  const [flow] = request.ReplicationInfoList
  expect(changed).toEqual({
    ...request,
    ReplicationInfoList: [
      {
        ...flow,
        TopicReplication: { ...flow?.TopicReplication, ...topics },
        ConsumerGroupReplication: { ...flow?.ConsumerGroupReplication, ...groups },
      },
    ],
  })
})

const ACCEPTED: [string, ReplicationInfoUpdate][] = [
  ['one boolean', { ...FLOW, TopicReplication: { ...TOPICS, DetectAndCopyNewTopics: false } }],
  ['one group pattern', { ...FLOW, ConsumerGroupReplication: { ...GROUPS, ConsumerGroupsToReplicate: [] } }],
  [
    'topics that stay, with groups that change',
    {
      ...FLOW,
      TopicReplication: TOPICS,
      ConsumerGroupReplication: { ...GROUPS, SynchroniseConsumerGroupOffsets: false },
    },
  ],
  ['log delivery, which belongs to no flow', { LogDelivery: LOGS }],
  ['log delivery of the named flow', { ...FLOW, LogDelivery: LOGS }],
]

test.each(ACCEPTED)('takes %s', (_, update) => {
  expect(updatedRequest(request, update)).not.toEqual(request)
})

const CHANGE = { TopicReplication: { ...TOPICS, TopicsToReplicate: ['c'] } }
const REFUSED: [string, ReplicationInfoUpdate, string | undefined, RegExp][] = [
  ['nothing', FLOW, 'topicReplication', /Specify/],
  [
    'what is in force, in other words',
    { ...FLOW, TopicReplication: TOPICS, ConsumerGroupReplication: GROUPS },
    undefined,
    /identical to the current value/,
  ],
  [
    'log delivery with topics',
    { ...FLOW, ...CHANGE, LogDelivery: LOGS },
    'logDelivery',
    /can't update multiple attributes/,
  ],
  ['a flow without a source', { ...CHANGE, TargetKafkaClusterArn: MSK }, 'sourceKafkaClusterId', /cannot be changed/],
  ['a flow without a target', { ...CHANGE, SourceKafkaClusterId: 's' }, 'targetKafkaClusterArn', /cannot be changed/],
  ['another source', { ...CHANGE, ...FLOW, SourceKafkaClusterId: 't' }, 'sourceKafkaClusterId', /cannot be changed/],
  [
    'another target',
    { ...CHANGE, ...FLOW, TargetKafkaClusterArn: `${MSK}1` },
    'targetKafkaClusterArn',
    /cannot be changed/,
  ],
  [
    'the source by ARN too',
    { ...CHANGE, ...FLOW, SourceKafkaClusterArn: MSK },
    'sourceKafkaClusterId',
    /cannot be changed/,
  ],
  [
    'log delivery of another flow',
    { LogDelivery: LOGS, SourceKafkaClusterId: 't' },
    'sourceKafkaClusterId',
    /cannot be changed/,
  ],
]

test.each(REFUSED)('refuses %s', (_, update, invalidParameter, message) => {
  const refused = () => updatedRequest(request, update)
  expect(refused).toThrow(message)
  expect(refused).toThrow(expect.objectContaining({ code: 'BadRequestException', invalidParameter }))
})

test('log delivery that is in force is refused too', () => {
  const logged = updatedRequest(request, { LogDelivery: LOGS })
  expect(() => updatedRequest(logged, { LogDelivery: LOGS })).toThrow(/identical/)
})
