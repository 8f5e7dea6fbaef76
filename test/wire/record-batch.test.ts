import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { crc32c } from '../../src/wire/crc32c.js'
import {
  BATCH_HEADER_BYTES,
  batchesIn,
  CODECS,
  RecordBatch,
  sequenceAfter,
  sequenceDistance,
  stampForProduce,
} from '../../src/wire/record-batch.js'
import { batchBytes, batchOf } from '../support/batches.js'

const LAST_SEQUENCE = 2 ** 31 - 1

/** Any batch a broker may send: every attribute bit, any producer, records of any bytes. */
const anyBatch = fc
  .record({
    baseOffset: fc.nat(2 ** 31),
    attributes: fc.integer({ min: 0, max: 0x7f }),
    lastOffsetDelta: fc.nat(100_000),
    baseTimestamp: fc.integer({ min: -1, max: 2 ** 44 }),
    producerId: fc.integer({ min: -1, max: 2 ** 40 }),
    producerEpoch: fc.integer({ min: -1, max: 2 ** 15 - 1 }),
    baseSequence: fc.integer({ min: -1, max: LAST_SEQUENCE }),
    recordCount: fc.nat(100_000),
    records: fc.uint8Array({ maxLength: 2_000 }),
  })
  .map(header => ({ header, bytes: bytesOf(header) }))

const anyStamp = fc.record({
  producerId: fc.nat(2 ** 40),
  producerEpoch: fc.nat(2 ** 15 - 1),
  baseSequence: fc.nat(LAST_SEQUENCE),
})

test('the header is read as it was written', () => {
  fc.assert(
    fc.property(anyBatch, fc.nat(50), ({ header, bytes }, before) => {
      const buffer = Buffer.concat([Buffer.alloc(before, 0xff), bytes])
      const batch = new RecordBatch(buffer, before, bytes.length)
      const { records, ...rest } = header
      expect(batch).toMatchObject({ ...rest, magic: 2, maxTimestamp: header.baseTimestamp + 5 })
      expect(batch.lastOffset).toBe(header.baseOffset + header.lastOffsetDelta)
      expect(batch.codec).toBe(CODECS[header.attributes & 7])
      expect(batch.recordBytes).toEqual(Buffer.from(records))
      expect(batch.crc).toBe(crc32c(bytes, 21))
    }),
  )
})

describe('stampForProduce', () => {
  test('sets our stamp with a right CRC and touches nothing else, in the batch or beside it', () => {
    fc.assert(
      fc.property(anyBatch, anyStamp, ({ header, bytes }, stamp) => {
        const guard = Buffer.alloc(7, 0xaa)
        const buffer = Buffer.concat([guard, bytes, guard])
        const batch = new RecordBatch(buffer, guard.length, bytes.length)
        stampForProduce(batch, stamp)

        expect(batch).toMatchObject({ ...stamp, baseOffset: 0, attributes: header.attributes & ~0b1011000 })
        expect(batch.crc).toBe(crc32c(batch.bytes, 21))
        expect(batch.recordBytes).toEqual(Buffer.from(header.records))
        for (const [from, to] of [
          [8, 17],
          [23, 43],
          [57, 61],
        ] as const) {
          expect(batch.bytes.subarray(from, to)).toEqual(bytes.subarray(from, to))
        }
        expect([buffer.subarray(0, 7), buffer.subarray(-7)]).toEqual([guard, guard])
      }),
    )
  })

  test('clears the bits a broker refuses from a client and keeps codec and control', () => {
    const batch = batchOf({ codec: 'ZSTD', transactional: true, logAppendTime: true, deleteHorizon: true })
    stampForProduce(batch, { producerId: 7, producerEpoch: 0, baseSequence: 0 })
    expect(batch).toMatchObject({ codec: 'ZSTD', isTransactional: false, hasLogAppendTime: false, attributes: 4 })
  })

  test('leaves a batch that was damaged on the way with a wrong CRC, so that the target refuses it', () => {
    const batch = batchOf({ records: 3 })
    batch.recordBytes[4]! ^= 1
    stampForProduce(batch, { producerId: 7, producerEpoch: 0, baseSequence: 9 })
    expect(batch.crc).not.toBe(crc32c(batch.bytes, 21))
  })

  test('twice is as good as once: a resend under another number is right again', () => {
    const batch = batchOf({ records: 3 })
    for (const baseSequence of [5, 1]) stampForProduce(batch, { producerId: 7, producerEpoch: 0, baseSequence })
    expect(batch.crc).toBe(crc32c(batch.bytes, 21))
    expect(batch.baseSequence).toBe(1)
  })
})

describe('batchesIn', () => {
  test('finds every whole batch, wherever the broker has cut the last one off', () => {
    const bytes = Buffer.concat([0, 2, 5].map(baseOffset => batchBytes({ baseOffset, records: 2 })))
    const size = bytes.length / 3
    for (let end = 0; end <= bytes.length; end++) {
      const found = [...batchesIn(bytes, 0, end)].map(({ baseOffset }) => baseOffset)
      expect(found).toEqual([0, 2, 5].slice(0, Math.floor(end / size)))
    }
  })

  test('gives old formats out as they are, to be recognised', () => {
    expect([...batchesIn(batchBytes({ magic: 1 }), 0, batchBytes().length)].map(({ magic }) => magic)).toEqual([1])
  })

  test.each([-100, -12, 0])('does not run for ever on a batch that says its length is %i', length => {
    const bytes = batchBytes()
    bytes.writeInt32BE(length, 8)
    expect(() => [...batchesIn(bytes, 0, bytes.length)]).toThrow(/says it is/)
  })
})

describe('sequence numbers', () => {
  test.each([
    [0, 1, 1],
    [LAST_SEQUENCE, 1, 0],
    [LAST_SEQUENCE - 1, 3, 1],
    [LAST_SEQUENCE, LAST_SEQUENCE, LAST_SEQUENCE - 1],
  ])('%i and %i records later comes %i', (sequence, count, after) => {
    expect(sequenceAfter(sequence, count)).toBe(after)
  })

  test('distance undoes "after", also over the end of the circle', () => {
    fc.assert(
      fc.property(fc.nat(LAST_SEQUENCE), fc.nat(LAST_SEQUENCE), (sequence, count) => {
        const after = sequenceAfter(sequence, count)
        expect(after).toBeGreaterThanOrEqual(0)
        expect(after).toBeLessThanOrEqual(LAST_SEQUENCE)
        expect(sequenceDistance(sequence, after)).toBe(count)
      }),
    )
  })
})

interface Header {
  baseOffset: number
  attributes: number
  lastOffsetDelta: number
  baseTimestamp: number
  producerId: number
  producerEpoch: number
  baseSequence: number
  recordCount: number
  records: Uint8Array
}

function bytesOf(header: Header): Buffer {
  const bytes = Buffer.alloc(BATCH_HEADER_BYTES + header.records.length)
  bytes.writeBigInt64BE(BigInt(header.baseOffset), 0)
  bytes.writeInt32BE(bytes.length - 12, 8)
  bytes.writeInt32BE(3, 12)
  bytes.writeInt8(2, 16)
  bytes.writeInt16BE(header.attributes, 21)
  bytes.writeInt32BE(header.lastOffsetDelta, 23)
  bytes.writeBigInt64BE(BigInt(header.baseTimestamp), 27)
  bytes.writeBigInt64BE(BigInt(header.baseTimestamp + 5), 35)
  bytes.writeBigInt64BE(BigInt(header.producerId), 43)
  bytes.writeInt16BE(header.producerEpoch, 51)
  bytes.writeInt32BE(header.baseSequence, 53)
  bytes.writeInt32BE(header.recordCount, 57)
  bytes.set(header.records, BATCH_HEADER_BYTES)
  bytes.writeUInt32BE(crc32c(bytes, 21), 17)
  return bytes
}
