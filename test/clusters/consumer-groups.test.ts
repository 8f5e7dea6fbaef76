import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, logLevel, ResourcePatternTypes } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { Cluster } from '../../src/clusters/cluster.js'
import { ConsumerGroups, type ListedGroup } from '../../src/clusters/consumer-groups.js'
import { TopicAdmin } from '../../src/clusters/topic-admin.js'
import { LocalKafka } from '../../src/local-kafka/local-kafka.js'
import { waitUntil } from '../../src/local-kafka/wait-until.js'
import { connectionTo } from '../support/start-replicator.js'
import { firstUnlessThorough } from '../support/thorough.js'
import { joinClassicGroup, joinConsumerGroup, joinShareGroup } from './group-members.js'

/** What brokers say of groups; how trouble with brokers is withstood stands in `consumer-groups-trouble.test.ts`. */

const UNKNOWN_TOPIC_OR_PARTITION = 3
const OFFSET_METADATA_TOO_LARGE = 12
const UNKNOWN_MEMBER_ID = 25
const GROUP_AUTHORIZATION_FAILED = 30
const GROUP_ID_NOT_FOUND = 69

const ODD_NAMES = [
  ...['with space', 'with/slash', '100%', 'Größe', 'emoji 🎉', 'new\nline', 'zero\0', '..', '__double', ''],
  'n'.repeat(249),
  'n'.repeat(32_767),
]

let kafka: LocalKafka
let cluster: Cluster
let groups: ConsumerGroups

describe.each(firstUnlessThorough(['4.2.0', '2.8.1'] as const))('Kafka %s', version => {
  const hasTypes = version === '4.2.0'
  const ofType = (type: string) => (hasTypes ? type : undefined)

  beforeAll(async () => {
    kafka = await LocalKafka.start({ name: 'groups', version })
    cluster = new Cluster(connectionTo({ kafka }, 'groups'))
    await cluster.connect()
    await kafka.createTopic('orders', 4)
    groups = new ConsumerGroups(cluster, systemClock)
  })
  afterAll(async () => {
    groups?.close()
    await cluster?.close()
    await kafka?.[Symbol.asyncDispose]()
  })

  test('what is committed is there, listed, and seen by another client', async () => {
    // The very first group: the broker makes its topic for them now, and has no coordinator until then.
    expect(await committed('first')).toEqual([])
    expect(await groups.commit('first', [at(0, 5, 'from the east: é'), at(1, 7)])).toEqual([taken(0), taken(1)])
    expect(await committed('first')).toEqual([at(0, 5, 'from the east: é'), at(1, 7)])
    expect(await listed('first')).toEqual({
      ...{ group: 'first', state: 'Empty', type: ofType('classic'), protocolType: '' },
    })
    await kafka.produce('orders', [{ partition: 2, value: 'before' }])
    await kafka.produce('orders', [{ partition: 2, value: 'behind' }])
    await groups.commit('reader', [at(2, 1)])
    const values = (await kafka.read('orders', { group: 'reader' })).map(({ value }) => value?.toString())
    expect(values).toEqual(['behind'])
  })

  test('what another client commits is there, offsets that no log reaches among it', async () => {
    await kafka.commitOffset('other', 'orders', 3, 41)
    expect(await committed('other')).toEqual([at(3, 41)])
    await kafka.commitOffset('other', 'orders', 3, 2n ** 63n - 1n)
    expect(await committed('other')).toEqual([at(3, Number.MAX_SAFE_INTEGER)])
    await kafka.commitOffset('other', 'orders', 3, -1)
    expect(await committed('other')).toEqual([])
  })

  test('the same answer is the same array, another one is not', async () => {
    await groups.commit('same', [at(0, 5)])
    await groups.commit('other', [at(0, 5)])
    const before = await groups.committed(['same', 'other', 'none'])
    await groups.commit('other', [at(0, 6)])
    const after = await groups.committed(['none', 'other', 'same', 'same'])
    expect(after.get('same')).toBe(before.get('same'))
    expect(after.get('none')).toBe(before.get('none'))
    expect(after.get('other')).toEqual([at(0, 6)])
    expect([...after.keys()].sort()).toEqual(['none', 'other', 'same'])
    await groups.list()
    expect((await groups.committed(['same'])).get('same')).toBe(before.get('same'))
  })

  test('each partition has its own answer', async () => {
    const offsets = [
      { ...at(0, 5), topic: 'no-such-topic' },
      at(9, 7),
      at(2, 7, 'x'.repeat(4096)),
      at(1, 7, 'x'.repeat(4097)),
      at(3, 3),
    ]
    const answers = await groups.commit('mixed', offsets)
    expect(answers.sort((one, other) => one.partition - other.partition)).toEqual([
      { topic: 'no-such-topic', partition: 0, errorCode: UNKNOWN_TOPIC_OR_PARTITION },
      { topic: 'orders', partition: 1, errorCode: OFFSET_METADATA_TOO_LARGE },
      taken(2),
      taken(3),
      { topic: 'orders', partition: 9, errorCode: UNKNOWN_TOPIC_OR_PARTITION },
    ])
    expect(byPartition(await committed('mixed'))).toEqual([at(2, 7, 'x'.repeat(4096)), at(3, 3)])
    expect(await groups.commit('mixed', [])).toEqual([])
    await expect(groups.commit('mixed', [at(0, 1), at(3, -1)])).rejects.toThrow('offset -1 for orders-3')
    expect(byPartition(await committed('mixed'))).toHaveLength(2)
  })

  test.each(ODD_NAMES.map(name => [name.slice(0, 20), name.length, name] as const))(
    'a group may be called %j (%i)',
    async (_shown, _length, name) => {
      expect(await groups.commit(name, [at(0, 5)])).toEqual([taken(0)])
      expect(await committed(name)).toEqual([at(0, 5)])
      expect(await listed(name)).toMatchObject({ group: name, state: 'Empty' })
      groups.close()
      // Found by asking, not from the list.
      groups = new ConsumerGroups(cluster, systemClock)
      expect(await committed(name)).toEqual([at(0, 5)])
    },
  )

  test('what a transaction is about to commit does not count until it does', async () => {
    await groups.commit('transactional', [at(0, 5), at(1, 6)])
    const producer = clientOf(kafka).producer({ transactionalId: 'moves', idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    onTestFinished(() => producer.disconnect())
    const transaction = await producer.transaction()
    const partitions = [{ partition: 0, offset: '9' }]
    await transaction.sendOffsets({ consumerGroupId: 'transactional', topics: [{ topic: 'orders', partitions }] })
    expect(byPartition(await committed('transactional'))).toEqual([at(0, 5), at(1, 6)])
    await transaction.commit()
    // Markers are written behind the answer.
    await expect.poll(async () => byPartition(await committed('transactional'))).toEqual([at(0, 9), at(1, 6)])
  })

  test('a group with a classic member is active, and nothing is changed', async () => {
    await groups.commit('classic', [at(0, 5)])
    await joinClassicGroup(kafka, 'classic', 'orders')
    expect(await groups.commit('classic', [at(0, 9)])).toEqual([refused(0, UNKNOWN_MEMBER_ID)])
    expect(await committed('classic')).toEqual([at(0, 5)])
    expect(await listed('classic')).toMatchObject({
      state: 'Stable',
      type: ofType('classic'),
      protocolType: 'consumer',
    })
  })

  test.runIf(hasTypes)('a group with a member of the new protocol is active, and nothing is changed', async () => {
    await groups.commit('new-protocol', [at(0, 5)])
    await joinConsumerGroup(cluster, 'new-protocol', 'orders')
    expect(await groups.commit('new-protocol', [at(0, 9)])).toEqual([refused(0, UNKNOWN_MEMBER_ID)])
    expect(await committed('new-protocol')).toEqual([at(0, 5)])
    expect(await listed('new-protocol')).toMatchObject({ state: 'Stable', type: 'consumer', protocolType: 'consumer' })
  })

  test.runIf(hasTypes)('a share group is told by its type and takes no offsets', async () => {
    await joinShareGroup(cluster, 'shared', 'orders')
    expect(await groups.commit('shared', [at(0, 9)])).toEqual([refused(0, GROUP_ID_NOT_FOUND)])
    expect(await committed('shared')).toEqual([])
    expect(await listed('shared')).toMatchObject({ type: 'share', protocolType: 'share' })
  })

  test('a thousand groups in one call, and again after the broker was killed', async () => {
    const names = Array.from({ length: 1_000 }, (_, i) => `many-${i}`)
    await Promise.all(names.map((name, i) => groups.commit(name, [at(0, i), at(1, 1)])))
    const expected = new Map(names.map((name, i) => [name, [at(0, i), at(1, 1)]]))
    expect(await groups.committed(names)).toEqual(expected)
    await kafka.restart({ signal: 'SIGKILL' })
    // Coordinators are loading their groups now, which is waited out.
    expect(await groups.committed(names)).toEqual(expected)
    await kafka.restart()
    expect(await groups.commit('many-0', [at(0, 77)])).toEqual([taken(0)])
    const { groups: found, problems } = await groups.list()
    expect(problems).toEqual([])
    expect(found.filter(({ group }) => expected.has(group))).toHaveLength(1_000)
  }, 120_000)

  // The last one: with many logs a broker takes long to come back.
  test('more offsets than a coordinator writes at once', async () => {
    const metadata = 'm'.repeat(4000)
    // By our own admin: kafkajs waits 5 s at most, which is not enough for a busy broker.
    await new TopicAdmin(cluster).create({ topic: 'wide', partitions: 300, replicationFactor: 1, configs: {} })
    const offsets = Array.from({ length: 300 }, (_, p) => ({ ...at(p, p + 1, metadata), topic: 'wide' }))
    // Right after its creation a busy broker does not know all partitions yet.
    const allTaken = async () => {
      const results = await groups.commit('wide', offsets)
      return results.every(({ errorCode }) => errorCode === 0) ? results : undefined
    }
    expect(await waitUntil(allTaken, { timeoutMs: 30_000, intervalMs: 200 })).toHaveLength(300)
    expect(await committed('wide')).toHaveLength(300)
  })
})

test('a group that is forbidden to us stands with its refusal, the others with their offsets', async () => {
  await using guarded = await LocalKafka.start({
    name: 'guarded',
    config: {
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'allow.everyone.if.no.acl.found': 'true',
    },
  })
  const side = new Cluster(connectionTo({ kafka: guarded }, 'guarded'))
  await side.connect()
  await guarded.createTopic('orders', 1)
  const all = new ConsumerGroups(side, systemClock)
  await all.commit('open', [at(0, 5)])
  await all.commit('secret', [at(0, 5)])
  const [knowing, asking] = [all, new ConsumerGroups(side, systemClock)]
  await knowing.list()
  await forbid(guarded, 'secret')
  for (const one of [knowing, asking]) {
    const answers = await one.committed(['open', 'secret'])
    expect(answers.get('open')).toEqual([at(0, 5)])
    expect(answers.get('secret')).toMatchObject({ name: 'KafkaError', code: GROUP_AUTHORIZATION_FAILED })
  }
  expect(await knowing.commit('secret', [at(0, 6)])).toEqual([refused(0, GROUP_AUTHORIZATION_FAILED)])
  await expect(asking.commit('secret', [at(0, 6)])).rejects.toMatchObject({ code: GROUP_AUTHORIZATION_FAILED })
  await side.close()
})

/** With a rule for somebody else, a group is forbidden to all others. */
async function forbid(guarded: LocalKafka, group: string): Promise<void> {
  const admin = clientOf(guarded).admin()
  await admin.connect()
  const rule = {
    ...{ resourceType: AclResourceTypes.GROUP, resourceName: group, resourcePatternType: ResourcePatternTypes.LITERAL },
    ...{ principal: 'User:somebody', host: '*' },
    ...{ operation: AclOperationTypes.ALL, permissionType: AclPermissionTypes.ALLOW },
  }
  await admin.createAcls({ acl: [rule] })
  await admin.disconnect()
}

/** A client that is not ours. */
function clientOf({ bootstrapServers }: LocalKafka): Kafka {
  return new Kafka({ brokers: [bootstrapServers], logLevel: logLevel.NOTHING })
}

async function committed(group: string) {
  return (await groups.committed([group])).get(group)
}

async function listed(group: string): Promise<ListedGroup | undefined> {
  const { groups: found, problems } = await groups.list()
  expect(problems).toEqual([])
  return found.find(row => row.group === group)
}

function at(partition: number, offset: number, metadata = '') {
  return { topic: 'orders', partition, offset, metadata }
}

const taken = (partition: number) => refused(partition, 0)
const refused = (partition: number, errorCode: number) => ({ topic: 'orders', partition, errorCode })

function byPartition(offsets: unknown) {
  return (offsets as ReturnType<typeof at>[]).toSorted((one, other) => one.partition - other.partition)
}
