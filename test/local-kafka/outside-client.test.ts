import { beforeAll, describe, expect, test } from 'vitest'
import { LocalKafka } from '../../src/local-kafka/local-kafka.js'
import { OutsideClient } from '../../src/local-kafka/outside-client.js'
import { startOutsideClient } from '../support/outside-client.js'

const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

let kafka: LocalKafka
let client: OutsideClient

beforeAll(async () => {
  kafka = await LocalKafka.start({ name: 'outside' })
  client = await startOutsideClient(kafka.bootstrapServers)
  return () => kafka[Symbol.asyncDispose]()
})

test.each(CODECS)('%s: null is not empty, and odd headers survive', async compression => {
  const topic = `odd-${compression}`
  await client.createTopic(topic, 2)
  const headers = [
    ['h', 'one'],
    ['h', null],
    ['', ''],
    ['ünï', Buffer.from([0, 255])],
  ] as const
  const offsets = await client.produce(
    topic,
    [
      { partition: 0, key: null, value: '', timestamp: 1_000 },
      { partition: 0, key: '', value: null, timestamp: 2_000 },
      { partition: 1, key: 'k', value: 'v'.repeat(2_000), headers, timestamp: 3_000 },
    ],
    { compression },
  )
  expect(offsets).toEqual([
    { partition: 0, offset: 0n },
    { partition: 0, offset: 1n },
    { partition: 1, offset: 0n },
  ])
  const records = (await client.read(topic)).sort((one, other) => one.timestamp - other.timestamp)
  const empty = Buffer.alloc(0)
  expect(records).toMatchObject([
    { partition: 0, offset: 0n, timestamp: 1_000, timestampType: 'CreateTime', key: null, value: empty, headers: [] },
    { partition: 0, offset: 1n, key: empty, value: null },
    { partition: 1, offset: 0n, key: Buffer.from('k'), value: Buffer.from('v'.repeat(2_000)) },
  ])
  const expected = headers.map(([key, value]) => [key, value === null ? null : Buffer.from(value as string)])
  expect(records[2]!.headers).toEqual(expected)
})

test('transactions: committed ones are seen, aborted ones not, open ones only uncommitted', async () => {
  await client.createTopic('transactions', 1)
  for (const outcome of ['commit', 'abort', 'leaveOpen'] as const) {
    await client.produce('transactions', [{ partition: 0, value: outcome }], {
      transactional: { id: outcome, outcome },
    })
  }
  const values = async (isolation: 'read_committed' | 'read_uncommitted') =>
    (await client.read('transactions', { isolation })).map(({ value }) => String(value))
  expect(await values('read_committed')).toEqual(['commit'])
  expect(await values('read_uncommitted')).toEqual(['commit', 'abort', 'leaveOpen'])
  await client.endTransaction('leaveOpen', 'commit')
  expect(await values('read_committed')).toEqual(['commit', 'leaveOpen'])
})

test('digests are equal for equal loads and differ when one record does', async () => {
  const loads = [
    ['first', 1],
    ['same', 1],
    ['other', 2],
  ] as const
  const digests = []
  for (const [topic, seed] of loads) {
    await client.createTopic(topic, 2)
    // The same times for all three: the broker sets them otherwise, and times are part of the digest.
    const records = Array.from({ length: 100 }, (_, n) => ({ partition: n % 2, value: `${n * seed}`, timestamp: n }))
    await client.produce(topic, records)
    digests.push(await client.digest(topic))
  }
  expect(digests[0]).toEqual(digests[1])
  expect(digests[0]).toMatchObject([
    { partition: 0, records: 50, firstOffset: 0n, lastOffset: 49n },
    { partition: 1, records: 50 },
  ])
  expect(digests[2]![1]!.sha256).not.toEqual(digests[0]![1]!.sha256)
})

test('a load is spread evenly, carries partition and sequence, and repeats for its seed', async () => {
  await client.createTopic('load', 4)
  const request = {
    topic: 'load',
    partitions: 4,
    records: 8_000,
    recordSize: 200,
    compression: 'lz4',
    seed: 5,
  } as const
  expect((await client.load(request)).records).toBe(8_000)
  expect((await client.digest('load')).map(({ records }) => records)).toEqual([2_000, 2_000, 2_000, 2_000])
  await client.load(request)
  const [first, again] = (await client.read('load', { partitions: [3] })).filter((_, index) => index % 2_000 === 7)
  expect(String(first!.value)).toMatch(/^3:7:/)
  expect(first!.value).toHaveLength(200)
  expect(again!.value).toEqual(first!.value)
})

describe('topics and groups', () => {
  test('partitions, configs and beginnings can be changed and described', async () => {
    await client.createTopic('settings', 1, { 'retention.ms': '3600000', 'max.message.bytes': '2000000' })
    await client.createPartitions('settings', 3)
    await client.alterConfig('settings', { set: { 'cleanup.policy': 'compact' }, delete: ['max.message.bytes'] })
    // The controller has answered; the broker learns of it a moment later.
    const expected = { partitions: 3, configs: { 'retention.ms': '3600000', 'cleanup.policy': 'compact' } }
    await expect.poll(() => client.describeTopic('settings'), { timeout: 10_000 }).toMatchObject(expected)
    const description = await client.describeTopic('settings')
    expect(Object.keys(description.configs)).toHaveLength(2)
    expect(description.topicId).toMatch(/^[\w-]{22}$/)
    await client.deleteTopic('settings')
    await expect(client.describeTopic('settings')).rejects.toThrow(/UnknownTopicOrPartition/)
  })

  test('records can be deleted from the front, and reading begins after them or where it is told', async () => {
    await client.createTopic('deleted', 1)
    await client.produce(
      'deleted',
      ['a', 'b', 'c', 'd'].map(value => ({ partition: 0, value })),
    )
    await client.deleteRecords('deleted', 0, 2n)
    expect(await client.endOffsets('deleted')).toEqual([{ partition: 0, beginning: 2n, end: 4n }])
    expect((await client.read('deleted')).map(({ offset }) => offset)).toEqual([2n, 3n])
    expect((await client.read('deleted', { from: { 0: 3n } })).map(({ offset }) => offset)).toEqual([3n])
    expect(await client.read('deleted', { maxRecords: 1 })).toHaveLength(1)
  })

  test('offsets of a group', async () => {
    await client.createTopic('grouped', 1)
    await client.commitOffset('group', 'grouped', 0, 7n, 'note')
    expect(await client.groupOffsets('group')).toEqual([
      { topic: 'grouped', partition: 0, offset: 7n, metadata: 'note' },
    ])
    await kafka.commitOffset('group', 'grouped', 0, 9)
    expect(await client.groupOffsets('group')).toMatchObject([{ offset: 9n }])
  })
})

test('latency is measured from one topic to the other, here the same one', async () => {
  await client.createTopic('latency', 2)
  const result = await client.latency({
    sourceBootstrap: kafka.bootstrapServers,
    targetBootstrap: kafka.bootstrapServers,
    sourceTopic: 'latency',
    targetTopic: 'latency',
    partitions: 2,
    recordSize: 100,
    ratePerSecond: 200,
    seconds: 1,
    warmupSeconds: 1,
  })
  expect(result).toMatchObject({ sent: 400, received: 400 })
  expect(result.p50Ms).toBeGreaterThan(0)
  expect(result.maxMs).toBeGreaterThanOrEqual(result.p99Ms!)
})

test('it serves a 2.8.1 broker as well, transactions included', async () => {
  await using oldKafka = await LocalKafka.start({ version: '2.8.1' })
  await using oldClient = await OutsideClient.start(oldKafka.bootstrapServers)
  await oldClient.createTopic('old', 1)
  await oldClient.produce('old', [{ value: 'no' }], { transactional: { id: 't', outcome: 'abort' } })
  await oldClient.produce('old', [{ value: 'yes' }], { compression: 'zstd' })
  await oldClient.commitOffset('group', 'old', 0, 1)
  expect((await oldClient.read('old')).map(({ value }) => String(value))).toEqual(['yes'])
  expect(await oldClient.groupOffsets('group')).toMatchObject([{ topic: 'old', offset: 1n }])
  expect(await oldClient.describeTopic('old')).toMatchObject({ partitions: 1 })
})

test("a failed request carries the exception's text", async () => {
  await expect(client.digest('no-such-topic')).rejects.toThrow(/UnknownTopicOrPartition/)
  await expect(client.createTopic('bad name!', 1)).rejects.toThrow(/InvalidTopicException.*bad name!/)
})
