import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Clock } from '../../src/clock.js'
import type { Cluster } from '../../src/clusters/cluster.js'
import { Leaders } from '../../src/clusters/leaders.js'
import type { Obstacle } from '../../src/policy/obstacles.js'
import { BufferPool } from '../../src/records/buffer-pool.js'
import { CodecShelf } from '../../src/records/codec-shelf.js'
import { PartitionCopy } from '../../src/records/partition-copy.js'
import { SourceReaders } from '../../src/records/source-readers.js'
import { ByteReader } from '../../src/wire/byte-reader.js'
import { ByteWriter } from '../../src/wire/byte-writer.js'
import type { EpochEnd } from '../../src/wire/messages/fetch.js'
import type { TopicMetadata } from '../../src/wire/messages/metadata.js'
import { batchBytes } from '../support/batches.js'

/** One broker that is played by the test: what it is asked is looked at, and it answers when it is told to. */

const ID = 'a'.repeat(32)
const OTHER_ID = 'b'.repeat(32)
const GONE = { errorCode: 3, name: 'orders', topicId: '0'.repeat(32), isInternal: false, partitions: [] }
const UNKNOWN_TOPIC_ID = 100

interface Asked {
  version: number
  topicId: string
  partition: number
  fetchOffset: number
  lastFetchedEpoch: number
}

let row: TopicMetadata
let epochEnd: EpochEnd
let newestFetch: number
let asked: Asked[]
let epochQuestions: number
let pending: ((answer: Buffer) => void) | undefined
let leaders: Leaders
let readers: SourceReaders
let copy: PartitionCopy
let obstacles: Obstacle[]
let throttled: number[]

beforeEach(async () => {
  row = topic(ID, 5)
  ;[newestFetch, asked, epochQuestions, pending, obstacles, throttled] = [18, [], 0, undefined, [], []]
  const clock: Clock = { now: () => 0, monotonic: () => 0, sleep: async () => void (await turn()) }
  const cluster = playedCluster()
  leaders = new Leaders(cluster, clock)
  leaders.learn([row])
  const pool = new BufferPool(64 * 1024, 8)
  readers = new SourceReaders({ cluster, leaders }, pool, clock, () => {})
  copy = partition()
})

afterEach(() => readers.stop())

test('a topic is asked for by its id, in the epoch of what was read', async () => {
  readers.add(copy)
  expect(await nextAsked()).toEqual(request(13, 10, -1))
  answer({ records: batch(10, 4) })
  expect(await nextAsked()).toEqual(request(13, 12, 4))
  expect(epochQuestions).toBe(0)
})

test.each([
  ['a broker that cannot', 12, ID],
  ['a topic without an id', 18, '0'.repeat(32)],
])('%s is asked by name', async (_what, newest, topicId) => {
  newestFetch = newest
  leaders.learn([topic(topicId, 5)])
  copy = partition(topicId)
  readers.add(copy)
  expect(await nextAsked()).toMatchObject({ version: 11, fetchOffset: 10 })
})

test.each([13, 11])(
  'version %s: where the log parts, the partition is stopped with offsets and epoch',
  async version => {
    newestFetch = version
    copy = partition(ID, 4)
    epochEnd = { epoch: 4, endOffset: 7 }
    readers.add(copy)
    if (version === 13) {
      await nextAsked()
      answer({ diverging: epochEnd })
    }
    await until(() => obstacles.length > 0)
    expect(obstacles).toEqual([{ kind: 'diverged', from: 7, to: 10, epoch: 4, epochBefore: 4 }])
    expect(epochQuestions).toBe(version === 11 ? 1 : 0)
  },
)

test('version 11: a leader that has changed and lost nothing is read, and asked about no more', async () => {
  newestFetch = 11
  copy = partition(ID, 4)
  epochEnd = { epoch: 4, endOffset: 10 }
  readers.add(copy)
  expect(await nextAsked()).toMatchObject({ version: 11, fetchOffset: 10 })
  expect([epochQuestions, obstacles]).toEqual([1, []])
})

test('what is told to go on elsewhere is read from there, in an epoch not known', async () => {
  copy = partition(ID, 4)
  readers.add(copy)
  await nextAsked()
  answer({ diverging: { epoch: 3, endOffset: 7 } })
  await until(() => obstacles.length > 0)
  copy.progress.sourceCutBack({ offset: 7, epoch: -1 })
  copy.resume()
  readers.add(copy)
  expect(await nextAsked()).toEqual(request(13, 7, -1))
  answer({ records: batch(7, 5) })
  expect(await nextAsked()).toEqual(request(13, 9, 5))
  expect(obstacles).toHaveLength(1)
})

test('a topic that is gone is waited for, and one that was created anew is another', async () => {
  readers.add(copy)
  await nextAsked()
  row = GONE
  answer({ errorCode: UNKNOWN_TOPIC_ID })
  await until(() => copy.snapshot().reason?.includes('is gone (deleted?)') === true)
  row = topic(OTHER_ID, 0)
  await until(() => obstacles.length > 0)
  expect(obstacles).toEqual([{ kind: 'recreated', side: 'source', topic: 'orders' }])
})

test('a broker that lags behind is asked again until it knows the topic', async () => {
  readers.add(copy)
  await nextAsked()
  answer({ errorCode: UNKNOWN_TOPIC_ID })
  expect(await nextAsked()).toEqual(request(13, 10, -1))
  expect(obstacles).toEqual([])
})

test('a topic created anew and its former one may be there at once', async () => {
  readers.add(copy)
  await nextAsked()
  row = topic(OTHER_ID, 0)
  answer({ errorCode: UNKNOWN_TOPIC_ID })
  await until(() => obstacles.length > 0)
  readers.add(partition(OTHER_ID))
  expect(await nextAsked()).toEqual({ ...request(13, 10, -1), topicId: OTHER_ID })
})

test('version 11: a log that is shorter than it was is not read on before the topic is looked at', async () => {
  newestFetch = 11
  readers.add(copy)
  await nextAsked()
  answer({ records: batch(10, 4) })
  await nextAsked()
  row = topic(OTHER_ID, 0)
  answer({ records: batch(12, 0), highWatermark: 50 })
  await until(() => !copy.wantsRecords)
  const sent = copy.takeForSending()!
  const appended = { topic: 'orders', partition: 0, errorCode: 0, baseOffset: 0, logStartOffset: 0, errorMessage: null }
  copy.acknowledge(sent, appended)
  await until(() => obstacles.length > 0)
  expect(obstacles).toMatchObject([{ kind: 'recreated' }])
  expect(copy.fetchOffset).toBe(12)
})

test('a broker that throttles is noted', async () => {
  readers.add(copy)
  await nextAsked()
  answer({ throttleMs: 40 })
  await until(() => pending !== undefined)
  answer({})
  await until(() => pending !== undefined)
  expect(throttled).toEqual([40])
})

function playedCluster(): Cluster {
  const versions = () => new Map([[1, { min: 4, max: newestFetch }]])
  const send = (api: { version: number }, [body]: [Buffer], { allocate }: { allocate: (size: number) => Buffer }) =>
    new Promise<Buffer>(resolve => {
      readRequest(api.version, body)
      pending = bytes => {
        const room = allocate(bytes.length)
        bytes.copy(room)
        resolve(room.subarray(0, bytes.length))
      }
    })
  const connection = { send, close: () => {} }
  return {
    health: { throttled: (ms: number) => throttled.push(ms) },
    metadata: async () => ({ topics: [structuredClone(row)] }),
    openDataConnection: async () => ({ connection, versions: versions() }),
    supports: async (_node: number, api: { version: number }) => api.version <= newestFetch,
    call: async () => {
      epochQuestions++
      return [{ topic: 'orders', partition: 0, errorCode: 0, ...epochEnd }]
    },
  } as unknown as Cluster
}

/** Requests here name one partition or none. */
function readRequest(version: number, body: Buffer): void {
  const reader = new ByteReader(body, 25)
  const count = version === 13 ? reader.unsignedVarint() - 1 : reader.int32()
  if (count === 0) return
  const topicId = version === 13 ? reader.uuid() : reader.string()
  if (version === 13) reader.unsignedVarint()
  else reader.int32()
  const place = { partition: reader.int32(), epoch: reader.int32(), fetchOffset: reader.int64() }
  const lastFetchedEpoch = version === 13 ? reader.int32() : -1
  asked.push({ version, topicId, partition: place.partition, fetchOffset: place.fetchOffset, lastFetchedEpoch })
}

interface Answer {
  throttleMs?: number
  errorCode?: number
  highWatermark?: number
  records?: Buffer
  diverging?: EpochEnd
}

function answer({ throttleMs = 0, errorCode = 0, highWatermark = 100, ...rest }: Answer): void {
  const { records = Buffer.alloc(0), diverging } = rest
  const last = newestFetch >= 13
  const writer = new ByteWriter()
  if (last) writer.noTags()
  writer.int32(throttleMs).int16(0).int32(77)
  if (last) writer.unsignedVarint(2).uuid(ID).unsignedVarint(2)
  else writer.int32(1).string('orders').int32(1)
  writer.int32(0).int16(errorCode).int64(highWatermark).int64(highWatermark).int64(0)
  if (last)
    writer
      .unsignedVarint(0)
      .int32(-1)
      .unsignedVarint(records.length + 1)
  else writer.int32(0).int32(-1).int32(records.length)
  writer.raw(records)
  if (last && diverging) writer.unsignedVarint(1).unsignedVarint(0).unsignedVarint(13)
  if (last && diverging) writer.int32(diverging.epoch).int64(diverging.endOffset).noTags()
  else if (last) writer.noTags()
  if (last) writer.noTags().noTags()
  const reply = pending
  pending = undefined
  reply?.(writer.bytes())
}

function partition(sourceTopicId = ID, sourceEpoch = -1): PartitionCopy {
  const names = { sourceTopic: 'orders', targetTopic: 'orders', targetTopicId: 'f'.repeat(32), partition: 0 }
  const observer = {
    ...{ needsResume: () => {}, needs: () => {}, held: () => {}, drained: () => {} },
    obstructed: (_: PartitionCopy, obstacle: Obstacle) => obstacles.push(obstacle),
  }
  const SESSION = { producerId: 7, producerEpoch: 0 }
  const rules = {
    compression: 'PRESERVE',
    codecs: new CodecShelf(),
    origins: { of: () => SESSION },
    now: () => 0,
    mergePool: new BufferPool(1024, 1),
  } as const
  const made = new PartitionCopy({ ...names, sourceTopicId }, rules, observer)
  made.progress.begin(
    { sourceNext: 10, sourceEpoch, sequences: new Map(), targetEnd: 0 },
    { sourceStart: 0, targetStart: 0 },
  )
  made.resume()
  return made
}

/** Two records. */
function batch(baseOffset: number, leaderEpoch: number): Buffer {
  const bytes = batchBytes({ baseOffset, records: 2 })
  bytes.writeInt32BE(leaderEpoch, 12)
  return bytes
}

function topic(topicId: string, leaderEpoch: number): TopicMetadata {
  const partitions = [{ errorCode: 0, partition: 0, leader: 1, leaderEpoch }]
  return { errorCode: 0, name: 'orders', topicId, isInternal: false, partitions }
}

function request(version: number, fetchOffset: number, lastFetchedEpoch: number): Asked {
  return { version, topicId: ID, partition: 0, fetchOffset, lastFetchedEpoch }
}

/** The next request that names the partition. */
async function nextAsked(): Promise<Asked | undefined> {
  await until(() => asked.length > 0 && pending !== undefined)
  return asked.shift()
}

async function until(condition: () => boolean): Promise<void> {
  for (let turns = 0; turns < 500 && !condition(); turns++) await turn()
  expect(condition()).toBe(true)
}

function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
