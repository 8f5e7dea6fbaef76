import { expect, test } from 'vitest'
import type { StoredGroup } from '../../../src/replication/stored-groups.ts'
import type { StoredPartition, StoredStatus } from '../../../src/replication/stored-status.ts'
import { groupIsExact, membersOf, onlyGroup } from '../../../src/runbooks/migrate/one-group.ts'
import { group, groupPartition, groupTopic, storedGroups } from '../../support/stored-groups.ts'
import { storedPartition, storedStatus, storedTopic } from '../../support/stored-status.ts'

function billing(facts: Partial<StoredGroup> = {}, partition: Parameters<typeof groupPartition>[1] = {}): StoredGroup {
  return group('billing', [groupTopic('orders', [groupPartition(0, partition)])], facts)
}

const other = group('other', [groupTopic('orders', [groupPartition(0, { state: 'syncing', readAgain: 9 })])], {
  sourceState: 'Stable',
})
/** The other direction, of which all is copied and noted. */
const idle = { name: 'back', from: 'west', to: 'east', read: async () => wayBack(10, 10) }

function wayBack(sourceEnd: number | null, copied: number | null, state: StoredPartition['state'] = 'copying') {
  return storedStatus({ topics: [storedTopic('orders', [storedPartition(0, state, sourceEnd, copied)])] })
}

const away = (side: 'source' | 'target') => ({ [side]: { alias: 'x', problem: 'no route' } })

test.each<[string, StoredGroup, Partial<StoredStatus>, string | undefined]>([
  ['it has stopped, and is exact', billing(), {}, undefined],
  ['it still runs', billing({ sourceState: 'Stable' }), {}, 'members on source-1'],
  ['it rebalances', billing({ sourceState: 'PreparingRebalance' }), {}, 'members on source-1'],
  [
    'it runs there already',
    billing({ targetState: 'Stable' }, { state: 'active-on-target' }),
    {},
    'on target-1 already',
  ],
  ['it waits for the copy', billing({}, { state: 'waiting-for-copy', readAgain: 3 }), {}, 'orders: waiting-for-copy'],
  ['it is about to be', billing({}, { state: 'syncing' }), {}, 'orders: syncing'],
  ['it would read again', billing({}, { readAgain: 2 }), {}, '2 records would be read again'],
  ['nobody knows', billing({}, { readAgain: null }), {}, 'unknown number'],
  ['a consumer there has read on, and left', billing({}, { state: 'ahead-on-target' }), {}, undefined],
  ['there is none of that name', { ...billing(), group: 'bill' }, {}, 'no offsets'],
  ['the source is away', billing(), away('source'), 'does not answer'],
  ['the target is away', billing(), away('target'), 'does not answer'],
])('%s', async (_, one, facts, expected) => {
  const status = storedStatus({ groups: storedGroups([other, one]), ...facts })
  const looked = { name: 'there', from: 'east', to: 'west', read: async () => status }
  const gate = groupIsExact(looked, idle, 'billing')
  const said = gate.lacking(await gate.read!(), undefined)
  if (expected === undefined) expect(said).toBeUndefined()
  else expect(said).toContain(expected)
})

test('of one group alone: the others count for nothing', () => {
  const status = onlyGroup(storedStatus({ groups: storedGroups([other, billing()]) }), 'billing')
  expect(status.groups.groups.map(one => one.group)).toEqual(['billing'])
  expect(status.groups.verdict).toMatchObject({ activeOnSource: 0, readAgain: 0, safeToSwitch: true })
})

test('where it has members', () => {
  expect(membersOf(other)).toEqual({ onSource: true, onTarget: false })
  expect(membersOf(billing({ targetState: 'Stable' }))).toEqual({ onSource: false, onTarget: true })
})

const NOT_NOTED = 'back has not noted yet all that it has copied of orders p0'

/** Where the group stands, and what the other direction says, look by look. */
test.each<[string, [sourceOffset: number, back: StoredStatus][], string | undefined]>([
  ['all is noted', [[7, wayBack(10, 10)]], undefined],
  ['one look, and it copies on', [[7, wayBack(10, 8)]], NOT_NOTED],
  [
    'what was there at first is noted, though more has come',
    [
      [7, wayBack(10, 8)],
      [7, wayBack(20, 10)],
    ],
    undefined,
  ],
  [
    'a part of it is',
    [
      [7, wayBack(10, 8)],
      [7, wayBack(20, 9)],
    ],
    NOT_NOTED,
  ],
  [
    'the group has moved on meanwhile',
    [
      [7, wayBack(10, 8)],
      [8, wayBack(20, 10)],
    ],
    NOT_NOTED,
  ],
  ['where the source ends is not known', [[7, wayBack(null, 10)]], NOT_NOTED],
  [
    'it is known later',
    [
      [7, wayBack(null, 10)],
      [7, wayBack(12, 10)],
      [7, wayBack(12, 12)],
    ],
    undefined,
  ],
  ['how far it has copied is not known', [[7, wayBack(10, null)]], NOT_NOTED],
  ['nothing of it is copied any more', [[7, wayBack(10, 3, 'ignored')]], undefined],
])('what was copied to where it reads must be noted: %s', async (_, looks, expected) => {
  let look = looks[0]!
  const way = {
    ...{ name: 'there', from: 'east', to: 'west' },
    read: async () => storedStatus({ groups: storedGroups([billing({}, { sourceOffset: look[0] })]) }),
  }
  const gate = groupIsExact(way, { ...idle, read: async () => look[1] }, 'billing')
  let said: string | undefined
  for (look of looks) said = gate.lacking(await gate.read!(), undefined)
  expect(said).toBe(expected)
})
