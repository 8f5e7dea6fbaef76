import { describe, expect, test } from 'vitest'
import { LeftOut, type LeftOutRules, NOTHING_LEFT_OUT } from '../../src/verification/left-out.js'
import type { RecordedGap } from '../../src/verification/recorded-gaps.js'
import { RecordBatch } from '../../src/wire/record-batch.js'
import {
  batchesOf,
  compareRuns,
  distinctRecords,
  encodeTestBatch,
  found,
  readBatches,
  runsOf,
  type TestRecord,
} from './memory-log.js'

const [NATIVE, FROM_TARGET] = [1, 70]
const FROM_THERE: Partial<LeftOutRules> = { cameFromTarget: producerId => producerId === FROM_TARGET }

/** Compares a source of batches with what the replicator wrote on the target. */
async function compare(batches: readonly RecordBatch[], target: readonly TestRecord[], rules: Partial<LeftOutRules>) {
  const leftOut = new LeftOut({ ...NOTHING_LEFT_OUT, ...rules })
  const result = await compareRuns(await readBatches(batches, { leftOut }), runsOf(target), { leftOut })
  return { result, leftOut }
}

describe('records that came from the target', () => {
  const own = distinctRecords(60)
  const theirs = distinctRecords(30, 'theirs ')
  const source = batchesOf([
    { producerId: NATIVE, records: own.slice(0, 20) },
    { producerId: FROM_TARGET, records: theirs.slice(0, 10) },
    { producerId: NATIVE, records: own.slice(20, 40) },
    { producerId: FROM_TARGET, records: theirs.slice(10) },
    { producerId: NATIVE, records: own.slice(40) },
  ])

  test('are not expected there, and counted', async () => {
    const { result, leftOut } = await compare(source, own, FROM_THERE)
    expect(found(result)).toEqual({})
    expect(result).toMatchObject({ matched: 60, sourceRecords: 60 })
    expect(leftOut.cameFromTarget).toBe(30)
  })

  test('are expected where the registry does not say so', async () => {
    const { result, leftOut } = await compare(source, own, {})
    expect(found(result)).toEqual({ 'lost-write': 30 })
    expect(leftOut.cameFromTarget).toBe(0)
  })

  test('are loops where the replicator has copied them back, wherever they stand', async () => {
    const around = [...own.slice(0, 20), ...theirs.slice(0, 10), ...own.slice(20)]
    expect(found((await compare(source, around, FROM_THERE)).result)).toEqual({ loop: 10 })
    const atTheEnd = [...own, theirs[5] as TestRecord]
    const { result } = await compare(source, atTheEnd, FROM_THERE)
    expect(result.differences).toMatchObject([{ kind: 'loop', target: { offset: 60 } }])
  })

  test('are no loops where the originals of the target are compared too', async () => {
    const strict = { ...FROM_THERE, onlyOurs: false }
    expect(found((await compare(source, [...own, ...theirs], strict)).result)).toEqual({ phantom: 30 })
  })

  test('leave the holes before them to the records of the others', async () => {
    const numbered = own.slice(0, 10).map((record, offset) => ({ ...record, offset }))
    const compacted = batchesOf([
      { producerId: NATIVE, records: numbered.slice(0, 3) },
      { producerId: FROM_TARGET, records: [{ ...(theirs[0] as TestRecord), offset: 5 }] },
      { producerId: NATIVE, records: numbered.slice(6) },
    ])
    const target = numbered.slice(0, 5).concat(numbered.slice(6))
    const { result } = await compare(compacted, target.map(withoutOffset), FROM_THERE)
    expect(found(result)).toEqual({})
    expect(result.notComparable.compactedOnSource).toBe(2)
  })
})

describe('records that are recorded as left out', () => {
  const records = distinctRecords(20)
  const poison = [7, 8, 15]
  const gaps: RecordedGap[] = poison.map(from => ({ kind: 'poison', from, to: from + 1, reason: 'too late' }))
  const kept = records.filter((_, n) => !poison.includes(n))
  const source = batchesOf([{ producerId: NATIVE, records }])

  test('are not expected on the target, and counted', async () => {
    const { result, leftOut } = await compare(source, kept, { gaps })
    expect(found(result)).toEqual({})
    expect(result).toMatchObject({ matched: 17, sourceRecords: 17 })
    expect(leftOut.recordedRecords).toBe(3)
  })

  test('are missing where they are not recorded, or recorded as something else', async () => {
    expect(found((await compare(source, kept, {})).result)).toEqual({ 'lost-write': 3 })
    const others = gaps.map((gap): RecordedGap => ({ ...gap, kind: 'truncated' }))
    expect(found((await compare(source, kept, { gaps: others })).result)).toEqual({ 'lost-write': 3 })
    const { result } = await compare(source, kept, { gaps: gaps.slice(1) })
    expect(result.differences).toMatchObject([{ kind: 'lost-write', source: { offset: 7 } }])
  })

  test('are differences where the target holds them nevertheless', async () => {
    const all = (await compare(source, records, { gaps })).result
    expect(found(all)).toEqual({ 'not-left-out': 3 })
    expect(all.differences.map(({ target }) => target?.offset)).toEqual(poison)
    const moved = [...kept, records[8] as TestRecord]
    expect(found((await compare(source, moved, { gaps })).result)).toEqual({ 'not-left-out': 1 })
  })

  test('the others must still be there', async () => {
    const { result } = await compare(source, kept.toSpliced(5, 1), { gaps })
    expect(found(result)).toEqual({ 'lost-write': 1 })
  })

  test('a whole batch may be damaged', async () => {
    const damaged = Buffer.from(source[0]!.bytes)
    damaged[damaged.length - 1]! ^= 1
    const log = [
      encodeTestBatch(records.slice(0, 5).map((record, n) => ({ ...record, offset: n }))),
      ...batchesOf([{ producerId: NATIVE, records: records.map((record, n) => ({ ...record, offset: 5 + n })) }]),
      encodeTestBatch(records.slice(5, 9).map((record, n) => ({ ...record, offset: 25 + n }))),
    ]
    const bytes = Buffer.from(log[1]!.bytes)
    bytes[bytes.length - 1]! ^= 1
    log[1] = new RecordBatch(bytes, 0, bytes.length)
    const whole: RecordedGap = { kind: 'poison', from: 5, to: 25, reason: 'source offsets 5-24 are corrupt' }
    const target = records.slice(0, 9)
    const { result, leftOut } = await compare(log, target, { gaps: [whole] })
    expect(found(result)).toEqual({})
    expect(leftOut.recordedRecords).toBe(20)
    await expect(compare(log, target, { gaps: [{ ...whole, to: 24 }] })).rejects.toThrow(/checksum/)
  })

  test('many of them among others: only those of the gap are taken out', async () => {
    const copies = distinctRecords(50).flatMap(record => [record, record])
    const log = batchesOf([{ producerId: NATIVE, records: copies }])
    const every = copies.flatMap((_, n) => (n % 2 ? [{ kind: 'poison' as const, from: n, to: n + 1, reason: '' }] : []))
    const { result, leftOut } = await compare(log, distinctRecords(50), { gaps: every })
    expect(found(result)).toEqual({})
    expect(leftOut.recordedRecords).toBe(50)
  })
})

function withoutOffset({ offset: _, ...record }: TestRecord): TestRecord {
  return record
}
