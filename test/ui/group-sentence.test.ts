import { expect, test } from 'vitest'
import type { GroupState } from '../../src/groups/group-state.ts'
import type { StoredGroups } from '../../src/replication/stored-groups.ts'
import { groupSentence } from '../../src/ui/group-sentence.ts'
import { GROUPS_OFF, group, groupPartition, groupTopic, storedGroups } from '../support/stored-groups.ts'
import { storedPartition, storedStatus, storedTopic } from '../support/stored-status.ts'

const YES = { safeToSwitch: true, readAgain: 0 }
const NO = { safeToSwitch: false, readAgain: 1_204 }
const NOT_KNOWN = { safeToSwitch: null, readAgain: null }

test.each<[StoredGroups, string]>([
  [storedGroups([one('synced')], YES), 'yes, 0 records would be read again'],
  [
    storedGroups([one('waiting-for-copy')], NO),
    'no, 1,204 records would be read again (orders-app waits for the copy)',
  ],
  [
    storedGroups([one('syncing')], { ...NO, readAgain: 1 }),
    'no, 1 record would be read again (orders-app is being synced)',
  ],
  [
    storedGroups([one('synced'), one('syncing', 'b'), one('no-mapping', 'c'), one('syncing', 'd')], NO),
    'no, 1,204 records would be read again (c has no mapping, and 2 more groups)',
  ],
  [storedGroups([one('no-mapping')], NOT_KNOWN), 'not known: orders-app has no mapping'],
  [storedGroups([one('unknown'), one('failed', 'b')], NOT_KNOWN), 'not known: b failed, and 1 more group'],
  [storedGroups([one('synced')], NOT_KNOWN), 'not known: some numbers are unknown (?)'],
  [{ ...storedGroups([one('synced')], YES), problem: 'no answer' }, 'not known: no answer'],
  [
    storedGroups([one('failed')], { safeToSwitch: false, readAgain: null }),
    'no, an unknown number of records would be read again (orders-app failed)',
  ],
  [
    storedGroups([one('reset-on-source')], { safeToSwitch: false, readAgain: 0 }),
    'no, 0 records would be read again, but some may be skipped (orders-app was reset on the source)',
  ],
  [
    storedGroups([one('synced', 'a', 3), one('active-on-target', 'b'), one('synced', 'c', 30)], NO),
    'no, 1,204 records would be read again (c begins earlier there)',
  ],
  [
    storedGroups([one('synced')], { ...YES, activeOnSource: 1 }),
    'yes, 0 records would be read again (1 group still runs on the source: stop it first)',
  ],
  [
    storedGroups([one('waiting-for-copy')], { ...NO, activeOnSource: 2 }),
    'no, 1,204 records would be read again (orders-app waits for the copy; 2 groups still run on the source: stop them first)',
  ],
])('%#: safe to switch: %s', (groups, text) => {
  expect(sentence(groups)).toBe(`safe to switch: ${text}`)
})

test('yes does not hide what is still to copy', () => {
  const groups = storedGroups([one('synced')], { ...YES, activeOnSource: 2 })
  expect(sentence(groups, 475)).toBe(
    'safe to switch: yes, 0 records would be read again (475 source offsets are still to copy; 2 groups still run on the source: stop them first)',
  )
  expect(sentence(storedGroups([one('synced')], YES), 1)).toContain(' (1 source offset is still to copy)')
  expect(sentence(storedGroups([one('synced')], YES), null)).toContain(' (what is still to copy is not known)')
})

test.each([
  ['not synchronised', GROUPS_OFF],
  ['none selected', storedGroups([])],
  ['none with offsets', storedGroups([group('idle', [])])],
])('%s: nothing is said of a switch', (_name, groups) => {
  expect(sentence(groups)).toBeUndefined()
})

test('a name as long as Kafka allows does not hide the sentence', () => {
  const long = 'x'.repeat(249)
  const text = sentence(storedGroups([one('waiting-for-copy', long)], NO)) ?? ''
  expect(text.length).toBeLessThan(150)
  expect(text).toMatch(/\(x{30}…x+ waits for the copy\)$/)
})

function one(state: GroupState, name = 'orders-app', readAgain: number | null = 0) {
  return group(name, [groupTopic('orders', [groupPartition(0, { state, readAgain })])])
}

function sentence(groups: StoredGroups, lag: number | null = 0): string | undefined {
  const partition = { ...storedPartition(0, 'copying', 1_000, 1_000), lag }
  return groupSentence(storedStatus({ groups, topics: [storedTopic('orders', [partition])] }), { unicode: true })
}
