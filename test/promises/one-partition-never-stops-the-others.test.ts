import { beforeAll, expect, test } from 'vitest'
import { startReplicator } from '../support/start-replicator.js'
import { startTwoClusters, type TwoClusters, valuesOf } from '../support/two-clusters.js'

/** What cannot be copied holds its own partition, with a reason; the others go on, and nothing wrong is written. */

const HOUR_MS = 3_600_000

let clusters: TwoClusters

beforeAll(async () => {
  clusters = await startTwoClusters()
})

test('records with times that the target refuses', async () => {
  await createOnBoth('times', { source: { 'message.timestamp.after.max.ms': `${100 * HOUR_MS}` } })
  await write('times', [0, 1], 'good')
  await write('times', [0], 'from the future', { timestamp: Date.now() + 2 * HOUR_MS })
  await write('times', [0, 1], 'behind it')

  const replicator = await start('times')
  const reason = await replicator.untilHeld('times', 0)
  expect(reason).toMatch(/refused source offsets \d-\d: timestamps outside its message\.timestamp/)
  await goesOn(replicator)
})

test('a record without a key for a compacted topic', async () => {
  await createOnBoth('keys', { target: { 'cleanup.policy': 'compact' } })
  await write('keys', [0, 1], 'good', { key: 'k' })
  await write('keys', [0], 'without a key')
  await write('keys', [0], 'behind it', { key: 'k' })
  await write('keys', [1], 'behind it', { key: 'other' })

  const replicator = await start('keys')
  expect(await replicator.untilHeld('keys', 0)).toMatch(/refused source offsets \d-\d: INVALID_RECORD/)
  await goesOn(replicator, { key: 'k' })
})

test('a record larger than the target takes', async () => {
  await createOnBoth('sizes', { target: { 'max.message.bytes': '5000' } })
  await write('sizes', [0, 1], 'good')
  await write('sizes', [0], 'x'.repeat(6_000))
  await write('sizes', [0, 1], 'behind it')

  const replicator = await start('sizes')
  expect(await replicator.untilHeld('sizes', 0)).toMatch(/source offsets 1-1 .*larger than its topic's max\.message/)
  await goesOn(replicator)
})

test('records that the source has deleted before they were copied', async () => {
  await createOnBoth('deleted', {})
  await write('deleted', [0, 1], 'copied')
  const first = await start('deleted')
  await first.untilCaughtUp('deleted')
  await first.stop()
  for (const value of ['lost 1', 'lost 2', 'behind it']) await write('deleted', [0, 1], value)
  await clusters.source.client.deleteRecords('deleted', 0, 3)

  const second = await start('deleted')
  expect(await second.untilHeld('deleted', 0)).toMatch(/no longer has offsets 1-2: retention or DeleteRecords took 2/)
  await second.untilEvent('partition-held', 'deleted-0 is held: ')
  await second.until('the other one is copied', () => second.partitions('deleted')[1]?.copied === 4)
  expect(await valuesOf(clusters.target, 'deleted')).toEqual(['copied', 'copied', 'lost 1', 'lost 2', 'behind it'])
})

test('when every partition is held, it ends by itself with 5 and the reason', async () => {
  await createOnBoth('all', { target: { 'max.message.bytes': '5000' } })
  await write('all', [0, 1], 'x'.repeat(6_000))
  const replicator = await start('all')
  expect(await replicator.replicator.ended).toEqual({
    exitCode: 5,
    reason: expect.stringMatching(/^all 2 partitions are held to protect the data: .*larger than/),
  })
  expect(replicator.messages('partition-held')).toHaveLength(2)
  expect(await valuesOf(clusters.target, 'all')).toEqual([])
})

/** Partition 0 got "good" and is held; partition 1 gets what is written, now too. */
async function goesOn(replicator: Awaited<ReturnType<typeof start>>, { key }: { key?: string } = {}): Promise<void> {
  const topic = replicator.replicator.options.topics.include[0]!
  const before = await valuesOf(clusters.source, topic)
  await clusters.source.client.produce(topic, [{ partition: 1, value: 'new', ...(key ? { key } : {}) }])
  const end = (await clusters.source.client.endOffsets(topic))[1]!.end
  await replicator.until('the other one is copied', () => replicator.partitions(topic)[1]?.copied === Number(end))
  const inPartition1 = before.slice(before.lastIndexOf('good'))
  expect(await valuesOf(clusters.target, topic)).toEqual(['good', ...inPartition1, 'new'])
}

function start(topic: string) {
  return startReplicator(clusters, { id: topic, topics: { include: [topic], copyConfigurations: false } })
}

/** Two partitions; the sides differ in what they take. */
async function createOnBoth(
  topic: string,
  configs: { source?: Record<string, string>; target?: Record<string, string> },
): Promise<void> {
  await clusters.source.client.createTopic(topic, 2, configs.source)
  await clusters.target.client.createTopic(topic, 2, configs.target)
}

async function write(
  topic: string,
  partitions: number[],
  value: string,
  more: { key?: string; timestamp?: number } = {},
): Promise<void> {
  await clusters.source.client.produce(
    topic,
    partitions.map(partition => ({ partition, value, ...more })),
  )
}
