import { beforeAll, expect, test } from 'vitest'
import { startReplicator } from '../support/start-replicator.js'
import { contentOf, startTwoClusters, type TwoClusters, uncommittedCounts, valuesOf } from '../support/two-clusters.js'

/** **committed-only**: what a transaction has not committed never reaches the target, and what it has always does. */

let clusters: TwoClusters

beforeAll(async () => {
  clusters = await startTwoClusters()
})

test('committed, aborted and interleaved transactions among ordinary records', async () => {
  const topic = await newTopic('settled', 2)
  for (let round = 0; round < 6; round++) {
    await write(topic, `plain ${round}`)
    await write(topic, `open ${round}`, 'slow')
    await write(topic, `no ${round}`, 'aborting', 'abort')
    await write(topic, `yes ${round}`, 'committing', 'commit')
    await clusters.source.client.endTransaction('slow', round % 2 === 0 ? 'commit' : 'abort')
  }
  await (await startReplicator(clusters, { topics: topic })).untilCaughtUp(topic)
  await expectCommittedOnly(topic)
})

test('a stream of transactions, aborted ones among them, while it is copied', async () => {
  const topic = await newTopic('flowing', 1)
  const replicator = await startReplicator(clusters, { topics: topic })
  for (let n = 0; n < 18; n++) await write(topic, `${n}`, `producer-${n % 3}`, n % 4 === 0 ? 'abort' : 'commit')
  await replicator.untilCaughtUp(topic)
  await expectCommittedOnly(topic)
})

test('an open transaction holds back what is behind it, until it is ended', async () => {
  const topic = await newTopic('open', 1)
  const { client } = clusters.source
  await write(topic, 'before')
  await write(topic, 'undecided', 'open-one')
  await write(topic, 'behind')

  const replicator = await startReplicator(clusters, { topics: topic })
  await replicator.until('what is before it is copied', () => replicator.partitions(topic)[0]?.state === 'caught-up')
  expect(replicator.partitions(topic)).toMatchObject([{ copied: 1, sourceEnd: 1, lag: 0 }])
  expect(await valuesOf(clusters.target, topic)).toEqual(['before'])

  await client.endTransaction('open-one', 'commit')
  await replicator.untilCaughtUp(topic)
  expect(await valuesOf(clusters.target, topic)).toEqual(['before', 'undecided', 'behind'])

  await write(topic, 'regretted', 'open-two')
  await write(topic, 'end')
  await client.endTransaction('open-two', 'abort')
  await replicator.untilCaughtUp(topic)
  expect(await valuesOf(clusters.target, topic)).toEqual(['before', 'undecided', 'behind', 'end'])
})

test('a stop between the records of a transaction and its marker', async () => {
  const topic = await newTopic('stopped', 1)
  const options = { id: 'stopped-in-transaction', topics: topic }
  await write(topic, 'first', 'kept')
  await write(topic, 'second', 'dropped')
  const first = await startReplicator(clusters, options)
  await first.until('it has seen the open end', () => first.partitions(topic)[0]?.sourceEnd === 0)
  await first.stop()
  await clusters.source.client.endTransaction('kept', 'commit')
  await clusters.source.client.endTransaction('dropped', 'abort')

  const second = await startReplicator(clusters, options)
  await second.untilCaughtUp(topic)
  expect(second.partitions(topic)).toMatchObject([{ copied: 4, recordsCopied: 1 }])
  expect(await valuesOf(clusters.target, topic)).toEqual(['first'])
})

async function newTopic(topic: string, partitions: number): Promise<string> {
  await clusters.source.client.createTopic(topic, partitions)
  return topic
}

/** One record in each partition: alone, or in a transaction, which stays open unless its outcome is given. */
async function write(
  topic: string,
  value: string,
  id?: string,
  outcome: 'commit' | 'abort' | 'leaveOpen' = 'leaveOpen',
) {
  const { client } = clusters.source
  const { partitions } = await client.describeTopic(topic)
  const records = Array.from({ length: partitions }, (_, partition) => ({ partition, value }))
  await client.produce(topic, records, id ? { transactional: { id, outcome } } : {})
}

/** Also for consumers of the target that read uncommitted records: there are none. */
async function expectCommittedOnly(topic: string): Promise<void> {
  const committed = await contentOf(clusters.source, topic)
  expect(await contentOf(clusters.target, topic)).toEqual(committed)
  expect(await uncommittedCounts(clusters.target, topic)).toEqual(committed.map(({ records }) => records))
}
