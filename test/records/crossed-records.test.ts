import { beforeEach, describe, expect, test } from 'vitest'
import type { Cluster } from '../../src/clusters/cluster.js'
import type { Origin } from '../../src/provenance/origins.js'
import { CodecShelf } from '../../src/records/codec-shelf.js'
import { type CrossedAnswer, findCrossed } from '../../src/records/crossed-records.js'
import type { OwnRecord } from '../../src/wire/records.js'
import { FakeCluster, type FakeLog } from '../progress/fake-cluster.js'
import { type BatchShape, batchBytes } from '../support/batches.js'
import { gzipped } from './copy-bench.js'

/*
 * The note says: everything before source offset 100 is copied, the next number is 40, the target was known up to 900.
 * Records are called by letters, and are equal where the letters are.
 */
const [OURS, THROUGH, FOREIGN, LOOPED, NEW] = [7, 8, 50, 30, 40]
const NATIVE: Origin = { producerId: OURS, producerEpoch: 0 }

let source: FakeLog
let target: FakeLog
let clusters: { source: FakeCluster; target: FakeCluster }
let origins: Map<number, Origin>
beforeEach(() => {
  clusters = { source: new FakeCluster('a'), target: new FakeCluster('b') }
  source = clusters.source.create('orders')
  target = clusters.target.create('orders')
  Object.assign(source, { end: 100 })
  Object.assign(target, { end: 900 })
  origins = new Map<number, Origin>([
    [-1, NATIVE],
    [LOOPED, 'loop'],
  ])
})

function records(letters: string): OwnRecord[] {
  return [...letters].map(letter => ({ key: Buffer.from(letter), value: Buffer.from(`value of ${letter}`) }))
}

function produced(letters: string, shape: BatchShape = {}): void {
  source.lay({ records: records(letters), ...shape })
}

/** A batch of ours on the target. */
function written(letters: string, baseSequence: number, producerId = OURS): void {
  const bytes = batchBytes({ records: records(letters), producerId })
  bytes.writeInt32BE(baseSequence, 53)
  target.append(bytes)
}

async function find(noted: { sequences?: [number, number][]; remembered?: [number, number][]; end?: number } = {}) {
  const matches: [number, number][] = []
  const place = (cluster: FakeCluster) => ({
    cluster: cluster as unknown as Cluster,
    ...{ nodeId: 1, topic: 'orders', partition: 0 },
  })
  const sequences = new Map(noted.sequences ?? [[OURS, 40]])
  const answer = await findCrossed(
    {
      source: place(clusters.source),
      target: place(clusters.target),
      noted: { sourceNext: 100, sourceEpoch: -1, sequences, targetEnd: 900 },
      tail: { end: noted.end ?? target.end, lastSequences: new Map(noted.remembered) },
      producerIds: new Set([OURS, THROUGH]),
      codecs: new CodecShelf(),
      origins: {
        of: producerId => origins.get(producerId),
        learn: async producerId => void origins.set(producerId, NATIVE),
      },
    },
    (...match) => matches.push(match),
  )
  return { ...answer, matches }
}

const aligned = (sourceNext: number, matched: number, removed = 0) => ({
  alignment: { kind: 'aligned', sourceNext, matched, removed },
})
const numbers = (...all: [number, number][]): Pick<CrossedAnswer, 'sequences'> => ({ sequences: new Map(all) })

describe('both logs are whole', () => {
  test('nothing has crossed, though others wrote', async () => {
    produced('AB')
    target.lay({ producerId: FOREIGN, records: 3 })
    expect(await find()).toMatchObject({ ...aligned(100, 0), ...numbers([OURS, 40]), crossed: 0, matches: [] })
  })

  test('what has crossed is found record by record, however it was put into batches', async () => {
    produced('AB')
    produced('C')
    produced('DE')
    written('ABC', 40)
    written('D', 43)
    expect(await find()).toMatchObject({
      ...aligned(104, 4),
      ...numbers([OURS, 44]),
      ...{ crossed: 4, targetEnd: 904 },
      matches: [
        [100, 900],
        [101, 901],
        [102, 902],
        [103, 903],
      ],
    })
  })

  test('markers, aborted records and loops of the source lie between', async () => {
    produced('A')
    produced('x', { producerId: 9, transactional: true })
    source.lay({ control: 'abort', producerId: 9 })
    source.aborted = [{ producerId: 9, firstOffset: 101 }]
    produced('yz', { producerId: LOOPED })
    produced('B')
    written('AB', 40)
    const { alignment, matches } = await find()
    expect(alignment).toEqual(aligned(106, 2).alignment)
    expect(matches.at(-1)).toEqual([105, 901])
  })

  test('others have written to the target between', async () => {
    produced('ABC')
    written('A', 40)
    target.lay({ producerId: FOREIGN, records: 2 })
    target.lay({ records: 1 })
    written('B', 41)
    expect(await find()).toMatchObject({
      ...aligned(102, 2),
      targetEnd: 905,
      matches: [
        [100, 900],
        [101, 904],
      ],
    })
  })

  test('two producers of ours, each with its own numbers, one of them new', async () => {
    produced('ABCD')
    written('A', 40)
    written('BC', 0, THROUGH)
    written('D', 41)
    expect(await find()).toMatchObject({ ...aligned(104, 4), ...numbers([OURS, 42], [THROUGH, 2]) })
  })

  test('numbers went round meanwhile', async () => {
    produced('ABC')
    written('AB', 2 ** 31 - 1)
    written('C', 1)
    expect(await find({ sequences: [[OURS, 2 ** 31 - 1]] })).toMatchObject({
      ...aligned(103, 3),
      ...numbers([OURS, 2]),
    })
  })

  test('what was written before the note lies behind its end all the same', async () => {
    produced('CD')
    written('AB', 38)
    written('C', 40)
    expect(await find()).toMatchObject({ ...aligned(101, 1), crossed: 1, matches: [[100, 902]] })
  })

  test('the first batch was cut: the note lies inside a batch of the source', async () => {
    source.lay({ baseOffset: 98, records: records('yzAB') })
    written('A', 40)
    expect(await find()).toMatchObject({ ...aligned(101, 1), matches: [[100, 900]] })
  })

  test('who wrote a batch of the source is found out where it is not known', async () => {
    produced('A', { producerId: NEW })
    written('A', 40)
    expect(await find()).toMatchObject(aligned(101, 1))
    expect(origins.get(NEW)).toBe(NATIVE)
  })

  test('codecs differ', async () => {
    source.lay({ records: 1 })
    const bytes = gzipped(0)
    bytes.writeBigInt64BE(BigInt(OURS), 43)
    bytes.writeInt32BE(40, 53)
    target.append(bytes)
    expect(await find()).toMatchObject(aligned(101, 1))
  })

  test('the source stamps the time of its append', async () => {
    const at = 1_700_000_012_345n
    const stamped = batchBytes({ records: records('AB'), logAppendTime: true })
    stamped.writeBigInt64BE(at, 35)
    source.append(stamped)
    const copied = batchBytes({ records: records('AB'), producerId: OURS })
    copied.writeBigInt64BE(at, 27)
    copied.writeInt32BE(40, 53)
    target.append(copied)
    expect(await find()).toMatchObject(aligned(102, 2))
  })
})

describe('a cleaner has been there', () => {
  test('on the target: whole batches are gone, and records in a batch', async () => {
    produced('ABCDE')
    target.end += 2 // where A and B were
    written('C', 42)
    const emptied = batchBytes({ records: records('E'), producerId: OURS, lastOffsetDelta: 1 })
    emptied.writeInt32BE(43, 53)
    emptied.writeInt8(2, 61 + 3) // the offset delta of its record, 1 in zigzag
    target.append(emptied)
    const { alignment, matches, sequences } = await find()
    expect(alignment).toEqual(aligned(105, 5).alignment)
    expect(sequences.get(OURS)).toBe(45)
    expect(matches).toEqual([
      [102, 902],
      [103, 903],
      [104, 904],
    ])
  })

  test('a batch of ours without those before it, and no place where they were, is never explained away', async () => {
    produced('ABC')
    written('C', 42)
    await expect(find()).rejects.toThrow(/holds records of this replicator at offset 900 without 2 that come before/)
  })

  test('a batch that was cut anew begins before the note and ends behind it', async () => {
    produced('CD')
    target.end = 898
    written('ABCD', 38)
    expect(await find()).toMatchObject({
      ...aligned(102, 2),
      matches: [
        [100, 900],
        [101, 901],
      ],
    })
  })

  test('on the source: records that crossed are there no more', async () => {
    produced('B', { baseOffset: 101 })
    produced('D', { baseOffset: 103 })
    written('ABC', 40)
    expect(await find()).toMatchObject({ ...aligned(102, 1, 2), matches: [[101, 901]] })
  })

  test('retention has taken what has crossed, and what had not', async () => {
    produced('AB')
    produced('C')
    produced('D')
    source.dropBefore(103)
    written('AB', 40)
    expect(await find()).toMatchObject({ ...aligned(102, 0, 2), matches: [] })
  })

  test('retention has taken a part of what has crossed', async () => {
    produced('A')
    produced('BC')
    source.dropBefore(101)
    written('AB', 40)
    expect(await find()).toMatchObject({ ...aligned(102, 1, 1), matches: [[101, 901]] })
  })

  test('retention has taken the first of our records from the target', async () => {
    produced('ABC')
    written('A', 40)
    written('B', 41)
    target.dropBefore(901)
    expect(await find()).toMatchObject({ ...aligned(102, 2), ...numbers([OURS, 42]), matches: [[101, 901]] })
  })
})

describe('a log shows less than has crossed', () => {
  test('the source has lost its end', async () => {
    produced('A')
    written('AB', 40)
    expect((await find()).alignment).toEqual({ kind: 'source-ends', unmatched: 1 })
  })

  test('a new leader of the source does not show all of its log yet: nothing is concluded', async () => {
    produced('A')
    produced('B')
    written('AB', 40)
    source.shownTo = 101
    await expect(find()).rejects.toMatchObject({ code: 78 })
  })

  test('a new leader of the target does not show all of its log yet: nothing is concluded', async () => {
    produced('AB')
    written('A', 40)
    await expect(find({ end: 902 })).rejects.toMatchObject({ code: 78 })
  })

  test('the target remembers more of our numbers than its log holds: those were removed', async () => {
    produced('ABC')
    written('A', 40)
    target.end = 902
    expect(await find({ remembered: [[OURS, 41]] })).toMatchObject({ ...aligned(102, 2), ...numbers([OURS, 42]) })
  })

  test('retention has taken all of it: nothing is left to wait for', async () => {
    Object.assign(source, { start: 103, end: 103 })
    written('AB', 40)
    expect((await find()).alignment).toMatchObject({ kind: 'aligned', matched: 0, removed: 2 })
  })
})

test('other records than those that crossed are not stepped over', async () => {
  produced('AXC')
  written('AB', 40)
  expect((await find()).alignment).toEqual({ kind: 'mismatch', sourceOffset: 101, targetOffset: 901 })
})

test('the same key and value at another time is another record', async () => {
  const bytes = batchBytes({ records: records('A') })
  bytes.writeBigInt64BE(1_700_000_000_001n, 27)
  source.append(bytes)
  written('A', 40)
  expect((await find()).alignment.kind).toBe('mismatch')
})
