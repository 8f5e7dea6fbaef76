import { describe, expect, test } from 'vitest'
import { ByteReader } from '../../src/wire/byte-reader.js'
import { ByteWriter } from '../../src/wire/byte-writer.js'
import { describeTopicAcls } from '../../src/wire/messages/describe-acls.js'
import { describeConfigs } from '../../src/wire/messages/describe-configs.js'
import { describeProducers } from '../../src/wire/messages/describe-producers.js'
import { fetch } from '../../src/wire/messages/fetch.js'
import { fetchById } from '../../src/wire/messages/fetch-by-id.js'
import { offsetForLeaderEpoch } from '../../src/wire/messages/offset-for-leader-epoch.js'
import { produceRequest, readProduceResponse } from '../../src/wire/messages/produce.js'
import { hex } from './hex.js'

/** The layouts of the answers that the data path decides by; that the requests are right is proven by real brokers. */

const RECORDS = Buffer.from('record bytes')

describe('the answer to Fetch', () => {
  const answer = new ByteWriter().int32(5).int16(0).int32(77).int32(1).string('orders').int32(2)
  // partition, error, high watermark, last stable offset, log start, aborted, preferred replica, records
  answer.int32(0).int16(0).int64(90).int64(80).int64(10)
  answer.array(
    [
      [7, 40],
      [7, 60],
    ],
    ([id, first]) => answer.int64(id!).int64(first!),
  )
  answer.int32(-1).int32(RECORDS.length).raw(RECORDS)
  answer.int32(3).int16(1).int64(-1).int64(-1).int64(-1).int32(-1).int32(-1).int32(-1)
  const bytes = answer.bytes()

  test('says of each partition how far it goes, what was aborted, and where its records lie', () => {
    const { partitions, ...session } = fetch.read(new ByteReader(bytes))
    expect(session).toEqual({ throttleTimeMs: 5, errorCode: 0, sessionId: 77 })
    expect(partitions).toMatchObject([
      {
        ...{ topic: 'orders', partition: 0, errorCode: 0, highWatermark: 90, lastStableOffset: 80, logStartOffset: 10 },
        abortedTransactions: [
          { producerId: 7, firstOffset: 40 },
          { producerId: 7, firstOffset: 60 },
        ],
      },
      { topic: 'orders', partition: 3, errorCode: 1, abortedTransactions: [] },
    ])
    const [first, second] = partitions as [(typeof partitions)[0], (typeof partitions)[0]]
    expect(bytes.subarray(first.recordsStart, first.recordsEnd)).toEqual(RECORDS)
    expect(second.recordsEnd).toBe(second.recordsStart)
  })

  test('that is cut short anywhere is an error, never records that are not there', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => fetch.read(new ByteReader(bytes.subarray(0, length)))).toThrow(RangeError)
    }
  })
})

/**
 * Byte for byte from Kafka's FetchRequest.json, FetchResponse.json and OffsetForLeaderEpoch*.json, written by hand: the
 * reader and the writer share no helper with it.
 */
const ID = '00112233445566778899aabbccddeeff'

describe('Fetch by topic ids', () => {
  test('asks with the epoch of what was read before', () => {
    const writer = new ByteWriter()
    fetchById.write(writer, {
      ...{ maxWaitMs: 500, minBytes: 1, maxBytes: 4096, isolation: 'read_committed', sessionId: 77, sessionEpoch: 2 },
      topics: [{ topic: 'orders', topicId: ID, partitions: [asked(3)] }],
      forgotten: [{ topic: 'orders', topicId: ID, partitions: [4, 5] }],
    })
    expect(writer.bytes().toString('hex')).toBe(
      hex`
        ffffffff 000001f4 00000001 00001000 01 0000004d 00000002
        02 ${ID}
           02 00000003 00000007 000000000000002a 00000006 ffffffffffffffff 00000400 00
           00
        02 ${ID} 03 00000004 00000005 00
        01 00`,
    )
  })

  const answer = hex`
    00000005 0000 0000004d
    02 ${ID}
       03 00000000 0000 000000000000005a 0000000000000050 000000000000000a
          02 0000000000000007 0000000000000028 00
          ffffffff 04 aabbcc
          00
          00000003 0000 000000000000005a 0000000000000050 000000000000000a
          00
          ffffffff 01
          03 01 09 00000002 00000006 00
             00 0d 00000004 0000000000000029 00
             07 02 ffff
       00
    00`

  test('says of each partition where its records lie, and where its log parts from what was read', () => {
    const bytes = Buffer.from(answer, 'hex')
    const { partitions, ...session } = fetchById.read(new ByteReader(bytes))
    expect(session).toEqual({ throttleTimeMs: 5, errorCode: 0, sessionId: 77 })
    const ends = { topicId: ID, errorCode: 0, highWatermark: 90, lastStableOffset: 80, logStartOffset: 10 }
    const aborted = [{ producerId: 7, firstOffset: 40 }]
    expect(partitions).toMatchObject([
      { ...ends, partition: 0, abortedTransactions: aborted },
      { ...ends, partition: 3, abortedTransactions: [], diverging: { epoch: 4, endOffset: 41 } },
    ])
    const [first, second] = partitions as [(typeof partitions)[0], (typeof partitions)[0]]
    expect(bytes.toString('hex', first.recordsStart, first.recordsEnd)).toBe('aabbcc')
    expect(first.diverging).toBeUndefined()
    expect(second.recordsEnd).toBe(second.recordsStart)
  })

  test('cut short anywhere is an error, never records that are not there', () => {
    const bytes = Buffer.from(answer, 'hex')
    for (let length = 0; length < bytes.length; length++) {
      expect(() => fetchById.read(new ByteReader(bytes.subarray(0, length)))).toThrow(RangeError)
    }
  })
})

test('OffsetForLeaderEpoch asks as a consumer and gives where each epoch ends', () => {
  const writer = new ByteWriter()
  const partitions = [{ partition: 3, currentLeaderEpoch: 7, leaderEpoch: 6 }]
  offsetForLeaderEpoch.write(writer, { topics: [{ topic: 'orders', partitions }] })
  expect(writer.bytes().toString('hex')).toBe(
    hex`ffffffff 00000001 0006 6f7264657273 00000001 00000003 00000007 00000006`,
  )
  const answer = hex`
    00000000 00000001 0006 6f7264657273
    00000002 0000 00000003 00000004 0000000000000029
             004c 00000005 ffffffff ffffffffffffffff`
  expect(offsetForLeaderEpoch.read(new ByteReader(Buffer.from(answer, 'hex')))).toEqual([
    { topic: 'orders', partition: 3, errorCode: 0, epoch: 4, endOffset: 41 },
    { topic: 'orders', partition: 5, errorCode: 76, epoch: -1, endOffset: -1 },
  ])
})

describe('Produce', () => {
  test('is sent as our few bytes between the batches, which are not copied', () => {
    const batches = [0, 1].map(partition => ({ topic: 'orders', partition, bytes: Buffer.from(`batch ${partition}`) }))
    const chunks = produceRequest(batches, 15_000)
    expect(chunks.filter(chunk => batches.some(({ bytes }) => bytes === chunk))).toHaveLength(2)
    const reader = new ByteReader(Buffer.concat(chunks))
    expect([reader.nullableString(), reader.int16(), reader.int32()]).toEqual([null, -1, 15_000])
    const read = reader.array(() => {
      const topic = reader.string()
      return reader.array(() => ({ topic, partition: reader.int32(), bytes: reader.nullableBytes() }))
    })
    expect(read.flat()).toEqual(batches)
  })

  test('is answered for each partition, with the reason where there is one', () => {
    const answer = new ByteWriter().int32(1).string('orders').int32(2)
    answer.int32(0).int16(0).int64(900).int64(-1).int64(0).int32(0).nullableString(null)
    answer
      .int32(1)
      .int16(87)
      .int64(-1)
      .int64(-1)
      .int64(0)
      .int32(1)
      .int32(2)
      .nullableString('no key')
      .nullableString(null)
    const { partitions, throttleTimeMs } = readProduceResponse(new ByteReader(answer.int32(30).bytes()))
    expect(throttleTimeMs).toBe(30)
    expect(partitions).toEqual([
      { topic: 'orders', partition: 0, errorCode: 0, baseOffset: 900, logStartOffset: 0, errorMessage: null },
      { topic: 'orders', partition: 1, errorCode: 87, baseOffset: -1, logStartOffset: 0, errorMessage: 'no key' },
    ])
  })
})

test('DescribeProducers gives the last number of each producer', () => {
  const answer = new ByteWriter().int32(0)
  answer.compactArray(['orders'], topic => {
    answer.compactString(topic).compactArray([4], partition => {
      answer.int32(partition).int16(0).unsignedVarint(0)
      answer.compactArray([7, 8], id => {
        answer
          .int64(id)
          .int32(0)
          .int32(id * 100)
          .int64(1)
          .int32(-1)
          .int64(-1)
          .noTags()
      })
      answer.noTags()
    })
    answer.noTags()
  })
  expect(describeProducers.read(new ByteReader(answer.noTags().bytes()))).toEqual([
    {
      ...{ topic: 'orders', partition: 4, errorCode: 0, errorMessage: null },
      producers: [
        { producerId: 7, producerEpoch: 0, lastSequence: 700 },
        { producerId: 8, producerEpoch: 0, lastSequence: 800 },
      ],
    },
  ])
})

describe('the answer to DescribeConfigs', () => {
  const OVERRIDE = 1
  const DEFAULT = 5
  const answer = new ByteWriter().int32(0).int32(2)
  answer.int16(0).nullableString(null).int8(2).string('orders')
  answer.array(
    [
      { name: 'retention.ms', value: '1000', source: OVERRIDE },
      { name: 'cleanup.policy', value: 'delete', source: DEFAULT },
      { name: 'password', value: null, source: OVERRIDE, isSensitive: true },
      { name: 'empty', value: '', source: OVERRIDE },
    ],
    ({ name, value, source, isSensitive = false }) => {
      answer.string(name).nullableString(value).bool(false).int8(source).bool(isSensitive)
      answer.array([0], () => answer.string('log.retention.ms').nullableString(null).int8(DEFAULT))
    },
  )
  answer.int16(3).nullableString('no such topic').int8(2).string('gone').int32(0)
  const bytes = answer.bytes()

  test('tells of each topic what is set on it alone, and why another is not told', () => {
    expect(describeConfigs.read(new ByteReader(bytes))).toEqual([
      {
        topic: 'orders',
        errorCode: 0,
        errorMessage: null,
        overrides: new Map([
          ['retention.ms', '1000'],
          ['empty', ''],
        ]),
      },
      { topic: 'gone', errorCode: 3, errorMessage: 'no such topic', overrides: new Map() },
    ])
  })

  test('that is cut short anywhere is an error', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => describeConfigs.read(new ByteReader(bytes.subarray(0, length)))).toThrow(RangeError)
    }
  })
})

test('the answer to DescribeAcls names the topic of every rule', () => {
  const answer = new ByteWriter().int32(0).int16(0).nullableString(null).int32(1).int8(2).string('orders').int8(3)
  answer.int32(1).string('User:alice').string('*').int8(3).int8(2)
  expect(describeTopicAcls.read(new ByteReader(answer.bytes()))).toEqual({
    errorCode: 0,
    errorMessage: null,
    acls: [{ topic: 'orders', principal: 'User:alice', host: '*', operation: 3, permission: 2 }],
  })
})

function asked(partition: number) {
  return { partition, currentLeaderEpoch: 7, fetchOffset: 42, lastFetchedEpoch: 6, maxBytes: 1024 }
}
