import { expect, test } from 'vitest'
import { systemClock } from '../../src/clock.js'
import type { ConsumerGroups } from '../../src/clusters/consumer-groups.js'
import { SelectedGroups } from '../../src/groups/selected-groups.js'
import type { DiscoveryNote } from '../../src/progress/notes.js'
import type { ProgressStore } from '../../src/progress/progress-store.js'
import type { GroupSelection } from '../../src/replication/replicator-options.js'

/** What becomes of the groups that are taken when the selection changes; brokers and notes are in memory. */

const SELECTION: GroupSelection = {
  ...{ include: ['a.*'], exclude: [], synchronise: true, detectNew: true },
  ...{ mode: 'legacy', followResets: false },
}

/** The notes of a replicator: they outlive its engine. */
function newStore(): ProgressStore {
  const known = new Set<string>()
  let note: DiscoveryNote | undefined
  const store = {
    get discoveredGroups() {
      return note
    },
    knowsGroup: (group: string) => known.has(group),
    saveGroups: async (groups: readonly string[], now: DiscoveryNote) => {
      for (const group of groups) known.add(group)
      note = now
    },
  }
  return store as unknown as ProgressStore
}

/** The groups that `there` says, on a cluster that lists them all, or has a problem. */
function selected(there: string[], selection: GroupSelection, store = newStore(), problems: string[] = []) {
  const groups = { list: async () => ({ groups: there.map(group => ({ group })), problems }) }
  // Brokers are asked again at each question: a new list is due when 5 s have passed.
  let time = 0
  const clock = { ...systemClock, monotonic: () => (time += 10_000) }
  return new SelectedGroups(groups as unknown as ConsumerGroups, selection, store, clock, () => {})
}

const hasOffsets = () => true

test('the groups of the new selection are taken at once, those of the old one no more', async () => {
  const groups = selected(['a1', 'b1'], SELECTION)
  expect(await groups.current(hasOffsets)).toEqual(['a1'])
  groups.select({ ...SELECTION, include: ['b.*'] })
  expect(await groups.current(hasOffsets)).toEqual(['b1'])
})

test.each([
  ['SynchroniseConsumerGroupOffsets off', { synchronise: false }],
  ['no pattern', { include: [] }],
])('%s takes none', async (_, change) => {
  const groups = selected(['a1'], SELECTION)
  await groups.current(hasOffsets)
  groups.select({ ...SELECTION, ...change })
  expect(await groups.current(hasOffsets)).toEqual([])
})

test('without DetectAndCopyNewConsumerGroups a change brings the groups that are there, not those that came meanwhile', async () => {
  const store = newStore()
  const there = ['a1', 'b1']
  const onlyFirst = { ...SELECTION, detectNew: false }
  const groups = selected(there, onlyFirst, store)
  expect(await groups.current(hasOffsets)).toEqual(['a1'])
  there.push('a2', 'b2')
  expect(await groups.current(hasOffsets)).toEqual(['a1'])
  const wider = { ...onlyFirst, include: ['a.*', 'b.*'] }
  groups.select(wider)
  expect(await groups.current(hasOffsets)).toEqual(['a1', 'b1', 'b2'])
  there.push('b3')
  expect(await groups.current(hasOffsets)).toEqual(['a1', 'b1', 'b2'])
  // So it is in the next life, also where the selection changed while none ran.
  expect(await selected(there, wider, store).current(hasOffsets)).toEqual(['a1', 'b1', 'b2'])
  expect(await selected([...there, 'c1'], { ...wider, include: ['.*'] }, store).current(hasOffsets)).toEqual([
    ...['a1', 'b1', 'b2'],
    'c1',
  ])
})

test('while not all brokers answer nothing is written down of a new selection', async () => {
  const store = newStore()
  const onlyFirst = { ...SELECTION, detectNew: false }
  expect(await selected(['a1'], onlyFirst, store, ['broker 2 does not answer']).current(hasOffsets)).toEqual([])
  expect(await selected(['a1', 'a2'], onlyFirst, store).current(hasOffsets)).toEqual(['a1', 'a2'])
})
