import type { Shape, StructureShape } from './shape.js'
import { flag, list, oneOf, stringMap, structure, text, texts, timestamp } from './shape.js'

/**
 * The eight mirrored operations (botocore kafka 2018-11-14): members in model order, required lists in theirs.
 * Patterns and maxima are missing on purpose: the AWS CLI does not check them, the service does. Nor does it check
 * enumerations, but it shows their values in skeletons.
 */
export interface Operation {
  /** The API's name, as in "when calling the CreateReplicator operation". */
  name: string
  command: string
  input: StructureShape
  /** Undefined where the answer has no body (HTTP 204). */
  output: StructureShape | undefined
  /** Where it answers page by page: the list that they are pieces of. `MaxResults` and `NextToken` ask for one. */
  pagesOf?: string
}

const compression = oneOf('NONE', 'GZIP', 'SNAPPY', 'LZ4', 'ZSTD')

const mskCluster = structure({ MskClusterArn: text }, 'MskClusterArn')
const apacheCluster = structure(
  { ApacheKafkaClusterId: text, BootstrapBrokerString: text },
  'ApacheKafkaClusterId',
  'BootstrapBrokerString',
)
const vpcConfig = structure({ SecurityGroupIds: texts, SubnetIds: texts }, 'SubnetIds')
const oauthAssertion = structure(
  { Audience: text, SigningAlgorithm: oneOf('RS256', 'ES384'), TokenRequestSecretArn: text },
  'Audience',
  'SigningAlgorithm',
)
const clientAuthentication = structure({
  SaslScram: structure({ Mechanism: oneOf('SHA256', 'SHA512'), SecretArn: text }, 'Mechanism', 'SecretArn'),
  MTLS: structure({ SecretArn: text }, 'SecretArn'),
  SaslOAuthBearer: structure(
    {
      TokenEndpointUrl: text,
      ClientCredentials: structure({ TokenRequestSecretArn: text }, 'TokenRequestSecretArn'),
      IamJwtBearer: oauthAssertion,
      ClientCredentialsAssertion: oauthAssertion,
      TokenEndpointAuthenticationMethod: oneOf('POST', 'BASIC', 'NONE'),
      Scope: text,
      TokenEndpointTlsCertificateArn: text,
    },
    'TokenEndpointUrl',
    'TokenEndpointAuthenticationMethod',
  ),
})
const encryptionInTransit = structure({ EncryptionType: oneOf('TLS'), RootCaCertificate: text }, 'EncryptionType')

const kafkaCluster = structure({
  AmazonMskCluster: mskCluster,
  ApacheKafkaCluster: apacheCluster,
  VpcConfig: vpcConfig,
  ClientAuthentication: clientAuthentication,
  EncryptionInTransit: encryptionInTransit,
})
const kafkaClusterDescription = structure({
  AmazonMskCluster: mskCluster,
  ApacheKafkaCluster: apacheCluster,
  KafkaClusterAlias: text,
  VpcConfig: vpcConfig,
  ClientAuthentication: clientAuthentication,
  EncryptionInTransit: encryptionInTransit,
})
const kafkaClusterSummary = structure({
  AmazonMskCluster: mskCluster,
  ApacheKafkaCluster: apacheCluster,
  KafkaClusterAlias: text,
})

const groupMembers: Record<string, Shape> = {
  ConsumerGroupsToExclude: texts,
  ConsumerGroupsToReplicate: texts,
  DetectAndCopyNewConsumerGroups: flag,
  SynchroniseConsumerGroupOffsets: flag,
}
const consumerGroupReplication = structure(
  { ...groupMembers, ConsumerGroupOffsetSyncMode: oneOf('LEGACY', 'ENHANCED') },
  'ConsumerGroupsToReplicate',
)
const consumerGroupReplicationUpdate = structure(
  groupMembers,
  'ConsumerGroupsToReplicate',
  'ConsumerGroupsToExclude',
  'SynchroniseConsumerGroupOffsets',
  'DetectAndCopyNewConsumerGroups',
)

const topicReplication = structure(
  {
    CopyAccessControlListsForTopics: flag,
    CopyTopicConfigurations: flag,
    DetectAndCopyNewTopics: flag,
    StartingPosition: structure({ Type: oneOf('LATEST', 'EARLIEST') }),
    TopicNameConfiguration: structure({ Type: oneOf('PREFIXED_WITH_SOURCE_CLUSTER_ALIAS', 'IDENTICAL') }),
    TopicsToExclude: texts,
    TopicsToReplicate: texts,
  },
  'TopicsToReplicate',
)
const topicReplicationUpdate = structure(
  {
    CopyAccessControlListsForTopics: flag,
    CopyTopicConfigurations: flag,
    DetectAndCopyNewTopics: flag,
    TopicsToExclude: texts,
    TopicsToReplicate: texts,
  },
  'TopicsToReplicate',
  'TopicsToExclude',
  'CopyTopicConfigurations',
  'DetectAndCopyNewTopics',
  'CopyAccessControlListsForTopics',
)

const replicationInfo = structure(
  {
    ConsumerGroupReplication: consumerGroupReplication,
    SourceKafkaClusterArn: text,
    SourceKafkaClusterId: text,
    TargetCompressionType: compression,
    TargetKafkaClusterArn: text,
    TargetKafkaClusterId: text,
    TopicReplication: topicReplication,
  },
  'TargetCompressionType',
  'TopicReplication',
  'ConsumerGroupReplication',
)
const replicationInfoDescription = structure({
  ConsumerGroupReplication: consumerGroupReplication,
  SourceKafkaClusterAlias: text,
  TargetCompressionType: compression,
  TargetKafkaClusterAlias: text,
  TopicReplication: topicReplication,
})
const replicationInfoSummary = structure({ SourceKafkaClusterAlias: text, TargetKafkaClusterAlias: text })

const logDelivery = structure({
  ReplicatorLogDelivery: structure({
    CloudWatchLogs: structure({ Enabled: flag, LogGroup: text }, 'Enabled'),
    Firehose: structure({ Enabled: flag, DeliveryStream: text }, 'Enabled'),
    S3: structure({ Enabled: flag, Bucket: text, Prefix: text }, 'Enabled'),
  }),
})

const replicatorSummary = structure({
  CreationTime: timestamp,
  CurrentVersion: text,
  IsReplicatorReference: flag,
  KafkaClustersSummary: list(kafkaClusterSummary),
  ReplicationInfoSummaryList: list(replicationInfoSummary),
  ReplicatorArn: text,
  ReplicatorName: text,
  ReplicatorResourceArn: text,
  ReplicatorState: text,
})

export const createReplicator: Operation = {
  name: 'CreateReplicator',
  command: 'create-replicator',
  input: structure(
    {
      Description: text,
      KafkaClusters: list(kafkaCluster),
      ReplicationInfoList: list(replicationInfo),
      ReplicatorName: { kind: 'string', min: 1 },
      ServiceExecutionRoleArn: text,
      Tags: stringMap,
      LogDelivery: logDelivery,
    },
    'ServiceExecutionRoleArn',
    'ReplicatorName',
    'ReplicationInfoList',
    'KafkaClusters',
  ),
  output: structure({ ReplicatorArn: text, ReplicatorName: text, ReplicatorState: text }),
}

export const describeReplicator: Operation = {
  name: 'DescribeReplicator',
  command: 'describe-replicator',
  input: structure({ ReplicatorArn: text }, 'ReplicatorArn'),
  output: structure({
    CreationTime: timestamp,
    CurrentVersion: text,
    IsReplicatorReference: flag,
    KafkaClusters: list(kafkaClusterDescription),
    ReplicationInfoList: list(replicationInfoDescription),
    ReplicatorArn: text,
    ReplicatorDescription: text,
    ReplicatorName: text,
    ReplicatorResourceArn: text,
    ReplicatorState: text,
    ServiceExecutionRoleArn: text,
    StateInfo: structure({ Code: text, Message: text }),
    Tags: stringMap,
    LogDelivery: logDelivery,
  }),
}

export const listReplicators: Operation = {
  name: 'ListReplicators',
  command: 'list-replicators',
  input: structure({ MaxResults: { kind: 'integer', min: 1 }, NextToken: text, ReplicatorNameFilter: text }),
  output: structure({ NextToken: text, Replicators: list(replicatorSummary) }),
  pagesOf: 'Replicators',
}

export const updateReplicationInfo: Operation = {
  name: 'UpdateReplicationInfo',
  command: 'update-replication-info',
  input: structure(
    {
      ConsumerGroupReplication: consumerGroupReplicationUpdate,
      CurrentVersion: text,
      ReplicatorArn: text,
      SourceKafkaClusterArn: text,
      SourceKafkaClusterId: text,
      TargetKafkaClusterArn: text,
      TargetKafkaClusterId: text,
      TopicReplication: topicReplicationUpdate,
      LogDelivery: logDelivery,
    },
    'ReplicatorArn',
    'CurrentVersion',
  ),
  output: structure({ ReplicatorArn: text, ReplicatorState: text }),
}

export const deleteReplicator: Operation = {
  name: 'DeleteReplicator',
  command: 'delete-replicator',
  input: structure({ CurrentVersion: text, ReplicatorArn: text }, 'ReplicatorArn'),
  output: structure({ ReplicatorArn: text, ReplicatorState: text }),
}

export const tagResource: Operation = {
  name: 'TagResource',
  command: 'tag-resource',
  input: structure({ ResourceArn: text, Tags: stringMap }, 'ResourceArn', 'Tags'),
  output: undefined,
}

export const untagResource: Operation = {
  name: 'UntagResource',
  command: 'untag-resource',
  input: structure({ ResourceArn: text, TagKeys: texts }, 'TagKeys', 'ResourceArn'),
  output: undefined,
}

export const listTagsForResource: Operation = {
  name: 'ListTagsForResource',
  command: 'list-tags-for-resource',
  input: structure({ ResourceArn: text }, 'ResourceArn'),
  output: structure({ Tags: stringMap }),
}

/** All of them, in the order of the help. */
export const OPERATIONS: readonly Operation[] = [
  createReplicator,
  describeReplicator,
  listReplicators,
  updateReplicationInfo,
  deleteReplicator,
  tagResource,
  untagResource,
  listTagsForResource,
]
