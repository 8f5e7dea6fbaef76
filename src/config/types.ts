/**
 * The shapes of the three files, as in the AWS model (kafka 2018-11-14): names, order and required members are AWS's.
 * `schemas/` holds the same as JSON Schema; a value of these types has passed it.
 */

export interface KafkaCluster {
  AmazonMskCluster?: { MskClusterArn: string }
  ApacheKafkaCluster?: { ApacheKafkaClusterId: string; BootstrapBrokerString: string }
  VpcConfig?: { SecurityGroupIds?: string[]; SubnetIds: string[] }
  ClientAuthentication?: ClientAuthentication
  EncryptionInTransit?: EncryptionInTransit
}

export interface ClientAuthentication {
  SaslScram?: { Mechanism: 'SHA256' | 'SHA512'; SecretArn: string }
  MTLS?: { SecretArn: string }
  SaslOAuthBearer?: SaslOAuthBearer
}

export interface SaslOAuthBearer {
  TokenEndpointUrl: string
  ClientCredentials?: { TokenRequestSecretArn: string }
  IamJwtBearer?: { Audience: string; SigningAlgorithm: 'RS256' | 'ES384'; TokenRequestSecretArn?: string }
  ClientCredentialsAssertion?: { Audience: string; SigningAlgorithm: 'RS256' | 'ES384'; TokenRequestSecretArn?: string }
  TokenEndpointAuthenticationMethod: 'POST' | 'BASIC' | 'NONE'
  Scope?: string
  TokenEndpointTlsCertificateArn?: string
}

export interface EncryptionInTransit {
  EncryptionType: 'TLS'
  RootCaCertificate?: string
}

export type TargetCompressionType = 'NONE' | 'GZIP' | 'SNAPPY' | 'LZ4' | 'ZSTD'

export interface ReplicationInfo {
  ConsumerGroupReplication: ConsumerGroupReplication
  SourceKafkaClusterArn?: string
  SourceKafkaClusterId?: string
  TargetCompressionType: TargetCompressionType
  TargetKafkaClusterArn?: string
  TargetKafkaClusterId?: string
  TopicReplication: TopicReplication
}

export interface ConsumerGroupReplication {
  ConsumerGroupsToExclude?: string[]
  ConsumerGroupsToReplicate: string[]
  DetectAndCopyNewConsumerGroups?: boolean
  SynchroniseConsumerGroupOffsets?: boolean
  ConsumerGroupOffsetSyncMode?: 'LEGACY' | 'ENHANCED'
}

export interface TopicReplication {
  CopyAccessControlListsForTopics?: boolean
  CopyTopicConfigurations?: boolean
  DetectAndCopyNewTopics?: boolean
  StartingPosition?: { Type?: 'LATEST' | 'EARLIEST' }
  TopicNameConfiguration?: { Type?: 'PREFIXED_WITH_SOURCE_CLUSTER_ALIAS' | 'IDENTICAL' }
  TopicsToExclude?: string[]
  TopicsToReplicate: string[]
}

export interface LogDelivery {
  ReplicatorLogDelivery?: {
    CloudWatchLogs?: { Enabled: boolean; LogGroup?: string }
    Firehose?: { Enabled: boolean; DeliveryStream?: string }
    S3?: { Enabled: boolean; Bucket?: string; Prefix?: string }
  }
}

/** The optional fourth file: what AWS would know by itself (contract, section 2). */
export interface Connections {
  $schema?: string
  /** By MskClusterArn or ApacheKafkaClusterId: what is given here replaces what kafka-clusters.json says. */
  Clusters?: Record<string, ClusterOverride>
  /** By secret ARN: where its content stands on this machine. */
  Secrets?: Record<string, { File: string }>
}

/** How a cluster is reached from here. An empty object says "none": no login, or plaintext. */
export interface ClusterOverride {
  BootstrapBrokerString?: string
  /** `SaslIam` is ours: on AWS, an MSK cluster that says nothing is entered with IAM. */
  ClientAuthentication?: ClientAuthentication & { SaslIam?: { Region?: string } }
  EncryptionInTransit?: Partial<EncryptionInTransit>
}

/** What `create-replicator` takes (CreateReplicatorRequest). */
export interface CreateReplicatorRequest {
  Description?: string
  KafkaClusters: KafkaCluster[]
  ReplicationInfoList: ReplicationInfo[]
  ReplicatorName: string
  ServiceExecutionRoleArn: string
  Tags?: Record<string, string>
  LogDelivery?: LogDelivery
}
