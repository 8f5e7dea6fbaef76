import { beforeAll, describe, expect, test } from 'vitest'
import { type PartitionJudgement, untilGroupIs, untilGroupsAreExact } from '../support/group-judge.js'
import { offsetOf, oneGroupForEachOffset, untilGroupsAre, untilOffsetIs } from '../support/group-offsets.js'
import {
  CLEANS_AT_ONCE,
  compactedTopic,
  oneRecordTransactions,
  plainTopic,
  transactionalTopic,
  writePlain,
} from '../support/group-topics.js'
import { type RunningReplicator, startReplicator, type TestOptions } from '../support/start-replicator.js'
import { startTwoClusters, type TwoClusters, uncommittedCounts } from '../support/two-clusters.js'

/** On the target a group begins at the first record that it has not consumed on the source: none twice, none left out. */

let clusters: TwoClusters

beforeAll(async () => {
  clusters = await startTwoClusters({ source: { config: CLEANS_AT_ONCE } })
})

describe('at every offset of topics of every kind', () => {
  const TOPICS = ['every.plain', 'every.transactions', 'every.single', 'every.compacted', 'every.small', 'every.empty']
  let groups: string[]

  beforeAll(async () => {
    const { source } = clusters
    await plainTopic(source, 'every.plain', { partitions: 3, count: 12 })
    await transactionalTopic(source, 'every.transactions', { partitions: 2, count: 16 })
    await oneRecordTransactions(source, 'every.single', { count: 15 })
    await compactedTopic(source, 'every.compacted', { count: 30 })
    await source.client.createTopic('every.small', 1)
    const small = Array.from({ length: 25 }, (_, n) => ({ partition: 0, value: `small-${n}` }))
    await source.client.produce('every.small', small, { batchSize: 1 })
    await source.client.createTopic('every.empty', 2)
    groups = await oneGroupForEachOffset(clusters.source, TOPICS)
  })

  test.each([
    ['identical', (topic: string) => topic],
    ['prefixed', (topic: string) => `source.${topic}`],
  ] as const)('%s names', async (naming, targetName) => {
    const running = await start({ topics: { include: ['every\\..*'], naming }, groups: 'offset-.*' })
    await running.untilCaughtUp(...TOPICS)
    const topics = TOPICS.map(source => ({ source, target: targetName(source) }))
    const judged = [...(await untilGroupsAreExact(clusters, groups, { topics })).values()].flat()
    // Nothing but records lies on the target, so no other offset would do as well.
    expect(judged.filter(one => !one.isSameNumber)).toEqual([])
    expect(judged.length).toBeGreaterThan(groups.length * TOPICS.length)
    const isEmpty = (one: PartitionJudgement) => one.sourceTopic === 'every.empty'
    expect(new Set(judged.filter(isEmpty).map(one => one.targetCommitted))).toEqual(new Set([0n]))
    await untilGroupsAre(running, 'synced')
    // The offsets differ indeed: on the source there are markers between the records.
    const ends = (await clusters.target.client.endOffsets(targetName('every.single'))).map(({ end }) => end)
    expect(ends).toEqual([15n])
    expect((await uncommittedCounts(clusters.target, targetName('every.transactions'))).sort()).toEqual([16, 16])
  })
})

describe('beyond what is copied', () => {
  test('behind an open transaction: at the end of what is copied, and exact when it ends', async () => {
    const { client } = clusters.source
    await plainTopic(clusters.source, 'open', { count: 5 })
    const undecided = [{ partition: 0, value: 'open-0-undecided' }]
    await client.produce('open', undecided, { transactional: { id: 'undecided', outcome: 'leaveOpen' } })
    await writePlain(clusters.source, 'open', { from: 5, count: 5 })
    await client.commitOffset('beyond-open', 'open', 0, 9)

    const running = await start({ topics: 'open', groups: 'beyond-open' })
    await untilGroupsAre(running, 'waiting-for-copy')
    expect(await offsetOf(clusters.target, 'beyond-open')).toBe(5n)
    await client.endTransaction('undecided', 'abort')
    const [judged] = await untilGroupIs(clusters, { group: 'beyond-open', topics: ['open'] })
    expect(judged).toMatchObject({ sourceCommitted: 9n, targetCommitted: 8n, isSameNumber: true })
    await untilGroupsAre(running, 'synced')
  })

  test('beyond the end of the source: it follows record by record, and stays where it meant to be', async () => {
    const { client } = clusters.source
    await plainTopic(clusters.source, 'ahead', { count: 3 })
    await client.commitOffset('beyond-end', 'ahead', 0, 6)
    const running = await start({ topics: 'ahead', groups: 'beyond-end' })
    await untilGroupsAre(running, 'waiting-for-copy')
    expect(await offsetOf(clusters.target, 'beyond-end')).toBe(3n)
    for (const from of [3, 4, 5, 6, 7]) {
      await writePlain(clusters.source, 'ahead', { from, count: 1 })
      await untilOffsetIs(clusters.target, 'beyond-end', Math.min(6, from + 1))
    }
    await untilGroupIs(clusters, { group: 'beyond-end', topics: ['ahead'] })
    await untilGroupsAre(running, 'synced')
  })

  test('what was written and consumed while the replicator was stopped', async () => {
    const options = { id: 'stopped', topics: 'stopped', groups: 'while-stopped.*' }
    await oneRecordTransactions(clusters.source, 'stopped', { count: 10 })
    await clusters.source.client.commitOffset('while-stopped', 'stopped', 0, 9)
    const first = await start(options)
    await untilGroupIs(clusters, { group: 'while-stopped', topics: ['stopped'] })
    await first.stop()
    await writePlain(clusters.source, 'stopped', { from: 10, count: 10 })
    await clusters.source.client.commitOffset('while-stopped', 'stopped', 0, 25)
    await clusters.source.client.commitOffset('while-stopped-new', 'stopped', 0, 7)

    await start(options)
    await untilGroupsAreExact(clusters, ['while-stopped', 'while-stopped-new'], { topics: ['stopped'] })
    expect(await offsetOf(clusters.target, 'while-stopped')).toBe(15n)
    expect(await offsetOf(clusters.target, 'while-stopped-new')).toBe(4n)
  })

  test('a stop brings the groups to where its last record is', async () => {
    await plainTopic(clusters.source, 'last', { count: 10 })
    const running = await start({ topics: 'last', groups: 'last-.*' })
    await running.untilCaughtUp('last')
    await clusters.source.client.commitOffset('last-known', 'last', 0, 1)
    await untilOffsetIs(clusters.target, 'last-known', 1)
    await clusters.source.client.commitOffset('last-known', 'last', 0, 10)
    await running.stop()
    expect(await offsetOf(clusters.target, 'last-known')).toBe(10n)
  })
})

describe('where the target does not begin as the source does', () => {
  test('copying began at LATEST: what lies before is not there, and nothing of the rest is skipped', async () => {
    await plainTopic(clusters.source, 'latest', { count: 10 })
    for (const offset of [0, 4, 10]) await clusters.source.client.commitOffset(`latest-${offset}`, 'latest', 0, offset)
    await start({ topics: { include: ['latest'], startAt: 'latest' }, groups: 'latest-.*' })
    const names = ['latest-0', 'latest-4', 'latest-10', 'latest-12']
    await untilGroupsAreExact(clusters, names.slice(0, 3), { topics: ['latest'] })
    await writePlain(clusters.source, 'latest', { from: 10, count: 5 })
    await clusters.source.client.commitOffset('latest-12', 'latest', 0, 12)
    await untilGroupsAreExact(clusters, names, { topics: ['latest'] })
    expect(await Promise.all(names.map(name => offsetOf(clusters.target, name)))).toEqual([0n, 0n, 0n, 2n])
  })

  test('the target has dropped its first records: never before its start', async () => {
    await plainTopic(clusters.source, 'dropped', { count: 10 })
    const running = await start({ topics: 'dropped', groups: 'dropped-.*' })
    await running.untilCaughtUp('dropped')
    await clusters.target.client.deleteRecords('dropped', 0, 6)
    for (const offset of [0, 3, 6, 8, 10])
      await clusters.source.client.commitOffset(`dropped-${offset}`, 'dropped', 0, offset)
    const names = [0, 3, 6, 8, 10].map(offset => `dropped-${offset}`)
    await untilGroupsAreExact(clusters, names, { topics: ['dropped'] })
    expect(await Promise.all(names.map(name => offsetOf(clusters.target, name)))).toEqual([6n, 6n, 6n, 8n, 10n])
  })

  test('the target topic held records of its own before', async () => {
    await plainTopic(clusters.target, 'shared', { partitions: 2, count: 7, label: 'own' })
    await plainTopic(clusters.source, 'shared', { partitions: 2, count: 10 })
    const groups = await oneGroupForEachOffset(clusters.source, ['shared'], 'shared-at-')
    await start({ topics: 'shared', groups: 'shared-at-.*' })
    await untilGroupsAreExact(clusters, groups, { topics: ['shared'], onlyKnownToSource: true })
    expect(await targetOffsets('shared-at-0')).toEqual([7n, 7n])
    expect(await targetOffsets('shared-at-4')).toEqual([11n, 11n])
  })
})

test('a commit arrives while records flow, within seconds, again and again', async () => {
  const { client } = clusters.source
  await plainTopic(clusters.source, 'fresh', { count: 10 })
  const running = await start({ topics: 'fresh', groups: 'fresh' })
  await running.untilCaughtUp('fresh')
  for (let round = 1; round <= 5; round++) {
    await writePlain(clusters.source, 'fresh', { from: round * 10, count: 10 })
    await client.commitOffset('fresh', 'fresh', 0, round * 10 + 3)
    // How fast it is on a quiet machine is measured elsewhere; this is only about coming at all.
    await untilOffsetIs(clusters.target, 'fresh', round * 10 + 3, 15_000)
  }
})

test('a consumer that moves over reads each record once', async () => {
  await transactionalTopic(clusters.source, 'moving', { partitions: 2, count: 40 })
  const read = await clusters.source.client.consume({ group: 'moving', topics: ['moving'], maxRecords: 23 })
  const running = await start({ topics: 'moving', groups: 'moving' })
  await running.untilCaughtUp('moving')
  await untilGroupIs(clusters, { group: 'moving', topics: ['moving'] })
  const rest = await clusters.target.client.consume({ group: 'moving', topics: ['moving'] })
  const values = [...read, ...rest].map(({ value }) => value?.toString())
  expect([values.length, new Set(values).size]).toEqual([80, 80])
})

function start(options: TestOptions): Promise<RunningReplicator> {
  return startReplicator(clusters, options)
}

async function targetOffsets(group: string): Promise<bigint[]> {
  return (await clusters.target.client.groupOffsets(group)).map(({ offset }) => offset)
}
