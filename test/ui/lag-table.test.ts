import { describe, expect, test } from 'vitest'
import type { GroupState } from '../../src/groups/group-state.ts'
import type { LagTableOptions } from '../../src/ui/lag-table.ts'
import { lagTable } from '../../src/ui/lag-table.ts'
import { statusLine } from '../../src/ui/status-line.ts'
import { exampleSnapshot, partition, topic } from './snapshots.ts'

const RATES = {
  bytes: 12_345_678,
  records: new Map([
    ['orders', 1234.4],
    ['payments', 0],
  ]),
}
const PLAIN: LagTableOptions = { width: 80, height: 24, color: false, unicode: true }

test.each([40, 60, 80, 120])('%i columns wide', width => {
  const table = lagTable(exampleSnapshot(), RATES, { ...PLAIN, width })
  expect(table).toMatchSnapshot()
  for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(width)
})

test('without a terminal nothing is shortened', () => {
  const table = lagTable(exampleSnapshot(), RATES, { width: undefined, height: undefined, color: false, unicode: true })
  expect(table).toContain('a-rather-long-topic-name.with-dots.and-a-version.v42')
})

test('colour marks what the words already say', () => {
  const coloured = lagTable(exampleSnapshot(), RATES, { ...PLAIN, color: true })
  expect(coloured).toMatchSnapshot()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with the escape character
  expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(lagTable(exampleSnapshot(), RATES, PLAIN))
})

test('ASCII only where the locale cannot show more', () => {
  expect(lagTable(exampleSnapshot(), RATES, { ...PLAIN, unicode: false })).toMatch(/^[\n -~]*$/)
})

test('more topics than lines: the worst first, the rest counted', () => {
  const topics = Array.from({ length: 50 }, (_, n) => topic(`t${n}`, [partition(0, 'caught-up', 10, 10)]))
  const snapshot = { ...exampleSnapshot(), topics: [...topics, topic('late', [partition(0, 'copying', 10, 5)])] }
  const table = lagTable(snapshot, RATES, { ...PLAIN, height: 12 })
  expect(table.split('\n').length).toBeLessThanOrEqual(12)
  expect(table.split('\n')[2]).toMatch(/^late /)
  expect(table).toContain('… and 45 more topics caught up')
})

test('unknown is never 0', () => {
  const snapshot = {
    ...exampleSnapshot(),
    topics: [topic('t', [partition(0, 'starting', null, null), partition(1, 'copying', 5, 5)])],
  }
  expect(lagTable(snapshot, { bytes: null, records: new Map() }, PLAIN).split('\n')[2]).toMatch(
    /^t +2 +\? +\? +\? +\? +starting$/,
  )
})

test('control characters in names do not reach the screen', () => {
  const snapshot = {
    ...exampleSnapshot(),
    topics: [topic('a\u001b[2Jb\nc', [partition(0, 'held', 1, 0, 'x\u0007\r\ny')])],
  }
  const table = lagTable(snapshot, RATES, PLAIN)
  expect(table).toContain('a[2Jb c')
  expect(table).toContain('x y')
})

describe('consumer groups', () => {
  const lags = { sumOffsetLag: 0, maxOffsetLag: 0 }
  const row = (group: string, state: GroupState) => ({
    ...{ group, sourceTopic: 't', targetTopic: 't', state },
    ...{ source: lags, target: lags },
  })
  const groups = {
    count: 3,
    failures: 0,
    isFrozen: false,
    topics: [row('a', 'synced'), row('b', 'synced'), row('c', 'active-on-target')],
  }

  test('have a line of their own, counted by state', () => {
    const table = lagTable({ ...exampleSnapshot(), groups }, RATES, PLAIN)
    expect(table.split('\n')[1]).toBe('3 groups: 2 synced, 1 active on target')
    expect(statusLine({ ...exampleSnapshot(), groups }, RATES)).toMatch(/ {2}3 groups: 2 synced, 1 active on target$/)
  })

  test('on several topics each, that is said', () => {
    const both = { ...groups, count: 1 }
    const [, line] = lagTable({ ...exampleSnapshot(), groups: both }, RATES, PLAIN).split('\n')
    expect(line).toBe('1 group on 3 topics: 2 synced, 1 active on target')
  })

  test('left alone, since somebody has asked for that', () => {
    const frozen = { ...groups, isFrozen: true }
    expect(lagTable({ ...exampleSnapshot(), groups: frozen }, RATES, PLAIN)).toContain(
      '3 groups: frozen, none is moved',
    )
  })

  test('none of them, and none selected', () => {
    const none = { count: 0, failures: 0, isFrozen: false, topics: [] }
    expect(lagTable({ ...exampleSnapshot(), groups: none }, RATES, PLAIN)).toContain('no group has consumed')
    expect(lagTable(exampleSnapshot(), RATES, PLAIN)).not.toContain('group')
  })
})
