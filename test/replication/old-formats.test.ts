import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { Compression, OutsideRecord, PartitionDigest } from '../../src/local-kafka/outside-client-types.js'
import { verifyReplicator } from '../../src/verification/verify-replicator.js'
import { batchesIn } from '../../src/wire/record-batch.js'
import { optionsFor, startReplicator, type TestOptions } from '../support/start-replicator.js'
import { firstUnlessThorough } from '../support/thorough.js'
import { contentAndOffsetsOf, contentOf, startSide, type TwoClusters } from '../support/two-clusters.js'

/**
 * What a log still holds from before Kafka 0.11. A 2.8.1 broker writes it where a topic asks for that format, and lays
 * what producers of today send into it; the target does not know it any more.
 */
const FORMATS = [
  { version: '0.9.0', magic: 0 },
  { version: '0.10.0', magic: 1 },
]
const CODECS = ['none', 'gzip', 'snappy', 'lz4'] as const

const ODD_RECORDS: OutsideRecord[] = [
  { partition: 0, key: null, value: null, timestamp: 0 },
  { partition: 0, key: '', value: '', timestamp: 1 },
  { partition: 0, key: null, value: '', timestamp: 5 },
  { partition: 0, key: '', value: null, timestamp: 4 },
  { partition: 0, key: Buffer.from([0, 0, 0, 0]), value: Buffer.from([0xff, 0xfe, 0]), timestamp: 1_700_000_000_000 },
  { partition: 0, key: 'k'.repeat(1_000), value: 'v'.repeat(500_000), timestamp: 1_500_000_000_000 },
]
/** The odd records have odd times: retention would take them away in the middle of the test. */
const FOREVER = { 'retention.ms': '-1' }

let clusters: TwoClusters

beforeAll(async () => {
  const [source, target] = await Promise.all([
    // The cleaner looks at once, for the test with compaction.
    startSide({ name: 'old', version: '2.8.1', config: { 'log.cleaner.backoff.ms': '100' } }),
    startSide({ name: 'new', version: '4.2.0' }),
  ])
  clusters = { source, target }
})

test.each(firstUnlessThorough(FORMATS))(
  'format of $version in every codec arrives untouched, at its offsets',
  async ({ version, magic }) => {
    const topic = await filledTopic(`format-${magic}`, { 'message.format.version': version })
    expect(await batchesOfSource(topic)).toEqual(CODECS.map(codec => `${magic} ${codec.toUpperCase()}`))

    await copyAndVerify(topic)
    expect(await contentAndOffsetsOf(clusters.target, topic)).toEqual(await contentAndOffsetsOf(clusters.source, topic))
    const [first] = await clusters.target.client.read(topic, { partitions: [0], maxRecords: 1 })
    expect(first!.timestamp).toBe(magic === 0 ? -1 : 0)
    // The target neither knows the setting nor could we write there if it did.
    expect((await clusters.target.client.describeTopic(topic)).configs).toEqual(FOREVER)
  },
)

test('times that a broker has set become the times of the records', async () => {
  const topic = await filledTopic('append-times', {
    'message.format.version': '0.10.0',
    'message.timestamp.type': 'LogAppendTime',
  })
  await copyAndVerify(topic)
  expect(await contentAndOffsetsOf(clusters.target, topic)).toEqual(await contentAndOffsetsOf(clusters.source, topic))
  const [first] = await clusters.target.client.read(topic, { partitions: [0], maxRecords: 1 })
  expect(first!.timestamp).toBeGreaterThan(1_700_000_000_000)
})

test('all formats in one log, one after the other, and a stop in the middle', async () => {
  const topic = await filledTopic('all-formats', { 'message.format.version': '0.9.0' })
  const id = randomUUID()
  await copyAndVerify(topic, { id, compression: 'ZSTD' })
  for (const version of ['0.10.0', '2.8']) {
    await clusters.source.client.alterConfig(topic, { set: { 'message.format.version': version } })
    await fill(topic)
  }
  expect(new Set((await batchesOfSource(topic)).map(batch => batch[0]))).toEqual(new Set(['0', '1', '2']))
  await copyAndVerify(topic, { id, compression: 'ZSTD' })
  expect(await contentAndOffsetsOf(clusters.target, topic)).toEqual(await contentAndOffsetsOf(clusters.source, topic))
})

test.each(firstUnlessThorough(FORMATS))(
  'a log in the format of $version that begins inside compressed messages',
  async ({ version, magic }) => {
    const topic = `begins-inside-${magic}`
    const { client } = clusters.source
    await client.createTopic(topic, 1, { 'message.format.version': version })
    await load(topic, 'gzip', 1)
    await client.deleteRecords(topic, 0, 777)
    await copyAndVerify(topic)
    const [copied] = (await contentAndOffsetsOf(clusters.target, topic)) as [PartitionDigest]
    expect(copied).toMatchObject({ records: 1_223, firstOffset: 0n })
    expect([copied]).toMatchObject(await contentOf(clusters.source, topic))
  },
)

test.each(firstUnlessThorough(FORMATS))(
  'more in one than the target takes in one is split: the format of $version',
  async ({ version, magic }) => {
    const topic = `split-${magic}`
    await clusters.source.client.createTopic(topic, 1, { 'message.format.version': version })
    await clusters.target.client.createTopic(topic, 1, { 'max.message.bytes': '20000' })
    for (const codec of CODECS) await load(topic, codec, 1)
    await copyAndVerify(topic, { topics: { include: [topic], copyConfigurations: false } })
    expect(await contentAndOffsetsOf(clusters.target, topic)).toEqual(await contentAndOffsetsOf(clusters.source, topic))
  },
)

test('records without a time are taken by a target that refuses old ones', async () => {
  const topic = await filledTopic('strict-times', { 'message.format.version': '0.9.0' })
  await clusters.target.client.createTopic(topic, 2, { ...FOREVER, 'message.timestamp.before.max.ms': '1000' })
  await copyAndVerify(topic, { topics: { include: [topic], copyConfigurations: false } })
  expect(await contentAndOffsetsOf(clusters.target, topic)).toEqual(await contentAndOffsetsOf(clusters.source, topic))
})

test.each(firstUnlessThorough(FORMATS))(
  'gaps left by compaction in the format of $version close',
  async ({ version, magic }) => {
    const topic = await compactedTopic(`gaps-${magic}`, version)
    await copyAndVerify(topic)
    const [copied] = (await contentAndOffsetsOf(clusters.target, topic)) as [PartitionDigest]
    expect([copied]).toMatchObject(await contentOf(clusters.source, topic))
    expect(copied.lastOffset).toBe(BigInt(copied.records - 1))
  },
)

async function copyAndVerify(topic: string, more: Partial<TestOptions> = {}): Promise<void> {
  const options = { id: randomUUID(), topics: topic, ...more }
  const replicator = await startReplicator(clusters, options)
  await replicator.untilCaughtUp(topic)
  await replicator.stop()
  expect(replicator.messages('partition-held')).toEqual([])
  const request = { topics: [], upToCopied: false, strictTarget: true, differencesPerPartition: 5 }
  expect(await verifyReplicator(optionsFor(clusters, options), request)).toMatchObject({ verdict: 'equal' })
}

async function filledTopic(topic: string, configs: Record<string, string>): Promise<string> {
  await clusters.source.client.createTopic(topic, 2, { ...FOREVER, ...configs })
  await fill(topic)
  return topic
}

async function fill(topic: string): Promise<void> {
  for (const compression of CODECS) {
    // These formats know no producers, so the broker refuses idempotent ones.
    await clusters.source.client.produce(topic, ODD_RECORDS, { compression, lingerMs: 20, idempotent: false })
    await load(topic, compression, 2)
  }
}

async function load(topic: string, compression: Compression, partitions: number): Promise<void> {
  const settings = { compression, batchSize: 50_000, lingerMs: 20, idempotent: false }
  await clusters.source.client.load({ topic, partitions, records: 2_000, recordSize: 200, ...settings })
}

/** A log in which compaction has taken messages out of compressed ones. */
async function compactedTopic(topic: string, version: string): Promise<string> {
  const { client } = clusters.source
  await client.createTopic(topic, 1, {
    'message.format.version': version,
    'cleanup.policy': 'compact',
    'segment.ms': '100',
    'min.cleanable.dirty.ratio': '0.01',
    'delete.retention.ms': '0',
  })
  const settings = { lingerMs: 20, idempotent: false }
  const records = ['a', 'b', 'a', 'c', 'b', 'd'].map((key, n) => ({ partition: 0, key, value: `${key}${n}` }))
  for (const compression of CODECS) {
    const salted = records.map(record => ({ ...record, key: `${compression}-${record.key}` }))
    await client.produce(topic, salted, { compression, ...settings })
  }
  for (let n = 0; n < 60; n++) {
    // Only a closed segment is compacted, and a segment closes when a record comes after its time.
    await new Promise(resolve => setTimeout(resolve, 250))
    await client.produce(topic, [{ partition: 0, key: 'closer', value: `${n}` }], settings)
    const offsets = (await client.read(topic)).map(({ offset }) => Number(offset))
    if (!offsets.includes(0) && offsets.includes(2) && !offsets.includes(24)) return topic
  }
  throw new Error('the source has not compacted its log within 15 s')
}

/** Format and codec of what lies in the source's log files of partition 0, in the order in which they come first. */
async function batchesOfSource(topic: string): Promise<string[]> {
  const folder = join(clusters.source.kafka.dataDir!, `${topic}-0`)
  const files = (await readdir(folder)).filter(file => file.endsWith('.log')).sort()
  const found = new Set<string>()
  for (const file of files) {
    const log = await readFile(join(folder, file))
    for (const { magic, codec } of batchesIn(log, 0, log.length)) found.add(`${magic} ${codec}`)
  }
  return [...found]
}
