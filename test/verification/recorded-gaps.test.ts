import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { GapNote, PartitionNote } from '../../src/progress/notes.js'
import { LeftOut, NOTHING_LEFT_OUT } from '../../src/verification/left-out.js'
import { gapsThatHold, PoisonRanges, type RecordedGap } from '../../src/verification/recorded-gaps.js'
import { compareRuns, distinctRecords, found, runsOf, type TestRecord } from './memory-log.js'

const NOTE = { sourceTopicId: 's', targetTopicId: 't' } as PartitionNote

function gap(kind: GapNote['kind'], from: number, to: number, more: Partial<GapNote> = {}): GapNote {
  const topics = { sourceTopic: 'topic', partition: 0, sourceTopicId: 's', targetTopicId: 't' }
  return { ...topics, kind, from, to, reason: 'why', at: 1, ...more }
}

describe('which recorded gaps still hold', () => {
  test('those of the topics that are copied now, in the order of their offsets', () => {
    const [first, second] = [gap('poison', 3, 4), gap('truncated', 9, 12)]
    const former = [gap('poison', 1, 2, { sourceTopicId: 'old' }), gap('poison', 2, 3, { targetTopicId: 'old' })]
    expect(gapsThatHold([second, ...former, first], NOTE)).toEqual([first, second])
  })

  test('what lay behind the place where the source was cut back later is forgotten, what is recorded since is not', () => {
    const cut = gap('diverged', 10, 20, { at: 5 })
    const before = gap('poison', 4, 5)
    const across = gap('poison', 8, 15)
    const behind = gap('poison', 12, 13)
    const since = gap('poison', 11, 12, { at: 6 })
    expect(gapsThatHold([before, across, behind, cut, since], NOTE)).toEqual([
      before,
      { ...across, to: 10 },
      cut,
      since,
    ])
  })
})

test('an offset is in a gap exactly when one of them holds it', () => {
  const ranges = fc.array(fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 5 })), { maxLength: 12 })
  fc.assert(
    fc.property(ranges, fc.nat(45), fc.nat(8), (lengths, first, more) => {
      const poison = new PoisonRanges(lengths.map(([from, length]) => gap('poison', from, from + length)))
      const isIn = (offset: number) => lengths.some(([from, length]) => from <= offset && offset < from + length)
      const offsets = Array.from({ length: more + 1 }, (_, n) => first + n)
      expect(poison.has(first)).toBe(isIn(first))
      expect(poison.touch(first, first + more)).toBe(offsets.some(isIn))
      expect(poison.cover(first, first + more)).toBe(offsets.every(isIn))
    }),
    { numRuns: 1_000 },
  )
})

describe('the source was cut back and has grown again', () => {
  const all = distinctRecords(100)
  const again = distinctRecords(50, 'new ')
  const lost = all.slice(60, 70)
  const source = runsOf([...all.slice(0, 60), ...again], { batchSizes: [7] })
  const copy = [...all.slice(0, 60), ...lost, ...again]
  const recorded = [gap('diverged', 60, 70)]

  const compare = (target: readonly TestRecord[], gaps: readonly RecordedGap[], from = source) =>
    compareRuns(from, runsOf(target, { batchSizes: [9] }), { leftOut: new LeftOut({ ...NOTHING_LEFT_OUT, gaps }) })

  test('what it lost is on the target: no difference where that is recorded, else one', async () => {
    const right = await compare(copy, recorded)
    expect(found(right)).toEqual({})
    expect(right).toMatchObject({ matched: 110, lostOnSource: 10 })
    const unrecorded = await compare(copy, [])
    expect(found(unrecorded)).toEqual({ phantom: 10 })
    expect(unrecorded.lostOnSource).toBe(0)
  })

  test('also while nothing new is written or copied yet', async () => {
    const cut = runsOf(all.slice(0, 60))
    expect(await compare(copy.slice(0, 70), recorded, cut)).toMatchObject({ matched: 60, lostOnSource: 10 })
    const behind = await compareRuns(source, runsOf(copy.slice(0, 70)), {
      leftOut: new LeftOut({ ...NOTHING_LEFT_OUT, gaps: recorded }),
      copiedTo: 60,
    })
    expect(found(behind)).toEqual({ notCopiedYet: 50 })
  })

  test('never more than was lost, and nowhere else', async () => {
    const strange = distinctRecords(3, 'strange ')
    expect(found(await compare(copy.toSpliced(65, 0, ...strange), recorded))).toEqual({ phantom: 3 })
    expect(found(await compare(copy.toSpliced(20, 0, ...strange), recorded))).toEqual({ phantom: 3 })
    expect(found(await compare(copy.toSpliced(100, 0, ...strange), recorded))).toEqual({ phantom: 3 })
    // Fewer than it has offsets are there (markers have offsets too); then too it counts only at that place.
    const fewer = [...all.slice(0, 60), ...lost.slice(0, 5), ...again]
    expect(found(await compare(fewer.toSpliced(100, 0, ...strange), recorded))).toEqual({ phantom: 3 })
  })

  test('what is missing beside it is lost', async () => {
    expect(found(await compare(copy.toSpliced(75, 1), recorded))).toEqual({ 'lost-write': 1 })
    expect(found(await compare(copy.toSpliced(59, 1), recorded))).toEqual({ 'lost-write': 1 })
  })

  test('new records like the lost ones but for the time are no damaged copies of them', async () => {
    const later = lost.map(record => ({ ...record, timestamp: record.timestamp + 5_000 }))
    const grown = runsOf([...all.slice(0, 60), ...later])
    const target = [...all.slice(0, 60), ...lost, ...later]
    expect(await compare(target, recorded, grown)).toMatchObject({ matched: 70, lostOnSource: 10 })
    expect(await compare(target.slice(0, 70), recorded, grown)).toMatchObject({ counts: { infidelity: 0 } })
  })

  test('a producer that sent the last of them again does not confuse it', async () => {
    const resent = [...lost.slice(7), ...again]
    const grown = runsOf([...all.slice(0, 60), ...resent], { batchSizes: [4] })
    const result = await compare([...all.slice(0, 60), ...lost, ...resent], recorded, grown)
    expect(found(result)).toEqual({})
    expect(result.lostOnSource).toBe(10)
  })
})
