import { beforeEach, describe, expect, test } from 'vitest'
import { OffsetMap } from '../../src/offset-map/offset-map.js'
import { CopyProgress, type ProgressToNote } from '../../src/records/copy-progress.js'
import type { TravellingBatch } from '../../src/records/travelling-batch.js'

const [NATIVE, THROUGH] = [7, 8]
const NUMBERS_AT_START = new Map([[NATIVE, 40]])

let progress: CopyProgress
beforeEach(() => {
  progress = new CopyProgress()
  begin(progress)
})

function begin(one: CopyProgress, map?: OffsetMap): void {
  const at = { sourceNext: 100, sourceEpoch: 2, sequences: NUMBERS_AT_START, targetEnd: 900 }
  one.begin(at, { sourceStart: 100, targetStart: 900 }, map)
}

/** The target has acknowledged runs of source offsets, at a target offset. */
function acknowledge(
  runs: [sourceOffset: number, count: number][],
  baseOffset: number,
  { producerId = NATIVE, baseSequence = 40, logStartOffset = -1, next = undefined as number | undefined } = {},
): void {
  const recordCount = runs.reduce((sum, [, count]) => sum + count, 0)
  const [lastOffset, lastCount] = runs.at(-1)!
  const travelled: TravellingBatch = {
    ...{ bytes: Buffer.alloc(100), isNew: false, recordCount, leases: [], baseSequence },
    runs: runs.map(([sourceOffset, count]) => ({ sourceOffset, count })),
    producer: { producerId, producerEpoch: 0 },
    next: { offset: next ?? lastOffset + lastCount, epoch: 3 },
  }
  const row = { topic: 'orders', partition: 0, errorCode: 0, errorMessage: null }
  progress.acknowledged(travelled, { ...row, baseOffset, logStartOffset }, 0)
}

function pairsOf(map: OffsetMap, sources: number[]): (number | undefined)[] {
  return sources.map(source => map.targetFor(source))
}

describe('what was acknowledged', () => {
  test('is in the map, counted, and behind the position', () => {
    acknowledge([[100, 2]], 900)
    acknowledge(
      [
        [103, 1],
        [106, 2],
      ],
      905,
      { baseSequence: 42, next: 110 },
    )
    expect(pairsOf(progress.map, [100, 101, 102, 103, 104, 106, 107, 108])).toEqual([
      ...[900, 901, 905, 905, 906, 906, 907, undefined],
    ])
    expect(progress.known).toEqual({
      ...{ sourceNext: 110, sourceEpoch: 3, targetEnd: 908 },
      sequences: new Map([[NATIVE, 45]]),
    })
    expect([progress.recordsCopied, progress.bytesCopied]).toEqual([5, 200])
  })

  test('counts under its own producer', () => {
    acknowledge([[100, 2]], 900)
    acknowledge([[102, 3]], 902, { producerId: THROUGH, baseSequence: 2 ** 31 - 1 })
    expect(progress.known.sequences).toEqual(
      new Map([
        [NATIVE, 42],
        [THROUGH, 2],
      ]),
    )
  })
})

describe('what has crossed without our knowing', () => {
  test('is in the map and behind the position, with the numbers that the target has now', () => {
    progress.foundCrossed({ source: 100, target: 900, count: 2 })
    progress.foundCrossed({ source: 104, target: 902, count: 1 })
    progress.caughtUpWith({ offset: 105, epoch: -1 }, new Map([[THROUGH, 3]]), 903)
    expect(progress.known).toEqual({
      ...{ sourceNext: 105, sourceEpoch: -1, targetEnd: 903 },
      sequences: new Map([
        [NATIVE, 40],
        [THROUGH, 3],
      ]),
    })
    expect(progress.map.recordCount).toBe(3)
    expect(progress.recordsCopied).toBe(0)
  })

  test('never moves the known end of the target back', () => {
    progress.caughtUpWith({ offset: 105, epoch: -1 }, new Map(), 5)
    expect(progress.known.targetEnd).toBe(900)
  })
})

describe('a target that has lost its end', () => {
  beforeEach(() => {
    acknowledge([[100, 3]], 900)
    acknowledge([[105, 3]], 910, { baseSequence: 43 })
    progress.stored(progress.takeChanged()!)
  })

  test('is copied to again from the first lost record, by the count of numbers', () => {
    expect(progress.goBack(2, 911, new Map([[NATIVE, 43]]))).toBe(true)
    expect(progress.known).toEqual({
      ...{ sourceNext: 106, sourceEpoch: 3, targetEnd: 911 },
      sequences: new Map([[NATIVE, 44]]),
    })
    expect(pairsOf(progress.map, [105, 106])).toEqual([910, undefined])
    expect(progress.takeChanged()?.progress.sourceNext).toBe(106)
  })

  test('by the count of numbers also where others have written since', () => {
    expect(progress.goBack(4, 950, new Map([[NATIVE, 41]]))).toBe(true)
    expect(progress.known).toMatchObject({ sourceNext: 102, targetEnd: 913 })
  })

  test('is copied to again from the first lost record, by its end', () => {
    expect(progress.recordsFrom(902)).toBe(4)
    expect(progress.goBack(4, 902, new Map())).toBe(true)
    expect(progress.known).toMatchObject({ sourceNext: 102, targetEnd: 902, sequences: new Map([[NATIVE, 42]]) })
    expect(progress.map.recordCount).toBe(2)
  })

  test('has lost nothing of ours when it ends behind our last record', () => {
    acknowledge([[108, 1]], 930, { baseSequence: 46 })
    expect(progress.recordsFrom(931)).toBe(0)
    expect(progress.goBack(0, 931, new Map())).toBe(true)
    expect(progress.known).toMatchObject({ sourceNext: 109, targetEnd: 931 })
  })

  test('all of it: it begins at the first record again', () => {
    expect([progress.recordsFrom(900), progress.recordsFrom(0)]).toEqual([6, 6])
    expect(progress.goBack(6, 900, new Map())).toBe(true)
    expect(progress.known).toMatchObject({ sourceNext: 100, targetEnd: 900 })
    expect(progress.map.recordCount).toBe(0)
  })

  test('more than the map holds is not guessed, and nothing is changed', () => {
    const before = progress.known
    expect(progress.goBack(7, 880, new Map())).toBe(false)
    expect(progress.known).toEqual(before)
    expect(progress.map.recordCount).toBe(6)
  })

  test('copied again, the map goes on where the target appends', () => {
    progress.goBack(2, 911, new Map([[NATIVE, 43]]))
    acknowledge([[106, 2]], 911, { baseSequence: 44 })
    expect(pairsOf(progress.map, [105, 106, 107])).toEqual([910, 911, 912])
    expect(progress.known).toMatchObject({ sourceNext: 108, sequences: new Map([[NATIVE, 46]]), targetEnd: 913 })
  })
})

describe('a source that was cut back', () => {
  test('goes on where it was cut; what it no longer has is on the target, but not in the map', () => {
    acknowledge([[100, 5]], 900)
    progress.sourceCutBack({ offset: 103, epoch: 2 })
    expect(progress.known).toMatchObject({ sourceNext: 103, sourceEpoch: 2, targetEnd: 905 })
    expect(progress.map.recordCount).toBe(3)
    acknowledge([[103, 1]], 905, { baseSequence: 45 })
    expect(pairsOf(progress.map, [102, 103])).toEqual([902, 905])
  })

  test('behind the last copied record, the map stays whole', () => {
    acknowledge([[100, 2]], 900, { next: 110 })
    progress.sourceCutBack({ offset: 105, epoch: -1 })
    expect(progress.known.sourceNext).toBe(105)
    expect(progress.map.recordCount).toBe(2)
  })
})

describe('what is to be noted', () => {
  test('is given out once for each change', () => {
    expect(progress.takeChanged()).toBeUndefined()
    acknowledge([[100, 1]], 900)
    expect(progress.takeChanged()?.progress).toMatchObject({ sourceNext: 101 })
    expect(progress.takeChanged()).toBeUndefined()
    progress.markChanged()
    expect(progress.takeChanged()?.progress).toMatchObject({ sourceNext: 101 })
  })

  test('is a copy: what happens while it is written does not change it', () => {
    acknowledge([[100, 1]], 900)
    const noted = progress.takeChanged()!
    acknowledge([[101, 1]], 901, { baseSequence: 41 })
    expect(noted.progress).toMatchObject({ sourceNext: 101, sequences: new Map([[NATIVE, 41]]) })
  })

  test('names closed segments until they are known to be stored', () => {
    copyLongRuns(0)
    const failed = numbersOf(progress.takeChanged()!)
    expect(failed.length).toBeGreaterThan(0)
    progress.markChanged()
    expect(numbersOf(progress.takeChanged()!)).toEqual(failed)
    copyLongRuns(1)
    const taken = progress.takeChanged()!
    const more = numbersOf(taken)
    expect(more.slice(0, failed.length)).toEqual(failed)
    expect(more.length).toBeGreaterThan(failed.length)
    progress.stored(taken)
    progress.markChanged()
    expect(progress.takeChanged()?.closed).toEqual([])
  })

  test('holds the whole map: another life that reads it knows every pair', () => {
    const kept = new Map<number, Buffer>()
    for (const round of [0, 1, 2]) {
      copyLongRuns(round)
      for (const { number, bytes } of note().closed) kept.set(number, bytes)
    }
    const last = note()
    const next = new CopyProgress()
    begin(next, OffsetMap.load(kept, last.openSegment))
    expect(next.map.recordCount).toBe(progress.map.recordCount)
    expect([next.map.first, next.map.last]).toEqual([progress.map.first, progress.map.last])
    expect(next.map.targetFor(10_000)).toBe(progress.map.targetFor(10_000))
  })

  test('forgets the oldest segments once both logs have dropped their records, and says which', () => {
    copyLongRuns(0)
    const before = note().closed.length
    progress.sourceStartsAt(2 ** 50)
    progress.markChanged()
    expect(note().obsolete).toEqual([])
    acknowledge([[2 ** 50, 1]], 2 ** 50, { logStartOffset: 2 ** 50 })
    expect(note().obsolete).toHaveLength(before)
  })

  test('a topic that is another one now begins anew, under the numbers that the target knows of us', () => {
    acknowledge([[100, 3]], 900)
    copyLongRuns(0)
    progress.takeChanged()
    progress.forget()
    expect([progress.hasBegun, progress.takeChanged()]).toEqual([false, undefined])
    const sequences = progress.nextSequences()
    expect(sequences.get(NATIVE)).toBeGreaterThan(40)
    progress.begin({ sourceNext: 0, sourceEpoch: -1, sequences, targetEnd: 0 }, { sourceStart: 0, targetStart: 0 })
    expect(progress.toNote()).toMatchObject({ closed: [], obsolete: [], progress: { sourceNext: 0 } })
  })
})

/** Runs that take many bytes, so that the map has several closed segments. */
function copyLongRuns(round: number): void {
  for (let n = round * 300; n < (round + 1) * 300; n++) {
    const at = 1_000 + (n * n + n * 7_919) * 64
    acknowledge([[at, 2]], at + n)
  }
}

function note(): ProgressToNote {
  progress.markChanged()
  const noted = progress.takeChanged()!
  progress.stored(noted)
  return noted
}

function numbersOf({ closed }: ProgressToNote): number[] {
  return closed.map(({ number }) => number)
}
