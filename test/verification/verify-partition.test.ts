import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clock, systemClock } from '../../src/clock.js'
import { Cluster } from '../../src/clusters/cluster.js'
import { Leaders } from '../../src/clusters/leaders.js'
import { LocalKafka } from '../../src/local-kafka/local-kafka.js'
import type { OutsideClient } from '../../src/local-kafka/outside-client.js'
import type { Compression, OutsideRecord } from '../../src/local-kafka/outside-client-types.js'
import { ConnectionPool, type LogSide } from '../../src/verification/connection-pool.js'
import { fetchLog } from '../../src/verification/fetch-log.js'
import { logStart, stableEnd } from '../../src/verification/log-offsets.js'
import { type PartitionToVerify, type VerifyOptions, verifyPartition } from '../../src/verification/verify-partition.js'
import { startOutsideClient } from '../support/outside-client.js'
import { damageLastByte, hurriedClock, variedRecords } from './broker-logs.js'
import { found } from './memory-log.js'

/* Both topics lie on one broker: what is compared are two logs. The copies are made by Kafka's own Java client. */
const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const OPTIONS: VerifyOptions = { upToCopied: false, strictTarget: false, differencesPerPartition: 5 }

let kafka: LocalKafka
let client: OutsideClient
let side: LogSide
let topics = 0

beforeAll(async () => {
  kafka = await LocalKafka.start({ name: 'verify' })
  afterAll(() => kafka[Symbol.asyncDispose]())
  client = await startOutsideClient(kafka.bootstrapServers)
  const bootstrapBrokers = [kafka.bootstrapServers]
  const unsecured = { expectedClusterId: undefined }
  const cluster = new Cluster({ alias: 'local', reference: 'local', bootstrapBrokers, ...unsecured })
  await cluster.connect()
  side = { cluster, leaders: new Leaders(cluster, systemClock), connections: new ConnectionPool(cluster) }
  afterAll(async () => {
    side.connections.close()
    await cluster.close()
  })
})

async function newTopic(configs: Record<string, string> = {}): Promise<string> {
  const topic = `verify-${topics++}`
  await client.createTopic(topic, 1, configs)
  return topic
}

async function topicWith(records: readonly OutsideRecord[], compression: Compression = 'none'): Promise<string> {
  const topic = await newTopic()
  if (records.length > 0) await client.produce(topic, records, { compression, batchSize: 2_000, lingerMs: 5 })
  return topic
}

async function verify(
  sourceTopic: string,
  targetTopic: string,
  more: Partial<PartitionToVerify> & {
    options?: Partial<VerifyOptions>
    producerIds?: ReadonlySet<number>
    copied?: number
    starts?: [source: number, target: number]
    clock?: Clock
  } = {},
) {
  side.leaders.learn((await side.cluster.metadata([sourceTopic, targetTopic])).topics)
  const [sourceStart, targetStart] = more.starts ?? [0, 0]
  const note = {
    sourceNext: more.copied ?? (await stableEnd(side, sourceTopic, 0, systemClock)),
    ...{ sequences: new Map(), sourceEpoch: -1, openSegment: { number: 0, bytes: Buffer.alloc(0) } },
    targetEnd: 0,
    sourceStart,
    targetStart,
    sourceTopicId: '',
    targetTopicId: '',
  }
  const what = { sourceTopic, targetTopic, partition: 0, note, gaps: [], ...more }
  const writers = { refresh: async () => {}, cameFromTarget: () => false, ownProducers: () => more.producerIds }
  return await verifyPartition(
    { source: side, target: side },
    what,
    writers,
    { ...OPTIONS, ...more.options },
    more.clock ?? systemClock,
  )
}

/** The producer of a topic's last batch. */
async function lastProducerOf(topic: string): Promise<number> {
  side.leaders.learn((await side.cluster.metadata([topic])).topics)
  const to = await stableEnd(side, topic, 0, systemClock)
  let producerId = -1
  for await (const { batches } of fetchLog(side, { topic, partition: 0, from: 0, to }, systemClock)) {
    producerId = batches.at(-1)!.producerId
  }
  return producerId
}

describe('equal', () => {
  test.each(CODECS)('%s on both sides, and against an uncompressed copy', async codec => {
    const records = variedRecords(500)
    const source = await topicWith(records, codec)
    for (const target of [await topicWith(records, codec), await topicWith(records)]) {
      const result = await verify(source, target)
      expect(result).toMatchObject({ verdict: 'equal', problem: undefined, notices: [] })
      expect(result.comparison).toMatchObject({ matched: 500, sourceRecords: 500, targetRecords: 500 })
    }
  })

  test('two empty partitions', async () => {
    const result = await verify(await newTopic(), await newTopic())
    expect(result).toMatchObject({ verdict: 'equal', comparison: { matched: 0, sourceRecords: 0 } })
  })

  test('many megabytes, over several fetches, in batches of another size', async () => {
    const [source, target] = [await newTopic(), await newTopic()]
    const load = { partitions: 1, records: 20_000, recordSize: 1_000, seed: 3 }
    await client.load({ ...load, topic: source, compression: 'lz4', batchSize: 100_000, lingerMs: 5 })
    const copy = await client.read(source)
    for (let at = 0; at < copy.length; at += 4_000) {
      const records = copy.slice(at, at + 4_000).map(({ value, timestamp }) => ({ partition: 0, value, timestamp }))
      await client.produce(target, records, { compression: 'zstd' })
    }
    const result = await verify(source, target)
    expect(result).toMatchObject({ verdict: 'equal', comparison: { matched: 20_000 } })
  })
})

describe('each anomaly is found and named', () => {
  const records = variedRecords(300)
  const at = 151
  const victim = records[at]!
  let source: string
  beforeAll(async () => {
    source = await topicWith(records, 'lz4')
  })

  const anomalies: [string, OutsideRecord[], object, object?][] = [
    ['a missing record', records.toSpliced(at, 1), { 'lost-write': 1 }, { source: { offset: at } }],
    ['a duplicate', records.toSpliced(at + 1, 0, victim), { duplicate: 1 }, { target: { offset: at + 1 } }],
    ['a swap', records.with(at, records[at + 1]!).with(at + 1, victim), { order: 1 }],
    ['a changed value', records.with(at, { ...victim, value: 'other' }), { infidelity: 1 }, { fields: ['value'] }],
    ['a changed key', records.with(at, { ...victim, key: 'other' }), { infidelity: 1 }, { fields: ['key'] }],
    [
      'a lost header',
      records.with(at, { ...victim, headers: victim.headers!.slice(1) }),
      { infidelity: 1 },
      { fields: ['headers'] },
    ],
    [
      'a changed time',
      records.with(at, { ...victim, timestamp: victim.timestamp! + 1 }),
      { infidelity: 1 },
      { fields: ['timestamp'] },
    ],
    [
      'an empty instead of a null value',
      records.with(157, { ...records[157]!, value: '' }),
      { infidelity: 1 },
      { fields: ['value'] },
    ],
    [
      'a surplus record',
      records.toSpliced(at, 0, { partition: 0, value: 'nobody wrote this' }),
      { phantom: 1 },
      { target: { offset: at } },
    ],
    ['a lost tail', records.slice(0, 250), { 'lost-write': 50 }],
    ['everything twice', [...records, ...records], { duplicate: 300 }],
    ['nothing at all', [], { 'lost-write': 300 }],
  ]
  test.each(anomalies)('%s', async (_, copy, counts, shown) => {
    for (const codec of ['lz4', 'none'] as const) {
      const result = await verify(source, await topicWith(copy, codec))
      expect(result.verdict).toBe('different')
      expect(found(result.comparison!)).toEqual(counts)
      if (shown) expect(result.comparison!.differences[0]).toMatchObject(shown)
    }
  })
})

test('records of another producer are left out and counted, or differences when asked', async () => {
  const records = variedRecords(100)
  const source = await topicWith(records)
  const target = await newTopic()
  await client.produce(target, [{ partition: 0, value: 'before' }])
  await client.produce(target, records)
  const producerId = await lastProducerOf(target)
  await client.produce(target, [
    { partition: 0, value: 'behind' },
    { partition: 0, value: 'behind too' },
  ])
  expect(await verify(source, target, { producerIds: new Set([producerId]) })).toMatchObject({
    verdict: 'equal',
    foreignRecords: 3,
    comparison: { targetRecords: 100 },
  })
  const strict = await verify(source, target, { producerIds: new Set([producerId]), options: { strictTarget: true } })
  expect(found(strict.comparison!)).toEqual({ phantom: 3 })
  // What lay there before copying began is nobody's concern.
  expect(await verify(source, target, { producerIds: new Set([producerId]), starts: [0, 1] })).toMatchObject({
    foreignRecords: 2,
  })
})

test('aborted transactions and markers of the source must not be on the target; committed ones must', async () => {
  const source = await newTopic()
  const records = variedRecords(60)
  const parts = Array.from({ length: 6 }, (_, n) => records.slice(n * 10, n * 10 + 10))
  const outcomes = ['commit', 'abort', 'abort', 'commit', 'abort', 'commit'] as const
  // One producer with two aborted transactions in a row, another in between: the shapes that filters get wrong.
  for (const [n, outcome] of outcomes.entries()) {
    await client.produce(source, parts[n]!, { transactional: { id: `t${n % 2}-${source}`, outcome } })
  }
  const committed = parts.flatMap((part, n) => (outcomes[n] === 'commit' ? part : []))
  const equal = await verify(source, await topicWith(committed))
  expect(equal).toMatchObject({ verdict: 'equal', comparison: { matched: 30 } })
  const withAborted = await verify(source, await topicWith(records))
  expect(found(withAborted.comparison!)).toEqual({ phantom: 30 })

  await client.produce(source, records, { transactional: { id: `open-${source}`, outcome: 'leaveOpen' } })
  expect((await verify(source, await topicWith(committed))).verdict).toBe('equal')
  expect((await verify(source, await topicWith([...committed, ...records]))).verdict).toBe('different')
})

test('what is not copied yet is told apart from what is lost, and may be left out', async () => {
  const records = variedRecords(100)
  const [source, target] = [await topicWith(records), await topicWith(records.slice(0, 70))]
  const behind = await verify(source, target, { copied: 70 })
  expect(behind).toMatchObject({ verdict: 'behind', comparison: { notCopiedYet: 30, matched: 70 } })
  const upToCopied = { copied: 70, options: { upToCopied: true } }
  expect(await verify(source, target, upToCopied)).toMatchObject({ verdict: 'equal', sourceRange: [0, 70] })
  const lost = await verify(source, target, { copied: 80 })
  expect(found(lost.comparison!)).toEqual({ 'lost-write': 10, notCopiedYet: 20 })
  expect(await verify(source, target, { note: undefined })).toMatchObject({
    verdict: 'behind',
    problem: 'copying of this partition has not begun',
  })
})

test('copying that began in the middle is compared from there', async () => {
  const records = variedRecords(100)
  const source = await topicWith(records, 'gzip')
  const target = await topicWith(['old', 'older'].map(value => ({ partition: 0, value })))
  await client.produce(target, records.slice(37), { compression: 'gzip' })
  const result = await verify(source, target, { starts: [37, 2] })
  expect(result).toMatchObject({ verdict: 'equal', sourceRange: [37, 100], targetRange: [2, 65] })
})

test('a target topic that sets its own times', async () => {
  const records = variedRecords(50)
  const target = await newTopic({ 'message.timestamp.type': 'LogAppendTime' })
  await client.produce(target, records)
  const result = await verify(await topicWith(records), target)
  expect(result).toMatchObject({ verdict: 'equal', comparison: { timesNotCompared: 50 } })
  expect(result.notices[0]).toMatch(/timestamps of 50 records were not compared/)
})

test('records deleted on the source are said to be out of reach, those deleted on the target alone are missing', async () => {
  const records = variedRecords(100)
  const source = await topicWith(records)
  const target = await topicWith(records)
  await client.deleteRecords(source, 0, 40)
  const result = await verify(source, target)
  expect(result).toMatchObject({
    verdict: 'equal',
    comparison: { matched: 60, notComparable: { expiredOnSource: 40 } },
  })
  expect(result.notices[0]).toBe('source offsets 0 to 39 could not be compared: the source no longer holds them')
  await client.deleteRecords(target, 0, 50)
  const later = await verify(source, target)
  expect(later.verdict).toBe('different')
  expect(found(later.comparison!)).toEqual({ 'expired-on-target': 10 })
  await client.deleteRecords(source, 0, 60)
  expect((await verify(source, target)).verdict).toBe('equal')
  expect(await logStart(side, source, 0, systemClock)).toBe(60)
})

test('bytes damaged on the disk of either broker are found by their checksum', async () => {
  const records = variedRecords(100)
  const [source, target] = [await topicWith(records), await topicWith(records)]
  await damageLastByte(kafka.dataDir!, target)
  const result = await verify(source, target)
  expect(result.verdict).toBe('different')
  expect(result.problem).toMatch(new RegExp(`the batch at offset \\d+ of ${target}-0 on local carries the checksum`))
  expect((await verify(target, source)).verdict).toBe('different')
})

test('a log without a leader is not proven: it waits for a minute, then says so', async () => {
  const source = await topicWith(variedRecords(1))
  side.leaders.learn((await side.cluster.metadata([source])).topics)
  const result = await verify(source, 'not-there', { copied: 1, clock: hurriedClock() })
  expect(result).toMatchObject({ verdict: 'unread', comparison: undefined })
  expect(result.problem).toMatch(/not-there-0 on local: it has no leader/)
})
