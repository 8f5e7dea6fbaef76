import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareRuns, distinctRecords, found, runsOf, type TestRecord } from './memory-log.js'

const shapes = fc.record({ batchSizes: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 3 }) })
const few = fc.integer({ min: 1, max: 60 })

/** Few different records, so that the same one comes often: the hard case for finding the place again. */
const likeRecords = fc.array(
  fc.record({ key: fc.constantFrom('a', null), value: fc.constantFrom('x', 'y', null), timestamp: fc.nat(2) }),
  { maxLength: 30 },
)

test('equal logs are equal, however they are cut into batches', async () => {
  await fc.assert(
    fc.asyncProperty(likeRecords, shapes, shapes, async (records, one, other) => {
      const result = await compareRuns(runsOf(records, one), runsOf(records, { ...other, firstOffset: 1_000 }))
      expect(found(result)).toEqual({})
      expect(result).toMatchObject({ matched: records.length, sourceRecords: records.length })
    }),
  )
})

test('two sequences that are not the same are never called equal', async () => {
  await fc.assert(
    fc.asyncProperty(likeRecords, likeRecords, shapes, shapes, async (source, target, one, other) => {
      const result = await compareRuns(runsOf(source, one), runsOf(target, other))
      const same = JSON.stringify(source) === JSON.stringify(target)
      expect(Object.keys(found(result)).length === 0).toBe(same)
      expect(result).toMatchObject({ sourceRecords: source.length, targetRecords: target.length })
    }),
    { numRuns: 1_000 },
  )
})

describe('one anomaly is found, named, and stays one', () => {
  test('missing records', async () => {
    await fc.assert(
      fc.asyncProperty(
        few,
        fc.array(fc.nat(59), { maxLength: 10 }),
        shapes,
        shapes,
        async (count, drop, one, other) => {
          const source = distinctRecords(count)
          const gone = new Set(drop.filter(n => n < count))
          const target = source.filter((_, n) => !gone.has(n))
          const result = await compareRuns(runsOf(source, one), runsOf(target, other))
          expect(found(result)).toEqual(gone.size > 0 ? { 'lost-write': gone.size } : {})
          expect(result.matched).toBe(target.length)
        },
      ),
    )
  })

  test('a duplicate, next to the first or a little later', async () => {
    await fc.assert(
      fc.asyncProperty(few, fc.nat(), fc.nat(10), shapes, shapes, async (count, at, distance, one, other) => {
        const source = distinctRecords(count)
        const copy = source[at % count]!
        const target = source.toSpliced((at % count) + 1 + distance, 0, copy)
        const result = await compareRuns(runsOf(source, one), runsOf(target, other))
        expect(found(result)).toEqual({ duplicate: 1 })
        expect(result.matched).toBe(count)
      }),
    )
  })

  test('a duplicate that comes before its original', async () => {
    const source = distinctRecords(100)
    const result = await compareRuns(runsOf(source), runsOf(source.toSpliced(10, 0, source[50]!)))
    expect(found(result)).toEqual({ duplicate: 1 })
  })

  test('a surplus record', async () => {
    await fc.assert(
      fc.asyncProperty(few, fc.nat(), shapes, shapes, async (count, at, one, other) => {
        const source = distinctRecords(count)
        const target = source.toSpliced(at % (count + 1), 0, { key: 'f', value: 'foreign', timestamp: 5 })
        const result = await compareRuns(runsOf(source, one), runsOf(target, other))
        expect(found(result)).toEqual({ phantom: 1 })
        expect(result.differences[0]).toMatchObject({ kind: 'phantom', target: { offset: at % (count + 1) } })
      }),
    )
  })

  test('swapped neighbours, and a record far from its place', async () => {
    for (const [from, to] of [
      [0, 1],
      [30, 31],
      [98, 99],
      [20, 60],
      [60, 20],
    ] as const) {
      const source = distinctRecords(100)
      const target = source.toSpliced(from, 1)
      target.splice(to, 0, source[from]!)
      const result = await compareRuns(runsOf(source), runsOf(target, { batchSizes: [3] }))
      expect(Object.keys(found(result))).toEqual(['order'])
      expect(result.counts.order).toBeLessThanOrEqual(2)
      const [shown] = result.differences
      expect(shown?.source?.hash).toBe(shown?.target?.hash)
    }
  })

  const changes: [string, (record: TestRecord) => TestRecord][] = [
    ['key', record => ({ ...record, key: record.key === null ? '' : null })],
    ['value', record => ({ ...record, value: `${record.value}!` })],
    ['headers', record => ({ ...record, headers: [...(record.headers ?? []), ['h', null]] })],
    ['timestamp', record => ({ ...record, timestamp: record.timestamp + 1 })],
  ]
  test.each(changes)('a changed %s', async (field, change) => {
    await fc.assert(
      fc.asyncProperty(few, fc.nat(), shapes, shapes, async (count, at, one, other) => {
        const source = distinctRecords(count)
        const target = source.with(at % count, change(source[at % count]!))
        const result = await compareRuns(runsOf(source, one), runsOf(target, other))
        expect(found(result)).toEqual({ infidelity: 1 })
        expect(result.differences[0]).toMatchObject({ fields: [field], source: { offset: at % count } })
      }),
    )
  })

  test('every timestamp changed: each record counts, and the search does not run away', async () => {
    const source = distinctRecords(20_000)
    const target = source.map(record => ({ ...record, timestamp: record.timestamp + 1_000_000 }))
    const result = await compareRuns(runsOf(source, { batchSizes: [500] }), runsOf(target, { batchSizes: [700] }))
    expect(found(result)).toEqual({ infidelity: 20_000 })
    expect(result.differences).toHaveLength(5)
  })

  test('null and empty are not the same, and the order of headers counts', async () => {
    const [one] = runsOf([{ key: null, value: null, timestamp: 1 }])
    const [other] = runsOf([{ key: '', value: null, timestamp: 1 }])
    expect((await compareRuns([one!], [other!])).differences).toMatchObject([{ fields: ['key'] }])
    const headers: [string, string | null][] = [
      ['a', '1'],
      ['b', null],
    ]
    const ab = runsOf([{ key: 'k', value: 'v', headers, timestamp: 1 }])
    const ba = runsOf([{ key: 'k', value: 'v', headers: headers.toReversed(), timestamp: 1 }])
    expect((await compareRuns(ab, ba)).differences).toMatchObject([{ fields: ['headers'] }])
  })
})

describe('gaps larger than what is looked at together', () => {
  test.each([
    ['missing', { 'lost-write': 90_000 }],
    ['surplus', { phantom: 90_000 }],
  ])(
    '%s',
    async (kind, expected) => {
      const all = distinctRecords(120_000)
      const part = all.toSpliced(10_000, 90_000)
      const [source, target] = kind === 'missing' ? [all, part] : [part, all]
      const result = await compareRuns(runsOf(source, { batchSizes: [1_000] }), runsOf(target, { batchSizes: [999] }))
      expect(found(result)).toEqual(expected)
      expect(result.matched).toBe(30_000)
    },
    60_000,
  )
})

describe('the end of the copy', () => {
  const source = distinctRecords(100)

  test('what was never noted as copied is "not copied yet", what was is lost', async () => {
    const target = runsOf(source.slice(0, 60))
    expect(found(await compareRuns(runsOf(source), target, { copiedTo: 60 }))).toEqual({ notCopiedYet: 40 })
    expect(found(await compareRuns(runsOf(source), target, { copiedTo: 70 }))).toEqual({
      notCopiedYet: 30,
      'lost-write': 10,
    })
  })

  test('a hole before the last copied record is lost even where nothing was noted yet', async () => {
    const target = runsOf(source.toSpliced(50, 1))
    expect(found(await compareRuns(runsOf(source), target, { copiedTo: 0 }))).toEqual({ 'lost-write': 1 })
  })

  test('source records behind the required part may be there or not', async () => {
    for (const copied of [60, 80, 100]) {
      const result = await compareRuns(runsOf(source), runsOf(source.slice(0, copied)), {
        requiredTo: 60,
        copiedTo: 60,
      })
      expect(found(result)).toEqual({})
      expect(result).toMatchObject({ matched: copied, targetRecords: copied })
    }
  })
})

describe('what one side no longer holds', () => {
  const all = distinctRecords(3_000)

  test('expired on the source: said, not called a difference', async () => {
    const source = runsOf(all.slice(2_000), { firstOffset: 2_000 })
    const result = await compareRuns(source, runsOf(all), { sourceStartMoved: true })
    expect(found(result)).toEqual({})
    expect(result).toMatchObject({ matched: 1_000, notComparable: { expiredOnSource: 2_000 } })
  })

  test('expired on the target while the source holds it: a difference', async () => {
    const target = runsOf(all.slice(2_000), { firstOffset: 2_000 })
    const result = await compareRuns(runsOf(all), target, { targetStartMoved: true })
    expect(found(result)).toEqual({ 'expired-on-target': 2_000 })
    expect(found(await compareRuns(runsOf(all), target))).toEqual({ 'lost-write': 2_000 })
  })

  test('compacted away on either side: explained by the holes, as far as they reach', async () => {
    const numbered = all.slice(0, 100).map((record, offset) => ({ ...record, offset }))
    const compacted = numbered.filter(({ offset }) => offset % 10 !== 3)
    const dense = runsOf(numbered)
    expect(await compareRuns(dense, runsOf(compacted))).toMatchObject({
      counts: { 'lost-write': 0 },
      notComparable: { compactedOnTarget: 10 },
    })
    expect(await compareRuns(runsOf(compacted), dense)).toMatchObject({
      counts: { phantom: 0 },
      notComparable: { compactedOnSource: 10 },
    })
    // The same records missing without holes: lost.
    const lost = runsOf(compacted.map(({ offset: _, ...record }) => record))
    expect(found(await compareRuns(dense, lost))).toEqual({ 'lost-write': 10 })
  })
})

test('times that the target sets are left out, and said; contents are not', async () => {
  const source = distinctRecords(50)
  const target = runsOf(source, { appendTime: 7_000_000 })
  expect(await compareRuns(runsOf(source), target)).toMatchObject({ matched: 50, timesNotCompared: 50 })
  const changed = runsOf(source.with(20, { ...source[20]!, value: 'other' }), { appendTime: 7_000_000 })
  expect(Object.keys(found(await compareRuns(runsOf(source), changed)))).not.toEqual([])
})

test("a source that sets its own times: the copy must carry those, not the producer's", async () => {
  const source = distinctRecords(50)
  const stamped = source.map(record => ({ ...record, timestamp: 7_000_000 }))
  const onSource = runsOf(source, { appendTime: 7_000_000 })
  expect(found(await compareRuns(onSource, runsOf(stamped)))).toEqual({})
  expect(found(await compareRuns(onSource, runsOf(source)))).toEqual({ infidelity: 50 })
})

test('differences carry sizes and hashes, never contents', async () => {
  const secret = 'the secret content'
  const source: TestRecord[] = [{ key: secret, value: secret, headers: [[secret, secret]], timestamp: 1 }]
  const result = await compareRuns(runsOf(source), runsOf([]))
  expect(result.differences).toMatchObject([{ source: { keyBytes: 18, valueBytes: 18, headers: 1 } }])
  expect(JSON.stringify(result)).not.toContain('secret')
})
