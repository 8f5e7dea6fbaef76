import type { ClusterFacts, TopicFacts, TopicSettings } from '../../src/doctor/facts.js'
import type { DescribedQuotas } from '../../src/wire/messages/describe-client-quotas.js'
import type { MetadataWithRights } from '../../src/wire/messages/metadata.js'

/** Facts of a healthy cluster, for the checks: a test changes what it is about. */

export const ADDRESS = 'b1.test:9098'

/** All versions that Kafka 3.9 offers, as far as it matters. */
export const VERSIONS = new Map(Array.from({ length: 80 }, (_, key) => [key, { min: 0, max: 17 }]))

export function metadataOf(changed: Partial<MetadataWithRights> = {}): ClusterFacts['metadata'] {
  const value = { clusterId: 'id-1', controllerId: 1, brokers: [], topics: [], clusterOperations: 0, ...changed }
  return { value, problem: null }
}

export function quotasOf(changed: Partial<DescribedQuotas> = {}): ClusterFacts['quotas'] {
  return { value: { throttleMs: 0, errorCode: 0, errorMessage: null, quotas: [], ...changed }, problem: null }
}

export function clusterFacts(changed: Partial<ClusterFacts> = {}): ClusterFacts {
  return {
    ...{ side: 'source', alias: 'east', bootstrap: ADDRESS, expectedClusterId: undefined },
    ...{ principal: 'User:anna', isSecured: true, chains: undefined },
    brokers: [broker()],
    metadata: metadataOf(),
    quotas: quotasOf(),
    ...changed,
  }
}

export function broker(changed: Partial<ClusterFacts['brokers'][number]> = {}): ClusterFacts['brokers'][number] {
  return {
    ...{ address: ADDRESS, role: 'bootstrap', nodeId: 1, isRefused: false, fix: undefined },
    versions: { value: VERSIONS, problem: null },
    ...changed,
  }
}

export function settings(values: Record<string, string>, overrides: string[] = []): TopicSettings {
  const usual = { 'cleanup.policy': 'delete', 'max.message.bytes': '1048588', 'message.timestamp.type': 'CreateTime' }
  const all = new Map(Object.entries({ ...usual, ...values }))
  return { values: all, overrides: new Map(overrides.map(name => [name, all.get(name)!])) }
}

export function topicFacts(changed: Partial<TopicFacts> = {}): TopicFacts {
  return {
    ...{ sourceTopic: 'orders', targetTopic: 'orders', sourcePartitions: 3, targetPartitions: 3 },
    source: settings({}),
    target: settings({}),
    ...changed,
  }
}
