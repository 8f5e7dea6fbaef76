import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { OutsideRecord, PartitionDigest } from '../../src/local-kafka/outside-client-types.js'
import { batchesIn } from '../../src/wire/record-batch.js'
import { startReplicator } from '../support/start-replicator.js'
import { contentAndOffsetsOf, contentOf, startTwoClusters, type TwoClusters } from '../support/two-clusters.js'

/** Times, keys, values and headers arrive as they were, in every codec and on both lanes. */

const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const upper = (codec: (typeof CODECS)[number]) => codec.toUpperCase() as Uppercase<typeof codec>

const ODD_RECORDS: OutsideRecord[] = [
  { partition: 0, key: null, value: null, timestamp: 0 },
  { partition: 0, key: '', value: '', timestamp: 1 },
  { partition: 0, key: null, value: '', headers: [['', '']], timestamp: 5 },
  { partition: 0, key: '', value: null, headers: [['h', null]], timestamp: 4 },
  { partition: 0, key: Buffer.from([0, 0, 0, 0]), value: Buffer.from([0xff, 0xfe, 0]), timestamp: 1_700_000_000_000 },
  {
    partition: 0,
    value: 'repeated and strange headers',
    headers: [
      ['h', 'one'],
      ['h', 'two'],
      ['h', null],
      ['__proto__', 'polluted'],
      ['constructor', Buffer.from([0, 255])],
      ['ünïcödé 🙂', ''],
    ],
    timestamp: 1_600_000_000_000,
  },
  { partition: 0, key: 'k'.repeat(1_000), value: 'v'.repeat(500_000), timestamp: 1_500_000_000_000 },
]

/** The odd records have odd times: retention would take them away in the middle of the test. */
const FOREVER = { 'retention.ms': '-1' }

let clusters: TwoClusters

beforeAll(async () => {
  // The cleaner looks at once, for the test with compaction.
  clusters = await startTwoClusters({ source: { config: { 'log.cleaner.backoff.ms': '100' } } })
})

test.each(CODECS)('%s where it is asked for: 20,000 records and odd ones', async compression => {
  const topic = `same-${compression}`
  const { client } = clusters.source
  await client.createTopic(topic, 2, FOREVER)
  await client.produce(topic, ODD_RECORDS, { compression })
  await client.load({ topic, partitions: 2, records: 20_000, recordSize: 200, compression })

  const replicator = await startReplicator(clusters, { topics: topic, compression: upper(compression) })
  await replicator.untilCaughtUp(topic)
  await expectEqual(topic)
  expect(await codecsOnTarget(topic)).toEqual([upper(compression)])
})

test('PRESERVE keeps all codecs in one topic apart', async () => {
  const topic = await mixedTopic('mixed')
  await (await startReplicator(clusters, { topics: topic })).untilCaughtUp(topic)
  await expectEqual(topic)
  expect(await codecsOnTarget(topic)).toEqual(CODECS.map(upper))
})

describe('on the lane that rewrites', () => {
  test.each(CODECS)('everything becomes %s', async compression => {
    const topic = await mixedTopic(`all-${compression}`)
    await (await startReplicator(clusters, { topics: topic, compression: upper(compression) })).untilCaughtUp(topic)
    await expectEqual(topic)
    expect(await codecsOnTarget(topic)).toEqual([upper(compression)])
  })

  test('gaps left by compaction close', async () => {
    const topic = await compactedTopic('gaps')
    await (await startReplicator(clusters, { topics: topic })).untilCaughtUp(topic)
    const [copied] = (await contentAndOffsetsOf(clusters.target, topic)) as [PartitionDigest]
    expect([copied]).toMatchObject(await contentOf(clusters.source, topic))
    expect(copied.lastOffset).toBe(BigInt(copied.records - 1))
  })

  test('the append times of the source become the times of the records', async () => {
    const { client } = clusters.source
    await client.createTopic('append-times', 1, { 'message.timestamp.type': 'LogAppendTime' })
    await client.produce('append-times', ODD_RECORDS, { lingerMs: 20 })
    await client.produce('append-times', ODD_RECORDS, { compression: 'lz4', lingerMs: 20 })
    await (await startReplicator(clusters, { topics: 'append-times' })).untilCaughtUp('append-times')
    await expectEqual('append-times')
    const [first] = await clusters.target.client.read('append-times', { maxRecords: 1 })
    expect(first!.timestamp).toBeGreaterThan(1_700_000_000_000)
  })

  test('batches larger than the target takes are split, in any codec', async () => {
    const topic = 'split'
    const { source, target } = clusters
    await source.client.createTopic(topic, 1)
    await target.client.createTopic(topic, 1, { 'max.message.bytes': '20000' })
    for (const compression of CODECS) {
      const settings = { compression, batchSize: 200_000, lingerMs: 20 }
      await source.client.load({ topic, partitions: 1, records: 2_000, recordSize: 1_000, ...settings })
    }
    const topics = { include: [topic], copyConfigurations: false }
    await (await startReplicator(clusters, { topics })).untilCaughtUp(topic)
    await expectEqual(topic)
  })
})

/** Batches of each codec in turn, large and small. */
async function mixedTopic(topic: string): Promise<string> {
  const { client } = clusters.source
  await client.createTopic(topic, 1, FOREVER)
  for (const compression of CODECS) {
    await client.produce(topic, ODD_RECORDS, { compression })
    await client.load({ topic, partitions: 1, records: 500, recordSize: 100, compression, lingerMs: 5 })
  }
  return topic
}

/** A log in which compaction has taken records out of batches. */
async function compactedTopic(topic: string): Promise<string> {
  const { client } = clusters.source
  await client.createTopic(topic, 1, {
    'cleanup.policy': 'compact',
    'segment.ms': '100',
    'min.cleanable.dirty.ratio': '0.01',
    'delete.retention.ms': '0',
  })
  const records = ['a', 'b', 'a', 'c', 'b', 'd'].map((key, n) => ({ partition: 0, key, value: `${key}${n}` }))
  for (const compression of CODECS) {
    const salted = records.map(record => ({ ...record, key: `${compression}-${record.key}` }))
    await client.produce(topic, salted, { compression, lingerMs: 20 })
  }
  for (let n = 0; n < 60; n++) {
    // Only a closed segment is compacted, and a segment closes when a record comes after its time.
    await new Promise(resolve => setTimeout(resolve, 250))
    await client.produce(topic, [{ partition: 0, key: 'closer', value: `${n}` }])
    const offsets = (await client.read(topic)).map(({ offset }) => Number(offset))
    if (!offsets.includes(0) && offsets.includes(2) && !offsets.includes(24)) return topic
  }
  throw new Error('the source has not compacted its log within 15 s')
}

/** The codecs of the batches in the target's log files, in the order in which they come first. */
async function codecsOnTarget(topic: string): Promise<(string | undefined)[]> {
  const folder = join(clusters.target.kafka.dataDir!, `${topic}-0`)
  const files = (await readdir(folder)).filter(file => file.endsWith('.log')).sort()
  const codecs = new Set<string | undefined>()
  for (const file of files) {
    const log = await readFile(join(folder, file))
    for (const { codec } of batchesIn(log, 0, log.length)) codecs.add(codec)
  }
  return [...codecs]
}

async function expectEqual(topic: string): Promise<void> {
  expect(await contentAndOffsetsOf(clusters.target, topic)).toEqual(await contentAndOffsetsOf(clusters.source, topic))
}
