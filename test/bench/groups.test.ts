import { expect, test } from 'vitest'
import { judge } from '../../src/bench/groups/freshness.ts'
import { describeGroups, unmetTargets } from '../../src/bench/groups/groups-report.ts'
import { type GroupsResult, measureGroups } from '../../src/bench/groups/measure-groups.ts'
import { parseOptions } from '../../src/bench/options.ts'
import { systemClock } from '../../src/clock.ts'
import { thoroughTest } from '../support/thorough.ts'

const GOOD = {
  readAgain: [
    {
      contestant: 'ours',
      settings: 'as they are',
      records: 1_000,
      standings: [{ moved: 'before the copy', targetOffset: 500, readAgain: 0, skipped: 0 }],
      problems: [],
    },
  ],
  freshness: { commits: 10, p50Ms: 300, p99Ms: 2_000, maxMs: 2_100, lookEveryMs: { p50: 6, max: 9 }, loadBefore: 0.1 },
  manyGroups: {
    groups: 1_000,
    topics: 10,
    startSeconds: 10,
    startCpuSeconds: 2,
    idleCpuPercent: { ours: 1, source: 2, target: 3 },
    residentMegabytes: 100,
    peakMegabytes: 120,
    loadBefore: 0.1,
  },
} satisfies GroupsResult

test('it is asked for by name, in parts and for topics of several sizes', () => {
  expect(parseOptions([])).toMatchObject({ groups: false, groupRecords: [500_000, 1_000_000] })
  expect(parseOptions(['--groups', '--parts', 'freshness', '--records', '5,6'])).toMatchObject({
    groups: true,
    groupParts: ['freshness'],
    groupRecords: [5, 6],
  })
  expect(() => parseOptions(['--groups', '--parts', 'speed'])).toThrow(
    '--parts takes read-again, freshness, many-groups.',
  )
})

test('a commit has arrived with the first look that finds it or a later one', () => {
  const committed = [100, 200, 300].map((atMs, n) => ({ offset: n + 1, atMs }))
  const looks = [
    { offset: 0, atMs: 150 },
    { offset: 2, atMs: 260 },
    { offset: 2, atMs: 290 },
    { offset: 3, atMs: 320 },
  ]
  expect(judge(committed, looks)).toEqual({ p50Ms: 60, p99Ms: 160, maxMs: 160, lookEveryMs: { p50: 30, max: 110 } })
  expect(() => judge(committed, looks.slice(0, 3))).toThrow('offset 3 was not seen on the target')
})

const [run] = GOOD.readAgain
const standing = { moved: 'before the copy', targetOffset: 400, readAgain: 0, skipped: 0 } as const

test.each<[string, Partial<GroupsResult>, string[]]>([
  ['all reached', {}, []],
  ['read again', { readAgain: [{ ...run!, standings: [{ ...standing, readAgain: 1 }] }] }, ['exact offsets']],
  ['skipped', { readAgain: [{ ...run!, standings: [{ ...standing, skipped: 1 }] }] }, ['exact offsets']],
  ['not measured', { readAgain: [{ ...run!, standings: [], problems: ['it ended'] }] }, ['exact offsets']],
  ['others may', { readAgain: [{ ...run!, contestant: 'mm2', standings: [{ ...standing, readAgain: 1 }] }] }, []],
  ['late', { freshness: { ...GOOD.freshness, p99Ms: 2_001 } }, ['freshness']],
  ['slow', { manyGroups: { ...GOOD.manyGroups, startSeconds: 10.1 } }, ['start']],
  ['what was not asked for is not judged', { readAgain: null, freshness: null, manyGroups: null }, []],
])('targets: %s', (_name, changes, unmet) => {
  const result = { ...GOOD, ...changes }
  expect(unmetTargets(result)).toEqual(unmet)
  expect(describeGroups(result, false).match(/NOT reached/g) ?? []).toHaveLength(unmet.length)
})

// Ours is the built command line, so this test needs `npm run build`, as `npm test` does it.
async function inSmall(): Promise<void> {
  const small = { only: ['ours'], records: [2_000], commits: 10, groups: 20, topics: 3, idleSeconds: 1 }
  const parts = ['read-again', 'freshness', 'many-groups'] as const
  const result = await measureGroups({ ...small, parts }, systemClock, () => {})
  expect(result.readAgain).toMatchObject([
    {
      contestant: 'ours',
      standings: [
        { moved: 'before the copy', targetOffset: 1_000, readAgain: 0, skipped: 0 },
        { moved: 'after the copy', targetOffset: 1_000, readAgain: 0, skipped: 0 },
      ],
      problems: [],
    },
  ])
  expect(result.freshness?.maxMs).toBeGreaterThan(0)
  expect(result.manyGroups).toMatchObject({ groups: 20, topics: 3 })
}

thoroughTest('in small: groups are exact and fresh, and many of them arrive', inSmall, 240_000)
