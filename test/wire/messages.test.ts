import { describe, expect, test } from 'vitest'
import { ByteReader } from '../../src/wire/byte-reader.js'
import { ByteWriter } from '../../src/wire/byte-writer.js'
import { describeProducers } from '../../src/wire/messages/describe-producers.js'
import { fetch } from '../../src/wire/messages/fetch.js'
import { produceRequest, readProduceResponse } from '../../src/wire/messages/produce.js'

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
      { topic: 'orders', partition: 0, errorCode: 0, baseOffset: 900, errorMessage: null },
      { topic: 'orders', partition: 1, errorCode: 87, baseOffset: -1, errorMessage: 'no key' },
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
