import { beforeAll, describe, expect, test } from 'vitest'
import { startReplicator, type TestOptions } from '../support/start-replicator.js'
import {
  contentAndOffsetsOf,
  contentOf,
  startTwoClusters,
  type TwoClusters,
  valuesOf,
} from '../support/two-clusters.js'

let clusters: TwoClusters

beforeAll(async () => {
  clusters = await startTwoClusters()
})

describe('which topics, and what they are called', () => {
  test('identical names: partitions, records and offsets are those of the source, empty ones too', async () => {
    await create('same.full', 3)
    await create('same.empty', 2)
    await write('same.full', { partition: 1 }, 'a', 'b')
    const replicator = await startReplicator(clusters, { topics: 'same\\..*' })
    await replicator.untilCaughtUp('same.full', 'same.empty')

    expect(await contentAndOffsetsOf(clusters.target, 'same.full')).toEqual(
      await contentAndOffsetsOf(clusters.source, 'same.full'),
    )
    expect(await clusters.target.client.describeTopic('same.empty')).toMatchObject({ partitions: 2 })
    expect(replicator.partitions('same.empty')).toMatchObject([{ state: 'caught-up' }, { state: 'caught-up' }])
  })

  test('prefixed names have the alias of the source in front', async () => {
    await create('prefixed', 1)
    await write('prefixed', {}, 'a')
    const replicator = await startReplicator(clusters, { topics: { include: ['prefixed'], naming: 'prefixed' } })
    await replicator.untilCaughtUp('prefixed')
    expect(await valuesOf(clusters.target, 'source.prefixed')).toEqual(['a'])
    await expect(clusters.target.client.describeTopic('prefixed')).rejects.toThrow(/UnknownTopic/)
  })

  test('a copy of a topic of the target does not travel back to it', async () => {
    await create('target.orders', 1)
    await create('back', 1)
    const topics: TestOptions['topics'] = { include: ['target\\.orders', 'back'], naming: 'prefixed' }
    const replicator = await startReplicator(clusters, { topics })
    await replicator.untilCaughtUp('back')
    expect(replicator.partitions('target.orders')).toEqual([])
  })

  test('what is excluded, or not included as a whole name, is left alone', async () => {
    for (const topic of ['eu.orders', 'eu.orders.tmp', 'us.eu.orders', 'eu.x']) await create(topic, 1)
    const topics = { include: ['eu\\..*'], exclude: ['.*\\.tmp', 'eu\\.x'] }
    const replicator = await startReplicator(clusters, { topics })
    await replicator.untilCaughtUp('eu.orders')
    expect(replicator.replicator.snapshot().topics.map(({ sourceTopic }) => sourceTopic)).toEqual(['eu.orders'])
    for (const topic of ['eu.orders.tmp', 'us.eu.orders', 'eu.x']) {
      await expect(clusters.target.client.describeTopic(topic)).rejects.toThrow(/UnknownTopic/)
    }
  })

  test('a pattern that matches nothing is said, and it keeps looking', async () => {
    const replicator = await startReplicator(clusters, { topics: 'later\\..*', discoveryMs: 500 })
    expect(replicator.messages('no-topic-matches')[0]).toMatch(/no topic on source matches later/)
    await create('later.one', 1)
    await write('later.one', {}, 'a')
    await replicator.untilEvent('topic-discovered', 'later.one')
    await replicator.untilCaughtUp('later.one')
    expect(await valuesOf(clusters.target, 'later.one')).toEqual(['a'])
  })

  test('a topic whose name would be too long fails alone', async () => {
    const long = `long-${'x'.repeat(240)}`
    await create(long, 1)
    await create('long-not', 1)
    const replicator = await startReplicator(clusters, { topics: { include: ['long-.*'], naming: 'prefixed' } })
    await replicator.untilCaughtUp('long-not')
    expect(replicator.messages('topic-failed')).toEqual([expect.stringMatching(/is 252 characters long, Kafka allows/)])
  })
})

describe('one bad topic never stops the others', () => {
  test('a topic that the target refuses is told once; the others are created, grown and configured with it', async () => {
    // Kafka refuses a name that differs from another one only in dots and underscores.
    await clusters.target.client.createTopic('mixed_bad', 1)
    for (const topic of ['mixed.bad', 'mixed.a', 'mixed.z']) await create(topic, 2)
    const replicator = await startReplicator(clusters, { topics: 'mixed\\..*', discoveryMs: 500 })
    await replicator.untilCaughtUp('mixed.a', 'mixed.z')
    await clusters.source.client.createPartitions('mixed.z', 3)
    await clusters.source.client.alterConfig('mixed.a', { set: { 'retention.ms': '7200000' } })
    await replicator.untilEvent('partitions-added', 'mixed.z')
    await replicator.untilEvent('topic-config-copied', 'mixed.a')
    expect(replicator.messages('topic-failed')).toEqual([
      expect.stringMatching(/^topic mixed\.bad .*creating topic mixed\.bad: INVALID_TOPIC_EXCEPTION .*collides/),
    ])

    await clusters.target.client.deleteTopic('mixed_bad')
    await write('mixed.bad', {}, 'better late')
    await replicator.untilEvent('topic-discovered', 'mixed.bad')
    await replicator.untilCaughtUp('mixed.bad')
    expect(await valuesOf(clusters.target, 'mixed.bad')).toEqual(['better late'])
  })

  test('many topics are created by few requests, each as its source is', async () => {
    const names = Array.from({ length: 8 }, (_, n) => `batch-${n}`)
    await Promise.all(names.map((name, n) => create(name, 38 + n, { 'retention.ms': `${3_600_000 + n}` })))
    const replicator = await startReplicator(clusters, { topics: 'batch-.*' })
    await replicator.untilCaughtUp(...names)
    expect(replicator.messages('topic-failed')).toEqual([])
    for (const [n, name] of names.entries()) {
      // A broker that is asked may hear of new topics a moment later than the one that made them.
      const describe = async () => await clusters.target.client.describeTopic(name).catch(String)
      const wanted = { partitions: 38 + n, configs: { 'retention.ms': `${3_600_000 + n}` } }
      await expect.poll(describe, { timeout: 10_000 }).toMatchObject(wanted)
    }
  })
})

describe('where copying begins', () => {
  test('LATEST: nothing old, everything new, and what appears later whole, over stops too', async () => {
    await create('latest', 2)
    await write('latest', { partition: 0 }, 'old')
    const topics: TestOptions['topics'] = { include: ['latest.*'], startAt: 'latest' }
    const options = { id: 'from-latest', topics, discoveryMs: 500 }
    const first = await startReplicator(clusters, options)
    await first.until('the start is known', () => first.partitions('latest').every(({ copied }) => copied !== null))
    await write('latest', { partition: 0 }, 'new 1')
    await first.untilCaughtUp('latest')
    // One that appears while it runs, and one while it is stopped.
    await create('latest-running', 1)
    await write('latest-running', {}, 'first record')
    await first.untilEvent('topic-discovered', 'latest-running')
    await first.untilCaughtUp('latest-running')
    await first.stop()
    await write('latest', { partition: 1 }, 'new 2')
    await create('latest-stopped', 1)
    await write('latest-stopped', {}, 'first record')

    const second = await startReplicator(clusters, options)
    await second.untilCaughtUp('latest', 'latest-running', 'latest-stopped')
    expect(await valuesOf(clusters.target, 'latest')).toEqual(['new 1', 'new 2'])
    expect(await valuesOf(clusters.target, 'latest-running')).toEqual(['first record'])
    expect(await valuesOf(clusters.target, 'latest-stopped')).toEqual(['first record'])
  })

  test('EARLIEST begins where the source log begins', async () => {
    await create('earliest', 1)
    for (const value of ['a', 'b', 'c']) await write('earliest', {}, value)
    await clusters.source.client.deleteRecords('earliest', 0, 1)
    const replicator = await startReplicator(clusters, { topics: 'earliest' })
    await replicator.untilCaughtUp('earliest')
    expect(await contentOf(clusters.target, 'earliest')).toEqual(await contentOf(clusters.source, 'earliest', { 0: 1 }))
  })

  test('a start in the middle of a batch copies no record before it', async () => {
    await create('middle', 1)
    await write('middle', { lingerMs: 50 }, 'a', 'b', 'c', 'd')
    await clusters.source.client.deleteRecords('middle', 0, 2)
    await (await startReplicator(clusters, { topics: 'middle' })).untilCaughtUp('middle')
    expect(await valuesOf(clusters.target, 'middle')).toEqual(['c', 'd'])
  })

  test('without DetectAndCopyNewTopics a topic that appears later is left alone', async () => {
    await create('fixed-1', 1)
    const topics = { include: ['fixed-.*'], detectNew: false }
    const options = { id: 'fixed', topics, discoveryMs: 300 }
    const first = await startReplicator(clusters, options)
    await first.untilCaughtUp('fixed-1')
    await first.stop()
    await create('fixed-2', 1)
    const second = await startReplicator(clusters, options)
    await second.untilCaughtUp('fixed-1')
    await new Promise(resolve => setTimeout(resolve, 1_000))
    expect(second.partitions('fixed-2')).toEqual([])
  })
})

describe('the target follows the source', () => {
  test('partitions that are added get copied whole, from LATEST too', async () => {
    await create('grows', 1)
    const topics: TestOptions['topics'] = { include: ['grows'], startAt: 'latest' }
    const replicator = await startReplicator(clusters, { topics, discoveryMs: 500 })
    await replicator.untilCaughtUp('grows')
    await clusters.source.client.createPartitions('grows', 3)
    await write('grows', { partition: 2 }, 'in the new one')
    await replicator.untilEvent('partitions-added', 'from 1 to 3')
    await replicator.untilCaughtUp('grows')
    expect(await valuesOf(clusters.target, 'grows')).toEqual(['in the new one'])
    expect(await clusters.target.client.describeTopic('grows')).toMatchObject({ partitions: 3 })
  })

  test('a target that is there already, with fewer partitions, is grown before anything is copied', async () => {
    await create('narrow', 3)
    await write('narrow', { partition: 2 }, 'in the third')
    await clusters.target.client.createTopic('narrow', 1)
    const replicator = await startReplicator(clusters, { topics: 'narrow' })
    await replicator.untilCaughtUp('narrow')
    expect(replicator.messages('partitions-added')).toEqual([expect.stringContaining('from 1 to 3 partitions')])
    expect(await valuesOf(clusters.target, 'narrow')).toEqual(['in the third'])
  })

  test('a target with more partitions than the source is left as it is', async () => {
    await create('wider', 1)
    await clusters.target.client.createTopic('wider', 3)
    await write('wider', { partition: 0 }, 'a')
    await (await startReplicator(clusters, { topics: 'wider' })).untilCaughtUp('wider')
    expect(await clusters.target.client.describeTopic('wider')).toMatchObject({ partitions: 3 })
    expect(await valuesOf(clusters.target, 'wider')).toEqual(['a'])
  })

  test('configurations are copied, excluded ones left alone, and drift is repaired', async () => {
    const set = { 'retention.ms': '3600000', 'cleanup.policy': 'compact', 'min.insync.replicas': '1' }
    await clusters.source.client.createTopic('configured', 1, set)
    const replicator = await startReplicator(clusters, { topics: 'configured', discoveryMs: 500 })
    expect(await configsOnTarget('configured')).toEqual({ 'retention.ms': '3600000', 'cleanup.policy': 'compact' })

    await clusters.source.client.alterConfig('configured', {
      set: { 'retention.ms': '7200000', 'max.message.bytes': '2000000' },
      delete: ['cleanup.policy'],
    })
    await replicator.untilEvent('topic-config-copied', 'retention.ms=7200000')
    expect(await configsOnTarget('configured')).toEqual({ 'retention.ms': '7200000', 'max.message.bytes': '2000000' })

    await clusters.target.client.alterConfig('configured', {
      set: { 'retention.ms': '1000000', 'segment.ms': '5000000', 'unclean.leader.election.enable': 'true' },
    })
    await replicator.untilEvent('topic-config-copied', 'segment.ms removed')
    expect(await configsOnTarget('configured')).toEqual({
      'retention.ms': '7200000',
      'max.message.bytes': '2000000',
      'unclean.leader.election.enable': 'true',
    })
  })

  test('without CopyTopicConfigurations no configuration is touched', async () => {
    await clusters.source.client.createTopic('plain', 1, { 'retention.ms': '3600000' })
    const topics = { include: ['plain'], copyConfigurations: false }
    await (await startReplicator(clusters, { topics })).untilCaughtUp('plain')
    expect(await configsOnTarget('plain')).toEqual({})
  })
})

function create(topic: string, partitions: number, configs: Record<string, string> = {}): Promise<void> {
  return clusters.source.client.createTopic(topic, partitions, configs)
}

async function write(
  topic: string,
  { partition = 0, lingerMs = 0 }: { partition?: number; lingerMs?: number },
  ...values: string[]
): Promise<void> {
  await clusters.source.client.produce(
    topic,
    values.map(value => ({ partition, value })),
    { lingerMs },
  )
}

async function configsOnTarget(topic: string): Promise<Record<string, string>> {
  return (await clusters.target.client.describeTopic(topic)).configs
}
