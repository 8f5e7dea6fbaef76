import { beforeAll, describe, expect, test } from 'vitest'
import { isExact, judgeGroup, type PartitionJudgement, untilGroupIs } from './group-judge.js'
import {
  CLEANS_AT_ONCE,
  compactedTopic,
  oneRecordTransactions,
  plainTopic,
  transactionalTopic,
  writePlain,
} from './group-topics.js'
import { startTwoClusters, type TwoClusters, valuesOf } from './two-clusters.js'

/** The judge itself, on logs and offsets that are put there by hand: it must see one record too far and one too near. */

let clusters: TwoClusters

beforeAll(async () => {
  clusters = await startTwoClusters({ source: { config: CLEANS_AT_ONCE } })
})

describe('a plain topic, 10 records, the group has consumed 4', () => {
  const judgedAt = async (offset: number, partition = 0) => {
    await clusters.target.client.commitOffset('plain', 'plain', partition, offset)
    return (await judgeGroup(clusters, { group: 'plain', topics: ['plain'] }))[partition]!
  }

  beforeAll(async () => {
    for (const side of [clusters.source, clusters.target]) await plainTopic(side, 'plain', { partitions: 2, count: 10 })
    await commitOnSource('plain', 'plain', 4)
  })

  test('the right place is exact', async () => {
    expect(await judgedAt(4)).toEqual({
      sourceTopic: 'plain',
      targetTopic: 'plain',
      partition: 0,
      sourceCommitted: 4n,
      targetCommitted: 4n,
      expected: 4n,
      isExact: true,
      isSameNumber: true,
      skipped: [],
      readAgain: [],
    })
  })

  test('one too far skips that record', async () => {
    expect(await judgedAt(5)).toMatchObject({ expected: 4n, isExact: false, skipped: ['plain-0-4'], readAgain: [] })
  })

  test('one too near reads that record again', async () => {
    expect(await judgedAt(3)).toMatchObject({ expected: 4n, isExact: false, skipped: [], readAgain: ['plain-0-3'] })
  })

  test('an offset where the source has none skips all that is before it', async () => {
    const judged = await judgedAt(1, 1)
    expect(judged).toMatchObject({ sourceCommitted: undefined, expected: undefined, isExact: false })
    expect(judged.skipped).toEqual(['plain-1-0'])
    await clusters.target.client.deleteGroupOffsets('plain', 'plain', 1)
    const [, untouched] = await judgeGroup(clusters, { group: 'plain', topics: ['plain'] })
    expect(untouched).toMatchObject({ targetCommitted: undefined, isExact: true, skipped: [], readAgain: [] })
  })
})

test('a group that the target does not know is not exact', async () => {
  await plainOnBoth('unknown', 3)
  await commitOnSource('unknown', 'unknown', 1)
  const judged = await judgeGroup(clusters, { group: 'unknown', topics: ['unknown'] })
  expect(judged).toMatchObject([{ targetCommitted: undefined, expected: 1n, isExact: false, isSameNumber: false }])
  expect(isExact(judged)).toBe(false)
  expect(isExact([])).toBe(false)
})

describe('transactions', () => {
  test('on the source: markers are no records', async () => {
    await oneRecordTransactions(clusters.source, 'markers', { count: 6 })
    await plainTopic(clusters.target, 'markers', { count: 6 })
    // After the n-th record a group stands before its marker or behind it, and has consumed n records either way.
    for (const [committed, expected] of [0, 1, 2, 3, 4, 5, 6].flatMap(n => [
      [2 * n - 1, n],
      [2 * n, n],
    ])) {
      if (committed! < 0) continue
      await commitOnSource('markers', 'markers', committed!)
      expect(await judgeGroup(clusters, { group: 'markers', topics: ['markers'] })).toMatchObject([
        { sourceCommitted: BigInt(committed!), expected: BigInt(expected!) },
      ])
    }
  })

  test('on the source: aborted records do not count', async () => {
    await transactionalTopic(clusters.source, 'aborts', { count: 4, recordsPerTransaction: 2, commitsPerAbort: 1 })
    await plainTopic(clusters.target, 'aborts', { count: 4 })
    expect(await valuesOf(clusters.source, 'aborts')).toEqual(await valuesOf(clusters.target, 'aborts'))
    // 0 1 marker, 3 4 aborted and their marker, 6 7 marker: the group stands among the aborted ones.
    await commitOnSource('aborts', 'aborts', 4)
    await clusters.target.client.commitOffset('aborts', 'aborts', 0, 2)
    expect(await judgeGroup(clusters, { group: 'aborts', topics: ['aborts'] })).toMatchObject([
      { expected: 2n, isExact: true, isSameNumber: true },
    ])
    await commitOnSource('aborts', 'aborts', 7)
    expect(await judgeGroup(clusters, { group: 'aborts', topics: ['aborts'] })).toMatchObject([
      { expected: 3n, isExact: false, readAgain: ['aborts-0-2'] },
    ])
  })

  test('on the target: before a marker or behind it is the same to a consumer, up to the end', async () => {
    await plainTopic(clusters.source, 'behind', { count: 3 })
    await oneRecordTransactions(clusters.target, 'behind', { count: 3 })
    for (const [consumed, near, exact] of [
      [1, 1, 2],
      [3, 5, 6],
    ] as const) {
      await commitOnSource('behind', 'behind', consumed)
      for (const offset of [near, exact]) {
        await clusters.target.client.commitOffset('behind', 'behind', 0, offset)
        expect(await judgeGroup(clusters, { group: 'behind', topics: ['behind'] })).toMatchObject([
          { expected: BigInt(exact), isExact: true, isSameNumber: offset === exact, skipped: [], readAgain: [] },
        ])
      }
    }
  })

  test('an open one on the target is behind its end', async () => {
    await plainOnBoth('open', 2)
    const transactional = { id: 'open', outcome: 'leaveOpen' } as const
    await clusters.target.client.produce('open', [{ value: 'pending' }], { transactional })
    await commitOnSource('open', 'open', 2)
    expect(await judgeGroup(clusters, { group: 'open', topics: ['open'] })).toMatchObject([{ expected: 2n }])
  })
})

test('compacted: what only the target still has counts on demand only', async () => {
  const { source, target } = clusters
  await compactedTopic(source, 'compacted', { partitions: 2, count: 30 })
  const left = (await source.client.read('compacted')).filter(({ partition }) => partition === 0)
  expect(left.length).toBeLessThan(30)
  // The target has it all, as if it had been copied before the cleaner came.
  await plainTopic(target, 'compacted', { partitions: 2, count: 30 })
  const next = left[5]!
  await commitOnSource('compacted', 'compacted', Number(next.offset))
  const at = BigInt(String(next.value).split('-')[2]!)
  await target.client.commitOffset('compacted', 'compacted', 0, at)
  const request = { group: 'compacted', topics: ['compacted'] }
  const [strict] = await judgeGroup(clusters, request)
  expect(strict).toMatchObject({ isExact: false, readAgain: [] })
  expect(strict!.skipped.length).toBeGreaterThan(0)
  const [known] = await judgeGroup(clusters, { ...request, onlyKnownToSource: true })
  expect(known).toMatchObject({ expected: at, isExact: true, skipped: [], readAgain: [] })
})

test('both ways: records of both sides, in another order on each', async () => {
  const { source, target } = clusters
  for (const [side, labels] of [
    [source, ['b', 'a']],
    [target, ['a', 'b']],
  ] as const) {
    await side.client.createTopic('merged', 1)
    for (const label of labels) await writePlain(side, 'merged', { label, count: 2 })
  }
  const judgedAt = async (onSource: number, onTarget: number) => {
    await commitOnSource('merged', 'merged', onSource)
    await target.client.commitOffset('merged', 'merged', 0, onTarget)
    return (await judgeGroup(clusters, { group: 'merged', topics: ['merged'] }))[0]
  }
  expect(await judgedAt(4, 4)).toMatchObject({ expected: 4n, isExact: true })
  // The source's b0 b1 a0 are a0 b0 b1 of the target, behind which a1 comes in between.
  expect(await judgedAt(3, 1)).toMatchObject({ expected: 1n, isExact: true, readAgain: ['b-0-0', 'b-0-1'] })
  expect(await judgedAt(3, 2)).toMatchObject({ isExact: false, skipped: ['a-0-1'] })
  // The other way round the target is where the group has consumed.
  const back = await judgeGroup(clusters, { group: 'merged', topics: ['merged'], direction: 'back' })
  expect(back).toMatchObject([{ sourceCommitted: 2n, targetCommitted: 3n, expected: 0n, skipped: ['b-0-0', 'b-0-1'] }])
})

test('a topic under another name on the target', async () => {
  await plainTopic(clusters.source, 'named', { count: 3 })
  await plainTopic(clusters.target, 'alias.named', { count: 3, label: 'named' })
  await commitOnSource('named', 'named', 2)
  await clusters.target.client.commitOffset('named', 'alias.named', 0, 2)
  const topics = [{ source: 'named', target: 'alias.named' }]
  expect(isExact(await judgeGroup(clusters, { group: 'named', topics }))).toBe(true)
})

test('values that do not name a record are no basis for a judgement', async () => {
  await plainOnBoth('twice', 2)
  await writePlain(clusters.target, 'twice', { count: 1 })
  await expect(judgeGroup(clusters, { group: 'twice', topics: ['twice'] })).rejects.toThrow(/twice 0 at 2: twice-0-0/)
  await plainOnBoth('null', 1)
  await clusters.source.client.produce('null', [{ value: null }])
  await expect(judgeGroup(clusters, { group: 'null', topics: ['null'] })).rejects.toThrow(/null 0 at 1/)
})

test('waiting ends when the group has come, or says what it saw', async () => {
  await plainOnBoth('waiting', 5)
  await commitOnSource('waiting', 'waiting', 3)
  const request = { group: 'waiting', topics: ['waiting'] }
  await expect(untilGroupIs(clusters, request, isExact, 500)).rejects.toThrow(
    'waiting → waiting 0: source 3, target undefined, expected 3, not exact',
  )
  const seen: PartitionJudgement[][] = []
  const waiting = untilGroupIs(clusters, request, judged => seen.push(judged) > 0 && isExact(judged))
  await expect.poll(() => seen.length).toBeGreaterThan(0)
  await clusters.target.client.commitOffset('waiting', 'waiting', 0, 3)
  expect(await waiting).toMatchObject([{ targetCommitted: 3n }])
})

function commitOnSource(group: string, topic: string, offset: number): Promise<void> {
  return clusters.source.client.commitOffset(group, topic, 0, offset)
}

async function plainOnBoth(topic: string, count: number): Promise<void> {
  for (const side of [clusters.source, clusters.target]) await plainTopic(side, topic, { count })
}
