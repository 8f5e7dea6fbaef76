import { gzipSync } from 'node:zlib'
import { beforeEach, describe, expect, test } from 'vitest'
import type { TargetCompressionType } from '../../src/config/types.js'
import { MERGE_BUFFER_BYTES } from '../../src/records/batch-rewriter.js'
import { BufferPool, type Lease } from '../../src/records/buffer-pool.js'
import { CodecShelf } from '../../src/records/codec-shelf.js'
import { PartitionCopy } from '../../src/records/partition-copy.js'
import { crc32c } from '../../src/wire/crc32c.js'
import type { FetchedPartition } from '../../src/wire/messages/fetch.js'
import { RecordBatch } from '../../src/wire/record-batch.js'
import { decodeRecords } from '../../src/wire/records.js'
import { type BatchShape, batchBytes } from '../support/batches.js'

const SESSION = { producerId: 7, producerEpoch: 0 }
const BIG = Buffer.alloc(100 * 1024, 'x')

let told: string[]
let copy: PartitionCopy
let leases: Lease[]

beforeEach(async () => {
  await begin()
})

describe('the straight way', () => {
  test('batches go out in order under consecutive numbers, and progress follows the acknowledgements', () => {
    accept(big(0, 2), big(2, 3), big(5, 1))
    const first = take()
    expect(first.baseSequence).toBe(40)
    expect(progress()).toEqual([100, 40, 900])
    copy.acknowledge(first, 900)
    expect(progress()).toEqual([102, 42, 902])

    const [second, third] = [take(), take()]
    expect([second.baseSequence, third.baseSequence]).toEqual([42, 45])
    copy.acknowledge(second, 902)
    expect(progress()).toEqual([105, 45, 905])
    copy.acknowledge(third, 905)
    expect(copy.snapshot()).toMatchObject({ state: 'caught-up', lag: 0, recordsCopied: 6 })
    expectNothingLeased()
  })

  test('the first batch after a rest travels alone, since a broker that has forgotten us takes any number', () => {
    accept(big(0, 1), big(1, 1))
    const first = take()
    expect(copy.takeForSending(SESSION)).toBeUndefined()
    copy.acknowledge(first, 900)
    copy.acknowledge(take(), 901)
    accept(big(2, 1), big(3, 1))
    take()
    expect(copy.maySend).toBe(false)
  })

  test('what is sent carries our stamp and a right checksum', () => {
    accept(big(0, 2))
    const { bytes } = take()
    const batch = new RecordBatch(bytes, 0, bytes.length)
    expect(batch).toMatchObject({ baseOffset: 0, ...SESSION, baseSequence: 40 })
    expect(batch.crc).toBe(crc32c(bytes, 21))
  })

  test('small batches that wait together travel as one, with the same records', () => {
    accept({ baseOffset: 100, records: 2 }, { baseOffset: 102, records: 1 })
    const { bytes, recordCount, baseSequence } = take()
    expect({ recordCount, baseSequence }).toEqual({ recordCount: 3, baseSequence: 40 })
    const keys = decodeRecords(new RecordBatch(bytes, 0, bytes.length).recordBytes, 3).map(({ key }) => `${key}`)
    expect(keys).toEqual(['key 0', 'key 1', 'key 0'])
    expect(copy.maySend).toBe(false)
  })

  test('an acknowledgement without an offset keeps the known end', () => {
    accept(big(0, 1))
    copy.acknowledge(take(), -1)
    expect(progress()).toEqual([101, 41, 900])
  })

  test('progress is given out once for each change', () => {
    accept(big(0, 1))
    copy.acknowledge(take(), 900)
    expect(copy.progress.takeChanged()).toMatchObject({ sourceNext: 101 })
    expect(copy.progress.takeChanged()).toBeUndefined()
    copy.progress.markChanged()
    expect(copy.progress.takeChanged()).toMatchObject({ sourceNext: 101 })
  })

  test('numbers go round at 2^31', async () => {
    await begin({ nextSequence: 2 ** 31 - 1 })
    accept(big(0, 2), big(2, 1))
    const first = take()
    copy.acknowledge(first, 900)
    expect([first.baseSequence, take().baseSequence]).toEqual([2 ** 31 - 1, 1])
  })
})

describe('what is not copied', () => {
  test('markers and aborted records are stepped over, alone and behind a batch', () => {
    accept({ baseOffset: 100, control: 'commit' })
    expect(progress()).toEqual([101, 40, 900])
    accept(
      big(1, 1),
      { baseOffset: 102, producerId: 9, transactional: true },
      { baseOffset: 103, control: 'abort', producerId: 9 },
    )
    const only = take()
    expect(progress()).toEqual([101, 40, 900])
    copy.acknowledge(only, 900)
    expect(progress()).toEqual([104, 41, 901])
  })

  test('records that crossed in an earlier life are stepped over, markers between them too', async () => {
    await begin({ skip: 3 })
    accept(big(0, 2), { baseOffset: 102, control: 'commit' }, big(3, 1), big(4, 1))
    expect(progress()).toEqual([104, 43, 900])
    const next = take()
    expect(next).toMatchObject({ recordCount: 1, baseSequence: 43 })
    copy.acknowledge(next, 903)
    expect(progress()).toEqual([105, 44, 904])
  })

  test('a batch of which a part has crossed is cut', async () => {
    await begin({ skip: 2 })
    accept(big(0, 5))
    const next = take()
    expect(next).toMatchObject({ recordCount: 3, baseSequence: 42, runs: [{ sourceOffset: 102, count: 3 }] })
    copy.acknowledge(next, 902)
    expect(progress()).toEqual([105, 45, 905])
    expectNothingLeased()
  })

  test('a fetch that begins before the wanted offset gives only what is wanted', async () => {
    await begin({ sourceNext: 102 })
    accept(big(0, 1), big(1, 3))
    expect(take()).toMatchObject({ recordCount: 2, runs: [{ sourceOffset: 102, count: 2 }] })
  })
})

describe('trouble with the target', () => {
  test('a lost answer drops what is behind it; the target is asked only when nothing is in flight any more', () => {
    const [first, second] = twoInFlightAndOneWaiting()
    copy.failed(first, 'the line broke', 'resync')
    expect(copy.maySend).toBe(false)
    expect(told).toEqual([])
    copy.failed(second, 'the line broke', 'resync')
    expect(told).toEqual(['needsResume: the line broke'])
    expect(copy.isIdle).toBe(true)
    expectNothingLeased()

    copy.resume(1, 42)
    expect(copy.fetchOffset).toBe(101)
    accept(big(1, 1), big(2, 1))
    expect(take()).toMatchObject({ baseSequence: 42, runs: [{ sourceOffset: 102, count: 1 }] })
  })

  test('an acknowledgement behind a lost answer proves what is before it', () => {
    const [first, second] = twoInFlightAndOneWaiting()
    copy.failed(first, 'timed out', 'resync')
    copy.acknowledge(second, 902)
    expect(progress()).toEqual([103, 43, 903])
    expect(told).toEqual(['needsResume: timed out'])
  })

  test('a refusal that cannot be mended holds it; what was in flight comes back, nothing more is sent', () => {
    const [first, second] = twoInFlightAndOneWaiting()
    copy.failed(first, 'no right to write', 'hold')
    copy.failed(second, 'out of order', 'resync')
    expect(told).toEqual(['held: no right to write'])
    expect(copy.takeForSending(SESSION)).toBeUndefined()
    expect(copy.isIdle).toBe(true)
    expect(copy.snapshot()).toMatchObject({ state: 'held', reason: 'no right to write', copied: 101 })
    expectNothingLeased()
  })

  test('a batch that is too large is cut until it fits, but one record alone is held', () => {
    accept(big(0, 4))
    copy.failed(take(), 'too large', 'too-large')
    copy.resume(0, 40)
    accept(big(0, 4))
    const half = take()
    expect(half.recordCount).toBeLessThan(4)
    copy.failed(half, 'too large', 'too-large')
    copy.resume(0, 40)
    accept(big(0, 4))
    const single = take()
    expect(single.recordCount).toBe(1)
    copy.failed(single, 'too large', 'too-large')
    expect(told.at(-1)).toBe('held: too large')
  })

  test('a target that is lost while nothing is in flight is asked again at once', () => {
    accept(big(0, 1))
    copy.targetLost('broker gone')
    expect(told).toEqual(['needsResume: broker gone'])
    expect(copy.isIdle).toBe(true)
    expectNothingLeased()
  })

  test('a target that is lost under a held partition gives the memory back', () => {
    accept(big(0, 1), { baseOffset: 101, magic: 1 })
    expect(copy.isHeld).toBe(true)
    copy.targetLost('broker gone')
    expect(copy.isIdle).toBe(true)
    expectNothingLeased()
  })
})

describe('a partition is held before what cannot be copied', () => {
  test('and what is before that still goes out and counts', () => {
    accept(big(0, 1), { baseOffset: 101, magic: 1 }, big(2, 1))
    expect(told).toEqual([expect.stringMatching(/^held: record format 1/)])
    copy.acknowledge(take(), 900)
    expect(progress()).toEqual([101, 41, 901])
    expect(copy.takeForSending(SESSION)).toBeUndefined()
    expect(copy.isIdle).toBe(true)
  })

  test('told once, though it is asked for again', () => {
    copy.hold('first')
    copy.hold('second')
    expect(told).toEqual(['held: first'])
    expect(copy.wantsRecords).toBe(false)
  })

  test('a damaged batch is read again, and held when it is damaged again', async () => {
    await begin({ compression: 'GZIP' })
    const damaged = batchBytes({ baseOffset: 100, records: 2 })
    damaged[70]! ^= 1
    acceptBytes(damaged)
    expect(told).toEqual([])
    expect(copy.fetchOffset).toBe(100)
    acceptBytes(damaged)
    expect(told).toEqual([expect.stringMatching(/^held: source offsets 100-101 are corrupt/)])
  })

  test.each([
    ['no gzip at all', Buffer.from('these are no records')],
    ['gzip of something that is no record', gzipSync(Buffer.from('these are no records'))],
  ])('records that cannot be read though their checksum is right: %s', async (_what, recordBytes) => {
    await begin({ compression: 'NONE' })
    const broken = withRecords(batchBytes({ baseOffset: 100, records: 2, codec: 'GZIP' }), recordBytes)
    expect(() => acceptBytes(broken)).not.toThrow()
    expect(told).toEqual([expect.stringMatching(/^held: /)])
    expectNothingLeased()
  })

  test('small batches of which one cannot be read are sent one by one, for the broker to say which', async () => {
    const broken = batchBytes({ baseOffset: 101, records: 1, codec: 'GZIP' })
    acceptBytes(Buffer.concat([gzipped(100), broken, gzipped(102)]))
    const first = take()
    expect(first.recordCount).toBe(1)
    copy.acknowledge(first, 900)
    expect(take()).toMatchObject({ recordCount: 1, runs: [{ sourceOffset: 101, count: 1 }] })
  })

  test('a merged batch that is refused for good is tried in its parts, to copy all that can be', () => {
    accept({ baseOffset: 100, records: 1 }, { baseOffset: 101, records: 1 })
    copy.failed(take(), 'no key', 'hold')
    expect(told).toEqual(['needsResume: no key'])
    copy.resume(0, 40)
    accept({ baseOffset: 100, records: 1 }, { baseOffset: 101, records: 1 })
    copy.acknowledge(take(), 900)
    copy.failed(take(), 'no key', 'hold')
    expect(told.at(-1)).toBe('held: no key')
    expect(progress()).toEqual([101, 41, 901])
  })
})

describe('memory', () => {
  test('a partition far ahead of its target is not fetched until it has run down', () => {
    const batches = Array.from({ length: 50 }, (_, n) => big(n, 1))
    accept(...batches)
    expect(copy.wantsRecords).toBe(false)
    for (const _ of batches.slice(0, 25)) copy.acknowledge(take(), 900)
    expect(told).toEqual([])
    for (const _ of batches.slice(25)) copy.acknowledge(take(), 900)
    expect(told).toEqual(['drained'])
    expect(copy.wantsRecords).toBe(true)
    expectNothingLeased()
  })

  test('codecs are asked for when they are needed, and the batch is taken when they are there', async () => {
    await begin({ compression: 'SNAPPY', codecs: new CodecShelf() })
    accept({ baseOffset: 100, records: 2 })
    expect(told).toEqual(['needsCodecs: NONE,SNAPPY'])
    expect(copy.wantsRecords).toBe(false)
    await shelf.load(['NONE', 'SNAPPY'])
    copy.codecsLoaded()
    expect(copy.fetchOffset).toBe(100)
    accept({ baseOffset: 100, records: 2 })
    expect(take().recordCount).toBe(2)
  })
})

let shelf: CodecShelf

interface Beginning {
  sourceNext?: number
  nextSequence?: number
  skip?: number
  compression?: TargetCompressionType | 'PRESERVE'
  codecs?: CodecShelf
}

/** A partition that has copied up to source offset 100 and target offset 900 and goes on with number 40. */
async function begin({
  sourceNext = 100,
  nextSequence = 40,
  skip = 0,
  compression = 'PRESERVE',
  codecs,
}: Beginning = {}) {
  told = []
  leases = []
  shelf = codecs ?? new CodecShelf()
  if (codecs === undefined) await shelf.load(['NONE', 'GZIP'])
  const names = { sourceTopic: 'orders', targetTopic: 'orders', sourceTopicId: 'a', targetTopicId: 'b', partition: 0 }
  copy = new PartitionCopy(
    names,
    { compression, codecs: shelf, mergePool: new BufferPool(MERGE_BUFFER_BYTES, 1) },
    {
      needsResume: (_, reason) => told.push(`needsResume: ${reason}`),
      needsCodecs: (_, wanted) => told.push(`needsCodecs: ${wanted}`),
      held: (_, reason) => told.push(`held: ${reason}`),
      drained: () => told.push('drained'),
    },
  )
  copy.progress.begin({ sourceNext, nextSequence, targetEnd: 900 }, { sourceStart: 0, targetStart: 0 })
  copy.resume(skip, nextSequence + skip)
}

/** A batch too large to be merged, `delta` behind offset 100. */
function big(delta: number, records: number): BatchShape {
  const value = BIG
  return { baseOffset: 100 + delta, records: Array.from({ length: records }, () => ({ key: null, value })) }
}

/** A small compressed batch of one record, as a producer with gzip makes it. */
function gzipped(baseOffset: number): Buffer {
  const plain = batchBytes({ baseOffset, records: 1, codec: 'GZIP' })
  return withRecords(plain, gzipSync(plain.subarray(61)))
}

/** The batch with other bytes behind its header, and the checksum right. */
function withRecords(batch: Buffer, recordBytes: Buffer): Buffer {
  const bytes = Buffer.concat([batch.subarray(0, 61), recordBytes])
  bytes.writeInt32BE(bytes.length - 12, 8)
  bytes.writeUInt32BE(crc32c(bytes, 21), 17)
  return bytes
}

/** Hands over the batches as one fetch answer. The aborted transaction of producer 9 is listed as a broker would. */
function accept(...shapes: BatchShape[]): void {
  acceptBytes(
    Buffer.concat(shapes.map(batchBytes)),
    shapes.some(({ producerId }) => producerId === 9),
  )
}

function acceptBytes(answer: Buffer, nineAborts = false): void {
  const end = copy.fetchOffset
  const fetched: FetchedPartition = {
    ...{ topic: 'orders', partition: 0, errorCode: 0, highWatermark: end, logStartOffset: 0 },
    lastStableOffset: lastOffsetIn(answer) + 1,
    abortedTransactions: nineAborts ? [{ producerId: 9, firstOffset: 102 }] : [],
    ...{ recordsStart: 0, recordsEnd: answer.length },
  }
  const lease = countedLease()
  copy.accept(fetched, answer, lease)
  lease.release()
}

function lastOffsetIn(answer: Buffer): number {
  let last = -1
  for (let at = 0; at < answer.length; at += answer.readInt32BE(at + 8) + 12) {
    last = new RecordBatch(answer, at, 0).lastOffset
  }
  return last
}

function countedLease(): Lease {
  const lease = new CountedLease()
  leases.push(lease as unknown as Lease)
  return lease as unknown as Lease
}

/** Counts as the real one, and can be asked. */
class CountedLease {
  holders = 1

  retain(): void {
    this.holders++
  }

  release(): void {
    this.holders--
  }
}

function expectNothingLeased(): void {
  expect(leases.map(lease => (lease as unknown as CountedLease).holders)).toEqual(leases.map(() => 0))
}

/** The first is acknowledged, so that the target remembers us: offset 101 is what is copied now. */
function twoInFlightAndOneWaiting() {
  accept(big(0, 1), big(1, 1), big(2, 1), big(3, 1))
  copy.acknowledge(take(), 900)
  return [take(), take()] as const
}

function take() {
  const next = copy.takeForSending(SESSION)
  if (next === undefined) throw new Error('nothing waits to be sent')
  return next
}

function progress() {
  const { sourceNext, nextSequence, targetEnd } = copy.progress.known
  return [sourceNext, nextSequence, targetEnd]
}
