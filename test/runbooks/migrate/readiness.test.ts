import { expect, test } from 'vitest'
import type { StoredStatus } from '../../../src/replication/stored-status.ts'
import {
  copyingIsReady,
  groupsAreReady,
  type ReadyCriteria,
  readyCriteria,
  readyGates,
} from '../../../src/runbooks/migrate/readiness.ts'
import { group, groupPartition, groupTopic, storedGroups } from '../../support/stored-groups.ts'
import { storedPartition, storedStatus, storedTopic } from '../../support/stored-status.ts'
import { fakeContext } from '../fake-context.ts'

const BLOG: ReadyCriteria = {
  maxMessageLag: 1_000,
  beyond: { maxLatencySeconds: 90, maxOffsetLag: 1_000, expectedGroups: undefined, samples: 3 },
}
const GUIDE: ReadyCriteria = { maxMessageLag: 0, beyond: undefined }
const START = Date.parse('2026-01-02T14:00:00.000Z')
const nobody = { name: 'there', from: 'east', to: 'west', read: async () => storedStatus({}) }

function copied(lag: number, facts: Partial<StoredStatus> = {}): StoredStatus {
  return storedStatus({
    topics: [storedTopic('orders', [storedPartition(0, 'copying', 9_000, 9_000 - lag)])],
    ...facts,
  })
}

/** What the gate lacks at the last of these looks, 5 s apart. */
function lacking(gate: ReturnType<typeof copyingIsReady>, looks: StoredStatus[]): string | undefined {
  const said = looks.map((look, i) =>
    gate.lacking({ ...look, at: new Date(START + i * 5_000).toISOString() }, looks[i - 1]),
  )
  return said.at(-1)
}

const held = storedTopic('orders', [storedPartition(0, 'held', 9_000, 9_000)])

test.each<[string, ReadyCriteria, StoredStatus[], string | undefined]>([
  ['all is copied', BLOG, [copied(0)], undefined],
  ['all is copied', GUIDE, [copied(0)], undefined],
  ['a lag within the bound, and it moves', BLOG, [copied(0), copied(1_000)], undefined],
  ['the guide allows none', GUIDE, [copied(0), copied(1)], 'lag 1'],
  ['too much', BLOG, [copied(0), copied(1_001)], 'lag 1,001'],
  ['how long a record takes is not known', BLOG, [copied(7)], 'not known yet'],
  ['nothing moves for 95 s', BLOG, [copied(0), ...Array(19).fill(copied(7))], 'wait for 95 s'],
  ['nothing moves for 90 s', BLOG, [copied(0), ...Array(18).fill(copied(7))], undefined],
  ['the guide does not ask for that', { ...GUIDE, maxMessageLag: 9 }, [copied(7)], undefined],
  ['it does not run', BLOG, [copied(0, { state: 'silent' })], 'does not run (silent)'],
  ['a partition is held', GUIDE, [copied(0, { topics: [held] })], '1 partition held'],
  [
    'the source is away',
    GUIDE,
    [copied(0, { source: { alias: 'east', problem: 'no route' } })],
    'east does not answer',
  ],
  [
    'the target is away',
    GUIDE,
    [copied(0, { target: { alias: 'west', problem: 'no route' } })],
    'west does not answer',
  ],
  ['nothing is copied', BLOG, [storedStatus({})], 'no topic'],
])('copying: %s', (_, criteria, looks, expected) => {
  const said = lacking(copyingIsReady(nobody, criteria), looks)
  if (expected === undefined) expect(said).toBeUndefined()
  else expect(said).toContain(expected)
})

type Partition = Parameters<typeof groupPartition>[1]

function groups(...partitions: Partition[]): StoredStatus {
  const all = partitions.map((facts, i) => group(`g${i}`, [groupTopic('orders', [groupPartition(0, facts)])]))
  return storedStatus({ groups: storedGroups(all) })
}

const asked = (expectedGroups: number): ReadyCriteria => ({
  ...BLOG,
  beyond: { ...BLOG.beyond!, expectedGroups },
})
const failing = groups({ state: 'no-mapping', targetOffset: null, targetLag: null })

test.each<[string, ReadyCriteria, StoredStatus[], string | undefined]>([
  ['low and steady', BLOG, [groups({}), groups({})], undefined],
  ['one look is not enough', BLOG, [groups({})], 'second look'],
  ['for the guide it is', GUIDE, [groups({})], undefined],
  ['no groups at all', BLOG, [groups(), groups()], undefined],
  ['too far behind on the source', BLOG, [groups({ sourceLag: 1_001 }), groups({ sourceLag: 1_001 })], '1,001 on east'],
  ['too far behind on the target', BLOG, [groups({ targetLag: 1_001 }), groups({ targetLag: 1_001 })], '1,001 on west'],
  ['all groups together', BLOG, Array(2).fill(groups({ sourceLag: 501 }, { sourceLag: 500 })), '1,001 on east'],
  ['the guide does not ask for that', GUIDE, [groups({ sourceLag: 1_001 })], undefined],
  ['it grows on the source', BLOG, [groups({ sourceLag: 0 }), groups({ sourceLag: 101 })], 'grows on east'],
  ['it grows on the target', BLOG, [groups({ targetLag: 0 }), groups({ targetLag: 101 })], 'grows on west'],
  ['a lag that is not known', BLOG, Array(2).fill(groups({ sourceLag: null })), 'not known'],
  ['as many as expected', asked(2), Array(2).fill(groups({}, {})), undefined],
  ['too few', asked(3), Array(2).fill(groups({}, {})), '2 of 3 groups are there'],
  [
    'one has no offset there',
    BLOG,
    Array(2).fill(groups({}, { targetOffset: null, state: 'syncing' })),
    '1 of 2 groups',
  ],
  ['one cannot be brought over', GUIDE, [failing], 'g0 fails on orders: no-mapping'],
  ['one cannot be brought over', BLOG, [failing, failing], 'g0 fails on orders'],
  ['one is not known', GUIDE, [groups({ state: 'unknown' })], 'g0 fails on orders: unknown'],
  [
    'groups cannot be read',
    GUIDE,
    [storedStatus({ groups: { ...storedGroups([]), problem: 'no rights' } })],
    'no rights',
  ],
])('groups: %s', (_, criteria, looks, expected) => {
  const said = lacking(groupsAreReady(nobody, criteria), looks)
  if (expected === undefined) expect(said).toBeUndefined()
  else expect(said).toContain(expected)
})

test('presets: the guide wants message lag 0 unless another is asked for', () => {
  const { settings } = fakeContext({ journal: undefined as never, settings: { maxMessageLag: 1_000 } })
  expect(readyCriteria('aws-guide', settings, false)).toEqual({ maxMessageLag: 0, beyond: undefined })
  expect(readyCriteria('aws-guide', settings, true).maxMessageLag).toBe(1_000)
  expect(readyCriteria('aws-blog', settings, false)).toEqual({ maxMessageLag: 1_000, beyond: settings })
})

test('both replicators are looked at, each by itself', async () => {
  const gates = readyGates([nobody, { ...nobody, name: 'back', from: 'west', to: 'east' }], BLOG)
  expect(gates.map(({ title }) => title)).toEqual([
    'there copies from east to west',
    'groups of there',
    'back copies from west to east',
    'groups of back',
  ])
  expect(gates.every(({ read }) => read !== undefined)).toBe(true)
})
