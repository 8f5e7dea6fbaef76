import { beforeAll, expect, test } from 'vitest'
import { startReplicator } from '../support/start-replicator.js'
import { contentOf, type Side, startSide, type TwoClusters } from '../support/two-clusters.js'

/** Kafka 2.8.1 is the oldest that is supported, on either side; here each side is the source once. */

let oldSide: Side
let newSide: Side

/** Identical names in both directions would be refused as a loop, so the way back to the old cluster has prefixes. */
const selection = (topic: string, isBack: boolean) =>
  isBack ? { include: [topic], naming: 'prefixed' as const } : topic
/** `startReplicator` calls its source "source". */
const copyOf = (topic: string, isBack: boolean) => (isBack ? `source.${topic}` : topic)

beforeAll(async () => {
  const [first, second] = await Promise.all([
    startSide({ name: 'old', version: '2.8.1' }),
    startSide({ name: 'new', version: '4.2.0' }),
  ])
  oldSide = first
  newSide = second
})

test.each(['2.8.1 → 4.2.0', '4.2.0 → 2.8.1'])('%s: every codec, transactions, configs, stops', async direction => {
  const clusters = direction.startsWith('2.8.1')
    ? { source: oldSide, target: newSide }
    : { source: newSide, target: oldSide }
  const isBack = clusters.target === oldSide
  const topic = `from-${direction.slice(0, 5)}`
  await fill(clusters, topic)
  const options = { id: topic, topics: selection(topic, isBack) }

  const first = await startReplicator(clusters, options)
  await first.untilCaughtUp(topic)
  await first.stop()
  await fill(clusters, topic)
  const second = await startReplicator(clusters, options)
  await second.untilCaughtUp(topic)

  const copy = copyOf(topic, isBack)
  expect(await contentOf(clusters.target, copy)).toEqual(await contentOf(clusters.source, topic))
  expect((await clusters.target.client.describeTopic(copy)).configs).toEqual({ 'retention.ms': '86400000' })
  expect(second.messages('partition-held')).toEqual([])
})

test.each(['2.8.1', '4.2.0'])('a killed %s target broker comes back and is asked how far it was', async version => {
  const clusters = version === '2.8.1' ? { source: newSide, target: oldSide } : { source: oldSide, target: newSide }
  const isBack = clusters.target === oldSide
  const topic = `killed-${version}`
  await clusters.source.client.createTopic(topic, 2)
  const replicator = await startReplicator(clusters, { topics: selection(topic, isBack) })
  const load = { topic, partitions: 2, recordSize: 100, lingerMs: 5 }
  const loaded = clusters.source.client.load({ ...load, records: 5_000, ratePerSecond: 1_000 })
  await replicator.until('records flow', () => replicator.recordsCopied > 500)
  await clusters.target.kafka.restart({ signal: 'SIGKILL' })
  await loaded
  await replicator.untilCaughtUp(topic)
  expect(await contentOf(clusters.target, copyOf(topic, isBack))).toEqual(await contentOf(clusters.source, topic))
})

async function fill({ source: { client } }: TwoClusters, topic: string): Promise<void> {
  await client.createTopic(topic, 2, { 'retention.ms': '86400000' }).catch(() => {}) // the second time it is there
  for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
    await client.load({ topic, partitions: 2, records: 2_000, recordSize: 100, compression, lingerMs: 2 })
  }
  for (const outcome of ['abort', 'commit'] as const) {
    await client.produce(topic, [{ partition: 0, value: outcome }], { transactional: { id: topic, outcome } })
  }
}
