import { describe, expect, it } from 'vitest'
import { applyRules, CROSS_FIELD_RULES } from '../../src/config/cross-field-rules.js'
import { placeOf } from '../../src/config/findings.js'
import type { Facts } from '../../src/config/rule.js'
import type { ClientAuthentication, KafkaCluster, ReplicationInfo, SaslOAuthBearer } from '../../src/config/types.js'
import { APACHE_ID, apacheCluster, flow, MSK_ARN, mskCluster, SECRET_ARN } from '../support/config-samples.js'

interface Case {
  rule: string
  facts: Facts
  place: string
  /** A piece of the message: AWS's own text where it was measured. */
  text: string
  parameter?: string
  strict?: boolean
  severity?: 'warning' | 'note'
}

const scram: ClientAuthentication = { SaslScram: { Mechanism: 'SHA512', SecretArn: SECRET_ARN } }
const signed = { Audience: 'a', SigningAlgorithm: 'RS256' } as const

function oauth(settings: Partial<SaslOAuthBearer>): Facts {
  const bearer = { TokenEndpointUrl: 'https://x', TokenEndpointAuthenticationMethod: 'BASIC' as const, ...settings }
  return { clusters: [apacheCluster({ ClientAuthentication: { SaslOAuthBearer: bearer } })] }
}

function flows(changes: Partial<ReplicationInfo>): Facts {
  return { flows: [flow(changes)] }
}

function request(clusters: KafkaCluster[], changes: { role?: string; Tags?: Record<string, string> }): Facts {
  const role = changes.role ?? 'arn:aws:iam::123456789012:role/r'
  return { clusters, request: { ServiceExecutionRoleArn: role, ...(changes.Tags && { Tags: changes.Tags }) } }
}

const otherAccount = MSK_ARN.replace('123456789012', '210987654321')
const noTarget = flow({})
delete noTarget.TargetKafkaClusterArn
const noSource = flow({})
delete noSource.SourceKafkaClusterId
const bareApache = apacheCluster({}, 'broker-1.example.com:9092')
const log = {
  CloudWatchLogs: { Enabled: true },
  Firehose: { Enabled: true, DeliveryStream: 'x' },
  S3: { Enabled: false },
}

const CASES: Case[] = [
  {
    rule: 'one-cluster-kind',
    facts: { clusters: [{ ...mskCluster(), ...apacheCluster({}) }] },
    place: '[0].ApacheKafkaCluster',
    text: 'Cannot specify both AmazonMskCluster and ApacheKafkaCluster in a kafkaCluster object. Choose one cluster type.',
    parameter: 'kafkaClusters',
  },
  {
    rule: 'one-cluster-kind',
    facts: { clusters: [mskCluster(), {}] },
    place: '[1]',
    text: 'needs AmazonMskCluster or',
    parameter: 'kafkaClusters',
  },
  {
    rule: 'distinct-clusters',
    facts: { clusters: [mskCluster(), mskCluster()] },
    place: '[1].AmazonMskCluster.MskClusterArn',
    text: 'Kafka cluster list contains duplicate cluster ARNs. Please ensure all the cluster ARNs are unique.',
    parameter: 'kafkaClusters',
  },
  {
    rule: 'distinct-clusters',
    facts: { clusters: [apacheCluster({}), apacheCluster({})] },
    place: '[1].ApacheKafkaCluster.ApacheKafkaClusterId',
    text: 'appears twice',
    parameter: 'kafkaClusters',
  },
  {
    rule: 'vpc-config-only-for-msk',
    facts: { clusters: [apacheCluster({ VpcConfig: { SubnetIds: ['a', 'b'] } })] },
    place: '[0].VpcConfig',
    text: 'The vpcConfig parameter is only supported for AmazonMskCluster.',
    parameter: 'vpcConfig',
  },
  {
    rule: 'one-authentication',
    facts: { clusters: [apacheCluster({ ClientAuthentication: {} })] },
    place: '[0].ClientAuthentication',
    text: 'empty',
    parameter: 'clientAuthentication',
  },
  {
    rule: 'one-authentication',
    facts: { clusters: [apacheCluster({ ClientAuthentication: { ...scram, MTLS: { SecretArn: SECRET_ARN } } })] },
    place: '[0].ClientAuthentication',
    text: 'SaslScram and MTLS',
    parameter: 'clientAuthentication',
  },
  {
    rule: 'one-oauth-flow',
    facts: oauth({}),
    place: '[0].ClientAuthentication.SaslOAuthBearer',
    text: 'has 0',
    parameter: 'saslOAuthBearer',
  },
  {
    rule: 'one-oauth-flow',
    facts: oauth({ ClientCredentials: { TokenRequestSecretArn: SECRET_ARN }, IamJwtBearer: signed }),
    place: '[0].ClientAuthentication.SaslOAuthBearer',
    text: 'has 2',
    parameter: 'saslOAuthBearer',
  },
  {
    rule: 'oauth-method-fits-flow',
    facts: oauth({ IamJwtBearer: signed }),
    place: '[0].ClientAuthentication.SaslOAuthBearer.TokenEndpointAuthenticationMethod',
    text: 'BASIC does not go with IamJwtBearer',
  },
  {
    rule: 'oauth-method-fits-flow',
    facts: oauth({
      ClientCredentials: { TokenRequestSecretArn: SECRET_ARN },
      TokenEndpointAuthenticationMethod: 'NONE',
    }),
    place: '[0].ClientAuthentication.SaslOAuthBearer.TokenEndpointAuthenticationMethod',
    text: 'NONE does not go with ClientCredentials',
  },
  {
    rule: 'bootstrap-string',
    facts: { clusters: [apacheCluster({}, 'localhost')] },
    place: '[0].ApacheKafkaCluster.BootstrapBrokerString',
    text: 'write host:port',
    parameter: 'bootstrapBrokerString',
  },
  {
    rule: 'plaintext-only-on-loopback',
    facts: { clusters: [bareApache] },
    place: '[0].ApacheKafkaCluster',
    text: 'unencrypted',
    severity: 'warning',
  },
  {
    rule: 'one-source-reference',
    facts: flows({ SourceKafkaClusterArn: MSK_ARN.replace('-2', '-3') }),
    place: '[0].SourceKafkaClusterId',
    text: 'Cannot specify both sourceKafkaClusterArn and sourceKafkaClusterId. Use either sourceKafkaClusterArn if replicating from MSK clusters or sourceKafkaClusterId if replicating from Apache Kafka clusters.',
    parameter: 'sourceKafkaClusterArn',
  },
  {
    rule: 'one-source-reference',
    facts: { flows: [noSource] },
    place: '[0]',
    text: 'source cluster is not named',
    parameter: 'sourceKafkaClusterArn',
  },
  {
    rule: 'one-target-reference',
    facts: flows({ TargetKafkaClusterId: 'other' }),
    place: '[0].TargetKafkaClusterId',
    text: 'targetKafkaClusterArn and targetKafkaClusterId',
    parameter: 'targetKafkaClusterArn',
  },
  {
    rule: 'one-target-reference',
    facts: { flows: [noTarget] },
    place: '[0]',
    text: 'target cluster is not named',
    parameter: 'targetKafkaClusterArn',
  },
  {
    rule: 'source-differs-from-target',
    facts: { flows: [{ ...noSource, SourceKafkaClusterArn: MSK_ARN }] },
    place: '[0].TargetKafkaClusterArn',
    text: 'same cluster',
    parameter: 'targetKafkaClusterArn',
  },
  {
    rule: 'enhanced-needs-identical',
    facts: flows({
      ConsumerGroupReplication: { ConsumerGroupsToReplicate: [], ConsumerGroupOffsetSyncMode: 'ENHANCED' },
    }),
    place: '[0].ConsumerGroupReplication.ConsumerGroupOffsetSyncMode',
    text: 'The consumerGroupOffsetSyncMode value ENHANCED is only supported when topicNameConfiguration type is IDENTICAL. To resolve this',
    parameter: 'consumerGroupOffsetSyncMode',
  },
  {
    rule: 'patterns',
    facts: flows({ TopicReplication: { TopicsToReplicate: ['a', '*'] } }),
    place: '[0].TopicReplication.TopicsToReplicate[1]',
    text: '"*" cannot be used',
    parameter: 'topicsToReplicate',
  },
  {
    rule: 'patterns',
    facts: flows({ TopicReplication: { TopicsToReplicate: ['a'], TopicsToExclude: ['a.b'] } }),
    place: '[0].TopicReplication.TopicsToExclude[0]',
    text: 'may match other names',
    severity: 'note',
  },
  {
    rule: 'patterns',
    facts: flows({ ConsumerGroupReplication: { ConsumerGroupsToReplicate: ['(?!a)'] } }),
    place: '[0].ConsumerGroupReplication.ConsumerGroupsToReplicate[0]',
    text: 'look-ahead',
    parameter: 'consumerGroupsToReplicate',
  },
  {
    rule: 'patterns',
    facts: flows({ ConsumerGroupReplication: { ConsumerGroupsToReplicate: [], ConsumerGroupsToExclude: ['[a'] } }),
    place: '[0].ConsumerGroupReplication.ConsumerGroupsToExclude[0]',
    text: 'closing ]',
    parameter: 'consumerGroupsToExclude',
  },
  {
    rule: 'source-is-listed',
    facts: {
      clusters: [mskCluster(), apacheCluster({})],
      ...flows({ SourceKafkaClusterId: 'MkU3OEVBNTcwNTJENDM2Qx' }),
    },
    place: '[0].SourceKafkaClusterId',
    text: 'is not in kafka-clusters.json',
    parameter: 'sourceKafkaClusterId',
  },
  {
    rule: 'target-is-listed',
    facts: {
      clusters: [mskCluster(), apacheCluster({})],
      ...flows({ TargetKafkaClusterArn: MSK_ARN.replace('orders', 'order') }),
    },
    place: '[0].TargetKafkaClusterArn',
    text: 'Source and target Kafka cluster ARNs must be present in kafkaClusters.',
    parameter: 'targetKafkaClusterArn',
  },
  {
    rule: 'log-destination-named',
    facts: { logDelivery: { ReplicatorLogDelivery: log } },
    place: 'ReplicatorLogDelivery.CloudWatchLogs',
    text: 'LogGroup',
    parameter: 'logGroup',
  },
  {
    rule: 'tag-limits',
    facts: request([], { Tags: { team: 'x', 'aws:x': 'y' } }),
    place: 'Tags.aws:x',
    text: '"aws:"',
    parameter: 'tags',
  },
  {
    rule: 'tag-limits',
    facts: request([], { Tags: { ['k'.repeat(129)]: 'y' } }),
    place: `Tags.${'k'.repeat(129)}`,
    text: '128',
    parameter: 'tags',
  },
  { rule: 'tag-limits', facts: request([], { Tags: { '': 'y' } }), place: 'Tags.', text: 'empty', parameter: 'tags' },
  {
    rule: 'bootstrap-string',
    facts: { connections: { Clusters: { x: { BootstrapBrokerString: 'user:hunter2@h:1' } } } },
    place: 'Clusters.x.BootstrapBrokerString',
    text: 'a login belongs',
  },
  {
    rule: 'one-authentication',
    facts: {
      connections: { Clusters: { x: { ClientAuthentication: { ...scram, MTLS: { SecretArn: SECRET_ARN } } } } },
    },
    place: 'Clusters.x.ClientAuthentication',
    text: 'SaslScram and MTLS',
  },
  {
    rule: 'connection-is-used',
    facts: {
      clusters: [mskCluster(), apacheCluster({})],
      connections: { Clusters: { [MSK_ARN]: {}, [`${APACHE_ID}x`]: {} } },
    },
    place: `Clusters.${APACHE_ID}x`,
    text: 'does nothing',
    severity: 'warning',
  },
  {
    rule: 'portable-one-msk-cluster',
    strict: true,
    facts: {
      clusters: [apacheCluster({ ClientAuthentication: scram, EncryptionInTransit: { EncryptionType: 'TLS' } })],
    },
    place: '',
    text: 'on AWS at least one',
    parameter: 'kafkaClusters',
  },
  {
    rule: 'portable-authentication',
    strict: true,
    facts: { clusters: [mskCluster(), apacheCluster({ EncryptionInTransit: { EncryptionType: 'TLS' } })] },
    place: '[1].ApacheKafkaCluster',
    text: 'Apache Kafka clusters require authentication configuration. Specify the clientAuthentication parameter.',
    parameter: 'clientAuthentication',
  },
  {
    rule: 'portable-encryption',
    strict: true,
    facts: { clusters: [mskCluster(), apacheCluster({ ClientAuthentication: scram })] },
    place: '[1].ApacheKafkaCluster',
    text: 'EncryptionInTransit',
    parameter: 'encryptionInTransit',
  },
  {
    rule: 'portable-one-account',
    strict: true,
    facts: { clusters: [mskCluster(), mskCluster(otherAccount)] },
    place: '[1].AmazonMskCluster.MskClusterArn',
    text: 'different accounts',
    parameter: 'kafkaClusters',
  },
  {
    rule: 'portable-role-account',
    strict: true,
    facts: request([mskCluster()], { role: 'arn:aws:iam::210987654321:role/r' }),
    place: 'ServiceExecutionRoleArn',
    text: 'Cross-account pass role is not allowed.',
  },
  {
    rule: 'portable-no-schema-key',
    strict: true,
    facts: { logDelivery: { $schema: 'x' } as object },
    place: '$schema',
    text: 'refuses',
  },
]

describe('each cross-field rule objects', () => {
  it.each(CASES)('$rule at $place', ({ rule, facts, place, text, parameter, strict = false, severity }) => {
    const objections = applyRules(facts, { strict })
    expect(objections.map(({ code }) => code)).toEqual([rule])
    const [objection] = objections
    expect(objection?.message).toContain(text)
    expect(placeOf(objection?.path ?? [])).toBe(place)
    expect(objection?.severity ?? 'error').toBe(severity ?? 'error')
    if (parameter !== undefined) expect(objection?.invalidParameter).toBe(parameter)
    expect(JSON.stringify(objection)).not.toContain('hunter2')
    if (strict) expect(applyRules(facts)).toEqual([])
  })

  it('every rule has a case', () => {
    const covered = new Set(CASES.map(({ rule }) => rule))
    expect(CROSS_FIELD_RULES.map(({ name }) => name).filter(name => !covered.has(name))).toEqual([])
  })

  it('none objects to sound facts, strictly', () => {
    const external = apacheCluster({ ClientAuthentication: scram, EncryptionInTransit: { EncryptionType: 'TLS' } })
    const facts: Facts = {
      ...request([mskCluster(), external], { Tags: { team: 'orders' } }),
      ...flows({}),
      logDelivery: { ReplicatorLogDelivery: { S3: { Enabled: true, Bucket: 'b' } } },
    }
    expect(applyRules(facts, { strict: true })).toEqual([])
  })

  it('two plaintext Apache clusters on loopback are fine here', () => {
    const clusters = [apacheCluster({}), apacheCluster({}, '127.0.0.1:9192,[::1]:9093', 'B')]
    expect(applyRules({ clusters })).toEqual([])
  })
})
