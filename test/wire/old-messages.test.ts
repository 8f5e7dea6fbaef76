import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type OldMessage, oldMessagesIn } from '../../src/wire/old-messages.js'
import { batchesIn, hasValidCrc } from '../../src/wire/record-batch.js'
import {
  BROKER_LOGS,
  messageBytes,
  type OldRecord,
  oldBatch,
  oldLog,
  sentRecords,
  withRightCrc,
} from '../support/old-messages.js'

const RECORD: OldRecord = { offset: 7, timestamp: 5_000, key: Buffer.from('key'), value: Buffer.from('value') }

describe('messages of a message set', () => {
  test.each([0, 1] as const)('as a broker wrote them: format %i', magic => {
    const { log } = BROKER_LOGS.find(one => one.magic === magic && one.codec === 'NONE')!
    expect(contentOf(log)).toEqual(sentRecords(magic))
  })

  test.each([0, 1] as const)('what was written is read: format %i', magic => {
    const field = fc.option(fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes)))
    const record = fc.record({ offset: fc.maxSafeNat(), timestamp: fc.maxSafeNat(), key: field, value: field })
    fc.assert(
      fc.property(fc.array(record, { maxLength: 10 }), records => {
        const log = oldLog({ magic }, records)
        const expected = records.map(one => ({ ...one, timestamp: magic === 0 ? -1 : one.timestamp }))
        expect(bytesOf(log)).toEqual(expected)
      }),
    )
  })

  test('are refused whole where any byte of them was changed, and never read beyond the bytes', () => {
    const log = oldLog({ magic: 1 }, [RECORD, { ...RECORD, offset: 8, key: null }])
    const second = messageBytes({ magic: 1 }, RECORD).length
    fc.assert(
      fc.property(fc.nat(log.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Buffer.from(log)
        damaged[at]! ^= change
        const isOffset = (at < second ? at : at - second) < 8 // what no checksum covers
        if (!isOffset) expect(() => [...oldMessagesIn(damaged)]).toThrow(RangeError)
      }),
      { numRuns: 1_000 },
    )
  })

  test('are refused where the last one is cut off', () => {
    const log = oldLog({ magic: 0 }, [RECORD])
    for (let length = 1; length < log.length; length++) {
      expect(() => [...oldMessagesIn(log.subarray(0, length))]).toThrow(/cut off/)
    }
  })

  test.each([
    ['a length that does not fit', 26, 1_000_000, /does not fit/],
    ['bytes behind the value', 33, 4, /bytes behind its value/],
  ])('are refused with the right checksum too: %s', (_what, at, length, reason) => {
    const bytes = messageBytes({ magic: 1 }, RECORD)
    bytes.writeInt32BE(length, at)
    expect(() => [...oldMessagesIn(withRightCrc(bytes))]).toThrow(reason)
  })

  test.each([-1, 2, 3])('of format %i are none of these', magic => {
    const bytes = messageBytes({ magic: 1 }, RECORD)
    bytes.writeInt8(magic, 16)
    expect(() => [...oldMessagesIn(withRightCrc(bytes))]).toThrow(`format ${magic}`)
  })
})

describe('the view of a batch', () => {
  test.each(BROKER_LOGS)('reads nothing at the places of format 2: $name', ({ log, magic, codec }) => {
    const found = [...batchesIn(log, 0, log.length)]
    const offsets = codec === 'NONE' ? [0, 1, 2, 3] : [0, 3]
    expect(found.map(({ lastOffset }) => lastOffset)).toEqual(offsets)
    expect(found.at(-1)).toMatchObject({
      ...{ magic, codec, isOld: true, hasKnownFormat: true, lastOffset: 3, baseOffset: 3, recordCount: -1 },
      ...{ isControl: false, isTransactional: false, hasLogAppendTime: false },
      ...{ producerId: -1, producerEpoch: -1, baseSequence: -1, leaderEpoch: -1 },
    })
    expect(found.map(hasValidCrc)).toEqual(offsets.map(() => true))
  })

  test('takes the bits that mean something in format 2 only for what they are', () => {
    const [zero, one] = ([0, 1] as const).map(magic => oldBatch(messageBytes({ magic }, RECORD, 0xf8)))
    expect(zero).toMatchObject({ isControl: false, isTransactional: false, hasLogAppendTime: false, codec: 'NONE' })
    expect(one).toMatchObject({ isControl: false, isTransactional: false, hasLogAppendTime: true, codec: 'NONE' })
  })

  test.each([4, 5, 7])('knows no codec %i: zstd came later', codec => {
    expect(oldBatch(messageBytes({ magic: 1 }, RECORD, codec)).codec).toBeUndefined()
  })

  test('finds any damage behind the checksum', () => {
    const bytes = messageBytes({ magic: 0 }, RECORD)
    for (let at = 17; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes)
      damaged[at]! ^= 1
      expect(hasValidCrc(oldBatch(damaged))).toBe(false)
    }
    expect(hasValidCrc(oldBatch(withRightCrc(bytes.subarray(0, 20))))).toBe(false) // too short for a message
  })
})

function bytesOf(log: Buffer): OldRecord[] {
  const cut = (range: OldMessage['key']) => range && log.subarray(range.start, range.end)
  return [...oldMessagesIn(log)].map(({ offset, timestamp, key, value }) => ({
    ...{ offset, timestamp },
    ...{ key: cut(key), value: cut(value) },
  }))
}

function contentOf(log: Buffer) {
  return bytesOf(log).map(one => ({ ...one, key: one.key?.toString() ?? null, value: one.value?.toString() ?? null }))
}
