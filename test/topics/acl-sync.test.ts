import { beforeAll, describe, expect, test } from 'vitest'
import type { Cluster } from '../../src/clusters/cluster.js'
import type { LocalKafkaOptions } from '../../src/local-kafka/local-kafka.js'
import type { AccessRule } from '../../src/local-kafka/outside-client-types.js'
import { AclSync } from '../../src/topics/acl-sync.js'
import { type Acl, AclOperation, AclPermission } from '../../src/wire/messages/create-acls.js'
import { type RunningReplicator, startReplicator, type TestOptions } from '../support/start-replicator.js'
import { firstUnlessThorough } from '../support/thorough.js'
import { type Side, startSide, startTwoClusters, type TwoClusters, valuesOf } from '../support/two-clusters.js'

/** Everyone is nobody here (no login), and nobody may do everything: then rules about alice are only looked at. */
const SUPER = { 'super.users': 'User:ANONYMOUS' }
/** Nobody may do what no rule is about. */
const OPEN = { 'allow.everyone.if.no.acl.found': 'true' }
const KRAFT = { 'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer' }
const ZOOKEEPER = { 'authorizer.class.name': 'kafka.security.authorizer.AclAuthorizer' }
const KRAFT_SUPER: LocalKafkaOptions = { config: { ...KRAFT, ...SUPER } }
const ZOOKEEPER_SUPER: LocalKafkaOptions = { version: '2.8.1', config: { ...ZOOKEEPER, ...SUPER } }

const PAIRS = [
  ['2.8.1', '4.2.0', ZOOKEEPER_SUPER, KRAFT_SUPER],
  ['4.2.0', '2.8.1', KRAFT_SUPER, ZOOKEEPER_SUPER],
] as const

describe.each(firstUnlessThorough(PAIRS))('from %s to %s', (_source, _target, source, target) => {
  let clusters: TwoClusters
  beforeAll(async () => {
    clusters = await startTwoClusters({ source, target })
  })

  test('rules about copied topics travel as MSK copies them, once, and none is taken away', async () => {
    await create(clusters, 'orders', 'other')
    await clusters.source.client.createAcl(topicRule({ rule: 'READ' }))
    await clusters.source.client.createAcl(topicRule({ rule: 'WRITE', permission: 'DENY', host: '10.0.0.1' }))
    await clusters.source.client.createAcl(topicRule({ rule: 'WRITE' }))
    await clusters.source.client.createAcl(topicRule({ rule: 'ALL', principal: 'User:admin' }))
    await clusters.source.client.createAcl(topicRule({ name: 'ord', pattern: 'PREFIXED' }))
    await clusters.source.client.createAcl(topicRule({ name: 'other' }))
    await clusters.source.client.createAcl(topicRule({ resource: 'GROUP' }))
    await clusters.source.client.createAcl(topicRule({ name: '*', rule: 'DESCRIBE' }))
    await clusters.target.client.createAcl(topicRule({ name: 'copy.of.nothing' }))

    const topics: TestOptions['topics'] = { include: ['orders'], naming: 'prefixed' }
    const replicator = await startReplicator(clusters, { topics, discoveryMs: 500 })
    await replicator.untilCaughtUp('orders')
    const own = topicRule({ name: 'copy.of.nothing' })
    const read = topicRule({ name: 'source.orders', rule: 'READ' })
    const noWrite = topicRule({ name: 'source.orders', rule: 'WRITE', permission: 'DENY', host: '10.0.0.1' })
    expect(await rulesOf(clusters.target)).toEqual(sorted([own, read, noWrite]))
    expect(replicator.messages('acls-copied')).toEqual([
      '2 access rules (ACLs) of topic source.orders copied to target',
    ])
    expect(replicator.messages('acls-not-copied')).toEqual([expect.stringContaining('1 access rule (ACLs) about "*"')])

    // One more while it runs; what is there already is not sent again.
    await clusters.source.client.createAcl(topicRule({ rule: 'DESCRIBE_CONFIGS' }))
    await replicator.until('the new rule is copied', () => replicator.messages('acls-copied').length === 2)
    expect(replicator.messages('acls-copied')[1]).toContain('1 access rule (ACLs) of topic source.orders')
    expect(await rulesOf(clusters.target)).toHaveLength(4)
  })

  test('without CopyAccessControlListsForTopics none is', async () => {
    await create(clusters, 'alone')
    await clusters.source.client.createAcl(topicRule({ name: 'alone' }))
    const topics = { include: ['alone'], copyAccessControlLists: false }
    await (await startReplicator(clusters, { topics })).untilCaughtUp('alone')
    expect((await rulesOf(clusters.target)).filter(({ name }) => name === 'alone')).toEqual([])
  })
})

describe('what stands in the way is told once, and records are copied', () => {
  let clusters: TwoClusters
  beforeAll(async () => {
    const open = { config: { ...KRAFT, ...OPEN } }
    clusters = await startTwoClusters({ source: open, target: open })
    for (const { client } of [clusters.source, clusters.target]) await allowEverything(client)
  })

  test.each([
    ['target', 'ALTER', 'Alter'],
    ['source', 'DESCRIBE', 'Describe'],
  ] as const)('the %s does not allow %s on the cluster', async (side, rule, right) => {
    const topic = `forbidden-${side}`
    await create(clusters, topic)
    await clusters.source.client.createAcl(topicRule({ name: topic }))
    await clusters[side].client.createAcl({ ...onCluster(rule), permission: 'DENY' })
    const replicator = await startReplicator(clusters, { topics: topic, discoveryMs: 300 })
    await replicator.untilCaughtUp(topic)
    await aFewRounds(replicator, clusters, topic)
    expect(replicator.messages('acls-not-copied')).toEqual([
      `access rules (ACLs) are not copied: User:ANONYMOUS lacks the right ${right} on the cluster of ${side}; the records are`,
    ])
    expect(replicator.events.find(({ code }) => code === 'acls-not-copied')?.level).toBe('warn')
    expect(await valuesOf(clusters.target, topic)).toEqual(['a', 'b'])
  })
})

describe('a cluster without an authorizer is told once and is no failure', () => {
  let withRules: Side
  let without: Side
  beforeAll(async () => {
    ;[withRules, without] = await Promise.all([
      startSide({ name: 'with', ...KRAFT_SUPER }),
      startSide({ name: 'without' }),
    ])
  })

  test.each(['source', 'target'] as const)('as the %s', async side => {
    const clusters = side === 'source' ? { source: without, target: withRules } : { source: withRules, target: without }
    await create(clusters, `from-${side}`)
    await withRules.client.createAcl(topicRule({ name: `from-${side}` }))
    const topics: TestOptions['topics'] = { include: [`from-${side}`], naming: 'prefixed' }
    const replicator = await startReplicator(clusters, { topics, discoveryMs: 300 })
    await replicator.untilCaughtUp(`from-${side}`)
    await aFewRounds(replicator, clusters, `from-${side}`)
    expect(replicator.messages('acls-not-copied')).toEqual([
      `no access rules (ACLs) to copy: ${side} has no authorizer`,
    ])
    expect(replicator.events.filter(({ level }) => level !== 'info')).toEqual([])
  })
})

test('a fence that falls, or goes up, while the rules are being read does not travel', async () => {
  const fence: Acl = {
    topic: 'orders',
    principal: 'User:*',
    host: '*',
    operation: AclOperation.Write,
    permission: AclPermission.Deny,
  }
  const ruled = (acls: Acl[], then: () => void) => {
    const callAny = async () => {
      then()
      return { errorCode: 0, errorMessage: null, acls }
    }
    return { alias: 'source', callAny } as unknown as Cluster
  }
  const target = {
    callAny: () => Promise.reject(new Error('nothing is to be asked of the target')),
  } as unknown as Cluster
  for (const [before, after] of [
    [['orders'], []],
    [[], ['orders']],
  ]) {
    let fenced = before as string[]
    const told: string[] = []
    const source = ruled([fence], () => {
      fenced = after as string[]
    })
    const sync = new AclSync(
      { source, target },
      ({ message }) => void told.push(message),
      () => fenced,
    )
    await sync.round([{ sourceTopic: 'orders', targetTopic: 'orders' }])
    expect(told).toEqual([])
  }
})

function topicRule(changes: Partial<AccessRule>): AccessRule {
  const usual = { resource: 'TOPIC', name: 'orders', pattern: 'LITERAL', principal: 'User:alice', host: '*' } as const
  return { ...usual, rule: 'READ', permission: 'ALLOW', ...changes }
}

/** A first rule about a thing would otherwise forbid it to all it does not name, the brokers among them. */
async function allowEverything(client: Side['client']): Promise<void> {
  await client.createAcl(onCluster('ALL'))
  await client.createAcl(topicRule({ name: '*', rule: 'ALL', principal: 'User:ANONYMOUS' }))
}

function onCluster(rule: string): AccessRule {
  return topicRule({ resource: 'CLUSTER', name: 'kafka-cluster', principal: 'User:ANONYMOUS', rule })
}

async function create({ source }: TwoClusters, ...topics: string[]): Promise<void> {
  for (const topic of topics) {
    await source.client.createTopic(topic, 1)
    await source.client.produce(topic, [{ value: 'a' }])
  }
}

/** Rounds of topics go on: a topic that appears is found by the second, and its partition by the third. */
async function aFewRounds(replicator: RunningReplicator, { source }: TwoClusters, topic: string): Promise<void> {
  await source.client.createPartitions(topic, 2)
  await replicator.untilEvent('partitions-added', topic)
  await source.client.createPartitions(topic, 3)
  await replicator.untilEvent('partitions-added', 'from 2 to 3')
  await source.client.produce(topic, [{ partition: 0, value: 'b' }])
  await replicator.untilCaughtUp(topic)
}

async function rulesOf({ client }: Side): Promise<AccessRule[]> {
  return sorted(await client.describeAcls())
}

function sorted(rules: AccessRule[]): AccessRule[] {
  const textOf = (rule: AccessRule) => JSON.stringify(Object.entries(rule).sort())
  return rules.sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1))
}
