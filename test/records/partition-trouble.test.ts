import { gzipSync } from 'node:zlib'
import { beforeEach, describe, expect, test } from 'vitest'
import type { PartitionCopy } from '../../src/records/partition-copy.js'
import { batchBytes } from '../support/batches.js'
import { big, CopyBench, gzipped, NATIVE, withRecords } from './copy-bench.js'

/** What `PartitionCopy` does when the target fails, and at what cannot be copied. */
let bench: CopyBench
let copy: PartitionCopy
beforeEach(() => begin())

async function begin(...wishes: Parameters<typeof CopyBench.begin>): Promise<void> {
  bench = await CopyBench.begin(...wishes)
  copy = bench.copy
}

/** The first is acknowledged, so that the target remembers us: offset 101 is what is copied now. */
function twoInFlightAndOneWaiting() {
  bench.accept(big(0, 1), big(1, 1), big(2, 1), big(3, 1))
  bench.acknowledge(bench.take(), 900)
  return [bench.take(), bench.take()] as const
}

describe('trouble with the target', () => {
  test('a lost answer drops what is behind it; the target is asked only when nothing is in flight any more', () => {
    const [first, second] = twoInFlightAndOneWaiting()
    copy.failed(first, 'the line broke', 'resync')
    expect(copy.maySend).toBe(false)
    expect(bench.told).toEqual([])
    copy.failed(second, 'the line broke', 'resync')
    expect(bench.told).toEqual(['needsResume: the line broke'])
    expect(copy.isIdle).toBe(true)
    bench.expectNothingLeased()

    copy.resume()
    expect(copy.fetchOffset).toBe(101)
    bench.accept(big(1, 1), big(2, 1))
    expect(bench.take()).toMatchObject({ baseSequence: 41, runs: [{ sourceOffset: 101, count: 1 }] })
    expect(copy.maySend).toBe(false) // the target may have forgotten us: alone
  })

  test('it goes on behind what has crossed though the answer was lost', () => {
    const [first, second] = twoInFlightAndOneWaiting()
    copy.failed(first, 'the line broke', 'resync')
    copy.failed(second, 'the line broke', 'resync')
    copy.progress.foundCrossed({ source: 101, target: 901, count: 1 })
    copy.progress.caughtUpWith({ offset: 102, epoch: -1 }, new Map([[NATIVE.producerId, 42]]), 902)
    copy.resume()
    bench.accept(big(2, 1))
    expect(bench.take()).toMatchObject({ baseSequence: 42, runs: [{ sourceOffset: 102, count: 1 }] })
  })

  test.each(['resync', 'hold', 'poison'] as const)(
    'what is acknowledged behind a failed batch is not counted: %s',
    outcome => {
      const [first, second] = twoInFlightAndOneWaiting()
      copy.failed(first, 'no', outcome)
      bench.acknowledge(second, 902)
      expect(bench.progress()).toEqual([101, 41, 901])
      expect(copy.progress.map.recordCount).toBe(1)
    },
  )

  test('what is fetched while it is in doubt how far the target is, is not taken', () => {
    const [first, second] = twoInFlightAndOneWaiting()
    copy.failed(first, 'not enough replicas after append', 'resync')
    bench.accept(big(4, 1)) // the answer to a fetch that was under way
    bench.acknowledge(second, 902)
    expect(bench.told).toEqual(['needsResume: not enough replicas after append'])
    expect(copy.isIdle).toBe(true)
    copy.resume()
    expect(copy.takeForSending()).toBeUndefined()
    expect(copy.fetchOffset).toBe(101)
  })

  test('a right that is missing holds nothing: it is tried again, and then not for another reason', () => {
    const [first, second] = twoInFlightAndOneWaiting()
    copy.failed(first, 'no right to write', 'forbidden')
    copy.failed(second, 'out of order', 'resync')
    expect(bench.told).toEqual(['needsResume: no right to write (forbidden)'])
    copy.resume()
    copy.targetLost('broker gone')
    expect(bench.told.at(-1)).toBe('needsResume: broker gone')
  })

  test('a refusal that cannot be mended holds it; what was in flight comes back, nothing more is sent', () => {
    const [first, second] = twoInFlightAndOneWaiting()
    copy.failed(first, 'no right to write', 'hold')
    copy.failed(second, 'out of order', 'resync')
    expect(bench.told).toEqual(['held: no right to write'])
    expect(copy.takeForSending()).toBeUndefined()
    expect(copy.isIdle).toBe(true)
    expect(copy.snapshot()).toMatchObject({ state: 'held', reason: 'no right to write', copied: 101 })
    bench.expectNothingLeased()
  })

  test('a target that is lost while nothing is in flight is asked again at once', () => {
    bench.accept(big(0, 1))
    copy.targetLost('broker gone')
    expect(bench.told).toEqual(['needsResume: broker gone'])
    expect(copy.isIdle).toBe(true)
    bench.expectNothingLeased()
  })

  test('a target that is lost under a held partition gives the memory back', () => {
    bench.accept(big(0, 1))
    copy.hold('no')
    copy.targetLost('broker gone')
    expect(copy.isIdle).toBe(true)
    bench.expectNothingLeased()
  })

  test('a partition is held once, and tells it once', () => {
    copy.hold('first')
    copy.hold('second')
    expect(bench.told).toEqual(['held: first'])
    expect(copy.wantsRecords).toBe(false)
  })
})

describe('records that the target will never take', () => {
  test('a batch that is too large is cut until it fits; one record alone is in the way', () => {
    bench.accept(big(0, 4))
    copy.failed(bench.take(), 'too large', 'too-large')
    copy.resume()
    bench.accept(big(0, 4))
    const half = bench.take()
    expect(half.recordCount).toBeLessThan(4)
    copy.failed(half, 'too large', 'too-large')
    copy.resume()
    bench.accept(big(0, 4))
    const single = bench.take()
    expect(single.recordCount).toBe(1)
    copy.failed(single, 'too large', 'too-large')
    expect(bench.told.at(-1)).toBe('obstructed: poison 100-101 too large')
  })

  test('of a batch that is refused for one of its records, all before that one are copied', () => {
    bench.accept({ baseOffset: 100, records: 4 })
    expect(refuseOffset(102)).toEqual([
      [100, 4],
      [100, 2],
      [102, 2],
      [102, 1],
    ])
    expect(bench.told.at(-1)).toBe('obstructed: poison 102-103 no key')
    expect(bench.progress()).toEqual([102, 42, 902])
  })

  test('once it is out of the way, batches travel whole again', () => {
    bench.accept({ baseOffset: 100, records: 4 })
    refuseOffset(102)
    copy.progress.passedOver({ offset: 103, epoch: -1 })
    copy.goOn()
    copy.resume()
    bench.accept({ baseOffset: 100, records: 4 }, { baseOffset: 104, records: 3 })
    expect(bench.take().recordCount).toBe(4)
  })

  test('what was sent behind it is refused for its number, and that does not start it anew', () => {
    const [first, second] = twoInFlightAndOneWaiting()
    copy.failed(first, 'no key', 'poison')
    expect(bench.told).toEqual([])
    copy.failed(second, 'out of order', 'resync')
    expect(bench.told).toEqual(['obstructed: poison 101-102 no key'])
    expect(copy.isIdle).toBe(true)
    bench.expectNothingLeased()
  })

  test.each(['too-large', 'poison'] as const)(
    'of two in flight that are refused, the first is in the way: %s',
    outcome => {
      const [first, second] = twoInFlightAndOneWaiting()
      copy.failed(first, 'first', outcome)
      copy.failed(second, 'second', outcome)
      expect(bench.told).toEqual(['obstructed: poison 101-102 first'])
    },
  )

  test('a lost answer before it comes first: how far the target is must be known', () => {
    const [first, second] = twoInFlightAndOneWaiting()
    copy.failed(first, 'the line broke', 'resync')
    copy.failed(second, 'no key', 'poison')
    expect(bench.told).toEqual(['needsResume: the line broke'])
  })

  test('a merged batch that is refused for good is tried in its parts, to copy all that can be', () => {
    const two = [
      { baseOffset: 100, records: 1 },
      { baseOffset: 101, records: 1 },
    ]
    bench.accept(...two)
    copy.failed(bench.take(), 'no right', 'hold')
    expect(bench.told).toEqual(['needsResume: no right'])
    copy.resume()
    bench.accept(...two)
    bench.acknowledge(bench.take(), 900)
    copy.failed(bench.take(), 'no right', 'hold')
    expect(bench.told.at(-1)).toBe('held: no right')
    expect(bench.progress()).toEqual([101, 41, 901])
  })

  /** Plays a target that refuses all that holds a record; answers what was sent, by first offset and count. */
  function refuseOffset(poison: number): [number, number][] {
    const sent: [number, number][] = []
    for (let target = 900; !bench.told.at(-1)?.startsWith('obstructed'); ) {
      if (copy.isIdle) {
        copy.resume()
        bench.accept({ baseOffset: 100, records: 4 })
      }
      const batch = bench.take()
      const [first] = batch.runs
      sent.push([first!.sourceOffset, batch.recordCount])
      if (first!.sourceOffset + batch.recordCount > poison) copy.failed(batch, 'no key', 'poison')
      else {
        bench.acknowledge(batch, target)
        target += batch.recordCount
      }
    }
    return sent
  }
})

describe('an obstacle that is met while reading', () => {
  test('what is in line goes out and is acknowledged first; then it is told, once', () => {
    bench.accept(big(0, 1), big(1, 1))
    bench.acknowledge(bench.take(), 900)
    bench.accept(big(2, 1), { baseOffset: 103, magic: 3 }, big(4, 1))
    expect(copy.wantsRecords).toBe(false)
    const [second, third] = [bench.take(), bench.take()]
    bench.acknowledge(second, 901)
    expect(bench.told).toEqual([])
    bench.acknowledge(third, 902)
    expect(bench.told).toEqual([expect.stringMatching(/^obstructed: poison 103-104 record format 3/)])
    expect(bench.progress()).toEqual([103, 43, 903])
    copy.meet({ kind: 'truncated', from: 103, to: 110 })
    expect(bench.told).toHaveLength(1)
    expect(copy.takeForSending()).toBeUndefined()
    bench.expectNothingLeased()
  })

  test('is told at once when nothing is in line', () => {
    copy.meet({ kind: 'truncated', from: 100, to: 110 })
    expect(bench.told).toEqual(['obstructed: truncated 100-110'])
    expect(copy.snapshot().state).toBe('starting')
  })

  test('a failure of the target before it comes first; then it is read and met again', () => {
    const [first, second] = twoInFlightAndOneWaiting()
    copy.meet({ kind: 'truncated', from: 104, to: 110 })
    copy.failed(first, 'the line broke', 'resync')
    copy.failed(second, 'the line broke', 'resync')
    expect(bench.told).toEqual(['needsResume: the line broke'])
    copy.resume()
    expect(copy.fetchOffset).toBe(101)
    copy.meet({ kind: 'truncated', from: 101, to: 110 })
    expect(bench.told.at(-1)).toBe('obstructed: truncated 101-110')
  })

  test('behind it, once its progress has moved on, it copies again', () => {
    copy.meet({ kind: 'truncated', from: 100, to: 110 })
    copy.progress.passedOver({ offset: 110, epoch: -1 })
    copy.goOn()
    expect(copy.isStopped).toBe(false)
    copy.resume()
    bench.accept(big(10, 1))
    expect(bench.take()).toMatchObject({ baseSequence: 40, runs: [{ sourceOffset: 110, count: 1 }] })
  })

  test('what is ignored stands still, and that is no trouble', () => {
    copy.meet({ kind: 'recreated', side: 'source', topic: 'orders' })
    copy.ignore('as it was wished')
    expect(copy.snapshot()).toMatchObject({ state: 'ignored', reason: 'as it was wished' })
    expect([copy.wantsRecords, copy.isStopped]).toEqual([false, true])
  })

  test('a topic that is another one now is begun anew, with the numbers that the target knows of us', () => {
    copy.meet({ kind: 'recreated', side: 'source', topic: 'orders' })
    copy.restart({ sourceTopicId: 'new', targetTopicId: 'b' })
    expect([copy.progress.restartsOn, copy.progress.hasBegun, copy.sourceTopicId]).toEqual([
      'same target',
      false,
      'new',
    ])
    const sequences = copy.progress.nextSequences()
    copy.progress.begin(
      { sourceNext: 0, sourceEpoch: -1, sequences, targetEnd: 900 },
      { sourceStart: 0, targetStart: 900 },
    )
    copy.resume()
    bench.accept({ baseOffset: 0, records: 1 })
    expect(bench.take()).toMatchObject({ baseSequence: 40, runs: [{ sourceOffset: 0, count: 1 }] })
  })

  test('a damaged batch is read again, and is in the way when it is damaged again', async () => {
    await begin({ compression: 'GZIP' })
    const damaged = batchBytes({ baseOffset: 100, records: 2 })
    damaged[70]! ^= 1
    bench.acceptBytes(damaged)
    expect(bench.told).toEqual([])
    expect(copy.fetchOffset).toBe(100)
    bench.acceptBytes(damaged)
    expect(bench.told).toEqual([
      expect.stringMatching(/^obstructed: poison 100-102 source offsets 100-101 are corrupt/),
    ])
  })

  test.each([
    ['no gzip at all', Buffer.from('these are no records')],
    ['gzip of something that is no record', gzipSync(Buffer.from('these are no records'))],
  ])('records that cannot be read though their checksum is right: %s', async (_what, recordBytes) => {
    await begin({ compression: 'NONE' })
    const broken = withRecords(batchBytes({ baseOffset: 100, records: 2, codec: 'GZIP' }), recordBytes)
    expect(() => bench.acceptBytes(broken)).not.toThrow()
    expect(bench.told).toEqual([expect.stringMatching(/^obstructed: poison 100-102 /)])
    bench.expectNothingLeased()
  })

  test('small batches of which one cannot be read are sent one by one, for the broker to say which', () => {
    const broken = batchBytes({ baseOffset: 101, records: 1, codec: 'GZIP' })
    bench.acceptBytes(Buffer.concat([gzipped(100), broken, gzipped(102)]))
    const first = bench.take()
    expect(first.recordCount).toBe(1)
    bench.acknowledge(first, 900)
    expect(bench.take()).toMatchObject({ recordCount: 1, runs: [{ sourceOffset: 101, count: 1 }] })
  })
})
