import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc32c } from '../../src/wire/crc32c.js'
import { RecordBatch } from '../../src/wire/record-batch.js'
import { decodeRecords, encodeBatch } from '../../src/wire/records.js'

const bytes = fc.option(fc.uint8Array({ maxLength: 300 }).map(array => Buffer.from(array)))

test('records come back as they were, null and empty apart', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ key: bytes, value: bytes }), { minLength: 1, maxLength: 50 }), records => {
      const encoded = encodeBatch(records, 1_700_000_000_000)
      const batch = new RecordBatch(encoded, 0, encoded.length)
      expect(decodeRecords(batch.recordBytes, batch.recordCount)).toEqual(records)
    }),
  )
})

test('the batch around them is one a broker takes', () => {
  const encoded = encodeBatch(Array(3).fill({ key: null, value: Buffer.from('v') }), 42)
  const batch = new RecordBatch(encoded, 0, encoded.length)
  expect(batch).toMatchObject({
    ...{ baseOffset: 0, magic: 2, attributes: 0, recordCount: 3, lastOffsetDelta: 2 },
    ...{ baseTimestamp: 42, maxTimestamp: 42, producerId: -1, producerEpoch: -1, baseSequence: -1 },
  })
  expect(batch.crc).toBe(crc32c(encoded, 21))
})
