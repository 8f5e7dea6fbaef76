import { expect, test } from 'vitest'
import type { StoredGroup } from '../../../src/replication/stored-groups.ts'
import type { StoredStatus } from '../../../src/replication/stored-status.ts'
import { groupIsExact, membersOf, onlyGroup } from '../../../src/runbooks/migrate/one-group.ts'
import { group, groupPartition, groupTopic, storedGroups } from '../../support/stored-groups.ts'
import { storedStatus } from '../../support/stored-status.ts'

function billing(facts: Partial<StoredGroup> = {}, partition: Parameters<typeof groupPartition>[1] = {}): StoredGroup {
  return group('billing', [groupTopic('orders', [groupPartition(0, partition)])], facts)
}

const other = group('other', [groupTopic('orders', [groupPartition(0, { state: 'syncing', readAgain: 9 })])], {
  sourceState: 'Stable',
})
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
  const gate = groupIsExact(looked, 'billing')
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
