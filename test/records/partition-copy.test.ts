import { beforeEach, describe, expect, test } from 'vitest'
import { CodecShelf } from '../../src/records/codec-shelf.js'
import type { PartitionCopy } from '../../src/records/partition-copy.js'
import { crc32c } from '../../src/wire/crc32c.js'
import { RecordBatch } from '../../src/wire/record-batch.js'
import { decodeRecords } from '../../src/wire/records.js'
import { batchBytes } from '../support/batches.js'
import { big, COPIED_IN, CopyBench, LOOPED, NATIVE, THROUGH, UNKNOWN } from './copy-bench.js'

let bench: CopyBench
let copy: PartitionCopy
beforeEach(() => begin())

async function begin(...wishes: Parameters<typeof CopyBench.begin>): Promise<void> {
  bench = await CopyBench.begin(...wishes)
  copy = bench.copy
}

describe('the straight way', () => {
  test('batches go out in order under consecutive numbers, and progress follows the acknowledgements', () => {
    bench.accept(big(0, 2), big(2, 3), big(5, 1))
    const first = bench.take()
    expect(first.baseSequence).toBe(40)
    expect(bench.progress()).toEqual([100, 40, 900])
    bench.acknowledge(first, 900)
    expect(bench.progress()).toEqual([102, 42, 902])

    const [second, third] = [bench.take(), bench.take()]
    expect([second.baseSequence, third.baseSequence]).toEqual([42, 45])
    bench.acknowledge(second, 902)
    expect(bench.progress()).toEqual([105, 45, 905])
    bench.acknowledge(third, 905)
    expect(copy.snapshot()).toMatchObject({ state: 'caught-up', lag: 0, recordsCopied: 6 })
    bench.expectNothingLeased()
  })

  test('the first batch after a rest travels alone, since a broker that has forgotten us takes any number', () => {
    bench.accept(big(0, 1), big(1, 1))
    const first = bench.take()
    expect(copy.takeForSending()).toBeUndefined()
    bench.acknowledge(first, 900)
    bench.acknowledge(bench.take(), 901)
    bench.accept(big(2, 1), big(3, 1))
    bench.take()
    expect(copy.maySend).toBe(false)
  })

  test('what is sent carries our stamp and a right checksum', () => {
    bench.accept(big(0, 2))
    const { bytes } = bench.take()
    const batch = new RecordBatch(bytes, 0, bytes.length)
    expect(batch).toMatchObject({ baseOffset: 0, ...NATIVE, baseSequence: 40 })
    expect(batch.crc).toBe(crc32c(bytes, 21))
  })

  test('small batches that wait together travel as one, with the same records', () => {
    bench.accept({ baseOffset: 100, records: 2 }, { baseOffset: 102, records: 1 })
    const { bytes, recordCount, baseSequence } = bench.take()
    expect({ recordCount, baseSequence }).toEqual({ recordCount: 3, baseSequence: 40 })
    const keys = decodeRecords(new RecordBatch(bytes, 0, bytes.length).recordBytes, 3).map(({ key }) => `${key}`)
    expect(keys).toEqual(['key 0', 'key 1', 'key 0'])
    expect(copy.maySend).toBe(false)
  })

  test('numbers go round at 2^31', async () => {
    await begin({ sequences: [[NATIVE.producerId, 2 ** 31 - 1]] })
    bench.accept(big(0, 2), big(2, 1))
    const first = bench.take()
    bench.acknowledge(first, 900)
    expect([first.baseSequence, bench.take().baseSequence]).toEqual([2 ** 31 - 1, 1])
  })

  test('it reads on in the leader epoch of the last batch that it has read', () => {
    const bytes = batchBytes({ baseOffset: 100 })
    bytes.writeInt32BE(6, 12)
    bench.acceptBytes(bytes)
    expect([copy.fetchOffset, copy.fetchEpoch]).toEqual([101, 6])
    bench.acknowledge(bench.take(), 900)
    expect(copy.progress.known.sourceEpoch).toBe(6)
  })
})

describe('what is not copied', () => {
  test('markers and aborted records are stepped over, alone and behind a batch', () => {
    bench.accept({ baseOffset: 100, control: 'commit' })
    expect(bench.progress()).toEqual([101, 40, 900])
    bench.accept(
      big(1, 1),
      { baseOffset: 102, producerId: 9, transactional: true },
      { baseOffset: 103, control: 'abort', producerId: 9 },
    )
    const only = bench.take()
    expect(bench.progress()).toEqual([101, 40, 900])
    bench.acknowledge(only, 900)
    expect(bench.progress()).toEqual([104, 41, 901])
  })

  test('what came from the target is stepped over, alone, between batches and behind them', () => {
    bench.accept(big(0, 1, LOOPED))
    expect(bench.progress()).toEqual([101, 40, 900])
    bench.accept(big(1, 1), big(2, 2, LOOPED), big(4, 1), big(5, 1, LOOPED))
    const first = bench.take()
    bench.acknowledge(first, 900)
    expect(bench.progress()).toEqual([104, 41, 901])
    bench.acknowledge(bench.take(), 901)
    expect(bench.progress()).toEqual([106, 42, 902])
    expect(copy.progress.map.recordCount).toBe(2)
    bench.expectNothingLeased()
  })

  test('what came from the target counts as read, not as copied', () => {
    const [ours, theirs] = [big(0, 1), big(1, 2, LOOPED)]
    bench.accept(ours, theirs)
    bench.acknowledge(bench.take(), 900)
    const [copied, dropped] = [ours, theirs].map(shape => batchBytes(shape).length)
    expect(copy.snapshot()).toMatchObject({ bytesCopied: copied, bytesRead: copied! + dropped! })
  })

  test('a fetch that begins before the wanted offset gives only what is wanted', async () => {
    await begin({ sourceNext: 102 })
    bench.accept(big(0, 1), big(1, 3))
    expect(bench.take()).toMatchObject({ recordCount: 2, runs: [{ sourceOffset: 102, count: 2 }] })
  })
})

describe('records of several origins', () => {
  test('each travels under the producer of its way, which has numbers of its own', () => {
    bench.accept(big(0, 2), big(2, 3, COPIED_IN), big(5, 1))
    const sent = [900, 902, 905].map(target => {
      const batch = bench.take()
      bench.acknowledge(batch, target)
      return [batch.producer, batch.baseSequence]
    })
    expect(sent).toEqual([
      [NATIVE, 40],
      [THROUGH, 0],
      [NATIVE, 42],
    ])
    expect(copy.progress.known.sequences).toEqual(
      new Map([
        [NATIVE.producerId, 43],
        [THROUGH.producerId, 3],
      ]),
    )
  })

  test('they arrive in the order of the source: nothing is sent while records of another producer are in flight', () => {
    bench.accept(big(0, 1), big(1, 1), big(2, 1), big(3, 1, COPIED_IN), big(4, 1, COPIED_IN), big(5, 1, COPIED_IN))
    bench.acknowledge(bench.take(), 900)
    const [second, third] = [bench.take(), bench.take()]
    expect(copy.maySend).toBe(false)
    bench.acknowledge(second, 901)
    expect(copy.maySend).toBe(false)
    bench.acknowledge(third, 902)

    const first = bench.take()
    expect(first.producer).toBe(THROUGH)
    expect(copy.maySend).toBe(false) // it may be new to the target: alone
    bench.acknowledge(first, 903)
    expect([bench.take(), bench.take()].map(({ baseSequence }) => baseSequence)).toEqual([1, 2])
  })

  test('small batches of different origins are never put together', () => {
    const small = (baseOffset: number, producerId = -1) => ({ baseOffset, producerId, records: 1 })
    bench.accept(small(100), small(101), small(102, COPIED_IN), small(103, COPIED_IN), small(104))
    const sent = [900, 902, 904].map(target => {
      const batch = bench.take()
      bench.acknowledge(batch, target)
      return [batch.producer.producerId, batch.recordCount]
    })
    expect(sent).toEqual([
      [NATIVE.producerId, 2],
      [THROUGH.producerId, 2],
      [NATIVE.producerId, 1],
    ])
  })

  test('an unknown producer stops the reading until it is known; what was read before goes out', () => {
    bench.accept(big(0, 1), big(1, 1, UNKNOWN), big(2, 1))
    expect(bench.told).toEqual([`needs producer ${UNKNOWN}`])
    expect([copy.wantsRecords, copy.fetchOffset]).toEqual([false, 101])
    bench.acknowledge(bench.take(), 900)
    expect(copy.maySend).toBe(false)

    bench.origins.set(UNKNOWN, THROUGH)
    copy.prepared()
    expect(copy.wantsRecords).toBe(true)
    bench.accept(big(1, 1, UNKNOWN), big(2, 1))
    expect(bench.take()).toMatchObject({ producer: THROUGH, runs: [{ sourceOffset: 101, count: 1 }] })
  })

  test('numbers of a producer that the note does not name begin at 0', async () => {
    await begin({ sequences: [] })
    bench.accept(big(0, 1))
    expect(bench.take().baseSequence).toBe(0)
  })
})

describe('memory', () => {
  test('a partition far ahead of its target is not fetched until it has run down', () => {
    const batches = Array.from({ length: 50 }, (_, n) => big(n, 1))
    bench.accept(...batches)
    expect(copy.wantsRecords).toBe(false)
    for (let n = 0; n < 25; n++) bench.acknowledge(bench.take(), 900 + n)
    expect(bench.told).toEqual([])
    for (let n = 25; n < 50; n++) bench.acknowledge(bench.take(), 900 + n)
    expect(bench.told).toEqual(['drained'])
    expect(copy.wantsRecords).toBe(true)
    bench.expectNothingLeased()
  })

  test('codecs are asked for when they are needed, and the batch is taken when they are there', async () => {
    await begin({ compression: 'SNAPPY', codecs: new CodecShelf() })
    bench.accept({ baseOffset: 100, records: 2 })
    expect(bench.told).toEqual(['needs codecs NONE,SNAPPY'])
    expect(copy.wantsRecords).toBe(false)
    await bench.shelf.load(['NONE', 'SNAPPY'])
    copy.prepared()
    expect(copy.fetchOffset).toBe(100)
    bench.accept({ baseOffset: 100, records: 2 })
    expect(bench.take().recordCount).toBe(2)
  })
})
