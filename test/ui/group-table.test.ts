import { expect, test } from 'vitest'
import type { GroupState } from '../../src/groups/group-state.ts'
import type { StoredGroups } from '../../src/replication/stored-groups.ts'
import type { StoredStatus } from '../../src/replication/stored-status.ts'
import { type StatusScreenOptions, statusScreen } from '../../src/ui/status-screen.ts'
import { group, groupPartition, groupTopic, storedGroups } from '../support/stored-groups.ts'
import { storedPartition, storedStatus, storedTopic } from '../support/stored-status.ts'

const PLAIN: StatusScreenOptions = {
  ...{ width: 80, height: undefined, color: false, unicode: true },
  ...{ wide: false, isRegistered: true },
}
const LONG_NAME = `${'a-name-as-long-as-kafka-allows.'.repeat(8)}v`
const HUGE = 9_007_199_254_740_991

test.each([
  ['', 80, false],
  ['', 120, false],
  ['--wide ', 80, true],
  ['--wide ', 120, true],
])('groups of all states %sat %i columns', (_flag, width, wide) => {
  const screen = statusScreen(status(mixed()), { ...PLAIN, width, wide })
  expect(screen).toMatchSnapshot()
  for (const line of screen.split('\n')) expect(line.length).toBeLessThanOrEqual(width)
})

test('one group that is synced', () => {
  const screen = statusScreen(
    status(storedGroups([group('orders-app', [groupTopic('orders', [groupPartition(0)])])])),
    PLAIN,
  )
  expect(screen).toMatchInlineSnapshot(`
    "orders-dr · running · lag 0 · 14:02:31Z
    from source-1 to target-1
    host build-7, process 4711, started 2026-01-02 14:00:00Z, last heard 3 s ago
    TOPIC   PARTS  SRC-END   COPIED  LAG  STATE
    orders      1  184,220  184,220    0  caught-up
    SRC-END last committed offset of the source, COPIED noted as acknowledged by
    the target, LAG still to pass; ? is unknown

    GROUP       TOPIC   LAG  TGT-LAG  AGAIN  RUNS-ON  STATE
    orders-app  orders    0        0      0  -        synced
    LAG of the group on source-1, TGT-LAG on target-1, AGAIN records that it would
    read again if it went to target-1 now, RUNS-ON where it has members; ? is
    unknown

    safe to switch: yes, 0 records would be read again
    ok: it runs, and everything committed on the source is acknowledged by the
    target. To prove it:
      kafka-replicator verify --replicator-name orders-dr"
  `)
})

test('one group that waits for the copy, --wide: the words of kafka-consumer-groups', () => {
  const waiting = groupPartition(0, {
    ...{ state: 'waiting-for-copy', sourceOffset: 184_220, sourceLag: 12 },
    ...{ targetOffset: 183_016, targetLag: 0, exactOffset: 183_016, readAgain: 1_204 },
  })
  const groups = storedGroups([group('orders-app', [groupTopic('orders', [waiting])])], {
    ...{ safeToSwitch: false, readAgain: 1_204 },
  })
  expect(groupLines(statusScreen(status(groups), { ...PLAIN, width: 120, wide: true }))).toMatchInlineSnapshot(`
    [
      "GROUP       TOPIC   PART  CURRENT-OFFSET  LAG  TGT-OFFSET  TGT-LAG  AGAIN    EXACT  STATE",
      "orders-app  orders     0         184,220   12     183,016        0  1,204  183,016  waiting for copy",
      "CURRENT-OFFSET committed on source-1, LAG of the group on source-1, TGT-OFFSET committed on target-1, TGT-LAG on",
      "target-1, AGAIN records that it would read again if it went to target-1 now, EXACT where it should begin there; ? is",
      "unknown",
      "",
      "safe to switch: no, 1,204 records would be read again (orders-app waits for the copy)",
      "ok: it runs, and everything committed on the source is acknowledged by the target. To prove it:",
      "  kafka-replicator verify --replicator-name orders-dr",
    ]
  `)
})

test('groups that are not synchronised, and none that is selected: one line, and no word of a switch', () => {
  const off = statusScreen(status({ ...storedGroups([]), mode: 'off' }), PLAIN)
  expect(off).toContain('\nconsumer groups are not synchronised (SynchroniseConsumerGroupOffsets is false)\n')
  const none = statusScreen(status(storedGroups([])), PLAIN)
  expect(none).toContain('\nconsumer groups: none that is selected has committed offsets of a copied topic\n')
  for (const screen of [off, none]) expect(screen).not.toContain('safe to switch')
})

test('why groups are not known is told, and nothing is called safe', () => {
  const problem = 'Cluster source-1 did not answer within 5 s.'
  const screen = statusScreen(status({ ...storedGroups([]), problem }), PLAIN)
  expect(screen).toContain(`\nconsumer groups: ${problem}\n`)
  expect(screen).toContain(`safe to switch: not known: ${problem}`)
})

test.each([80, 120])('hundreds of groups on a low screen: the worst, the rest counted: %i columns', width => {
  const synced = Array.from({ length: 300 }, (_, n) => group(`app-${n}`, [groupTopic('orders', [groupPartition(0)])]))
  const groups = { ...mixed(), groups: [...synced, ...mixed().groups] }
  const topics = Array.from({ length: 60 }, (_, n) => storedTopic(`t${n}`, [storedPartition(0, 'caught-up', 1, 1)]))
  for (const height of [24, 40]) {
    const screen = statusScreen(storedStatus({ topics, groups }), { ...PLAIN, width, height })
    expect(screen.split('\n').length).toBeLessThan(height)
    expect(screen).toContain('safe to switch: no, ')
    expect(screen).toMatch(/… and \d+ more topics caught up\n/)
    expect(screen).toMatch(/\nrefused-app .* failed\n/)
    expect(screen.split('\n').at(-1)).toBe('  kafka-replicator verify --replicator-name orders-dr')
  }
  const roomy = statusScreen(status({ ...groups, groups: synced }), { ...PLAIN, width, height: 40 })
  expect(roomy).toMatch(/\n… and \d+ more rows, all synced\n/)
})

test('numbers that are not known are ?, never 0', () => {
  const unknown = groupPartition(7, {
    ...({ state: 'unknown', sourceLag: null, targetOffset: null, targetLag: null } as const),
    ...{ exactOffset: null, readAgain: null },
  })
  const groups = storedGroups(
    [group('orders-app', [groupTopic('orders', [unknown])], { sourceState: null, targetState: null })],
    { safeToSwitch: null, readAgain: null, unclear: 1 },
  )
  for (const wide of [true, false]) {
    const lines = groupLines(statusScreen(status(groups), { ...PLAIN, width: 120, wide }))
    expect(lines.find(line => line.startsWith('orders-app'))?.replace('orders-app', '')).not.toMatch(/ 0 /)
  }
  expect(groupLines(statusScreen(status(groups), PLAIN))).toMatchInlineSnapshot(`
    [
      "GROUP       TOPIC   LAG  TGT-LAG  AGAIN  RUNS-ON  STATE",
      "orders-app  orders    ?        ?      ?  ?        unknown",
      "LAG of the group on source-1, TGT-LAG on target-1, AGAIN records that it would",
      "read again if it went to target-1 now, RUNS-ON where it has members; ? is",
      "unknown",
      "",
      "safe to switch: not known: orders-app is unknown",
      "ok: it runs, and everything committed on the source is acknowledged by the",
      "target. To prove it:",
      "  kafka-replicator verify --replicator-name orders-dr",
    ]
  `)
})

test.each([60, 80, 120])('huge numbers and names as long as Kafka allows: %i columns', width => {
  const huge = groupPartition(4_999, {
    ...{ sourceOffset: HUGE, sourceLag: HUGE, targetOffset: HUGE, targetLag: HUGE, exactOffset: HUGE },
    readAgain: HUGE,
  })
  const groups = storedGroups([group(LONG_NAME, [groupTopic(LONG_NAME, [huge], 'x')])])
  for (const wide of [true, false]) {
    const screen = statusScreen(status(groups), { ...PLAIN, width, wide })
    expect(groupLines(screen).join('\n')).toMatchSnapshot()
    // Its number stands in each row whole; what is too narrow for two of them and the names is folded by the terminal.
    expect(screen).toContain('9,007,199,254,740,991')
    if (width > 60) for (const line of screen.split('\n')) expect(line.length).toBeLessThanOrEqual(width)
  }
})

test('a pipe gets names in full', () => {
  const groups = storedGroups([group(LONG_NAME, [groupTopic(LONG_NAME, [groupPartition(0)])])])
  expect(statusScreen(status(groups), { ...PLAIN, width: undefined })).toContain(`${LONG_NAME}  ${LONG_NAME}  `)
})

test('hostile names and reasons do not reach the screen', () => {
  const evil = 'a\u001b[2Jb\nc\u202e'
  const failed = groupPartition(0, { state: 'failed', reason: evil })
  const groups = storedGroups([group(evil, [groupTopic(evil, [failed], evil)])], { safeToSwitch: null })
  for (const facts of [groups, { ...groups, problem: evil }]) {
    for (const wide of [true, false]) {
      const screen = statusScreen(status(facts), { ...PLAIN, wide })
      expect(['\u001b', '\u202e'].filter(mark => screen.includes(mark))).toEqual([])
      expect(screen).toContain('\na[2Jb c  a[2Jb c ')
      expect(screen).toContain('\na[2Jb c, a[2Jb c')
    }
  }
})

test('colour marks what the words already say; ASCII only where the locale cannot show more', () => {
  const coloured = statusScreen(status(mixed()), { ...PLAIN, color: true })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with the escape character
  expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(statusScreen(status(mixed()), PLAIN))
  expect(coloured).toContain('\u001b[31mfailed')
  const ascii = statusScreen(status(mixed()), { ...PLAIN, width: 60, unicode: false })
  expect(ascii).toMatch(/^[\n -~]*$/)
  expect(ascii).toContain('..')
})

test.each([
  ['Stable', 'Empty', 'source-1'],
  ['PreparingRebalance', null, 'source-1'],
  ['Stable', 'Stable', 'both'],
  ['Empty', 'CompletingRebalance', 'target-1'],
  ['Empty', 'Dead', '-'],
  ['Empty', null, '-'],
  [null, null, '?'],
])('members of a group that is %s on the source and %s on the target: %s', (sourceState, targetState, shown) => {
  const groups = storedGroups([
    group('orders-app', [groupTopic('orders', [groupPartition(0)])], { sourceState, targetState }),
  ])
  const line = groupLines(statusScreen(status(groups), PLAIN)).find(line => line.startsWith('orders-app'))
  expect(line?.split(/ +/)).toEqual(['orders-app', 'orders', '0', '0', '0', shown, 'synced'])
})

/** From the titles of the table of groups on. */
function groupLines(screen: string): string[] {
  const lines = screen.split('\n')
  return lines.slice(lines.findIndex(line => line.startsWith('GROUP ')))
}

function status(groups: StoredGroups): StoredStatus {
  return storedStatus({
    groups,
    topics: [storedTopic('orders', [storedPartition(0, 'caught-up', 184_220, 184_220)])],
  })
}

/** A group in each state, and one with two topics. */
function mixed(): StoredGroups {
  const one = (name: string, state: GroupState, facts: object = {}, reason: string | null = null, more: object = {}) =>
    group(name, [groupTopic('orders', [groupPartition(0, { state, reason, ...facts })], reason)], more)
  const waiting = {
    sourceOffset: 184_220,
    sourceLag: 12,
    targetOffset: 183_016,
    exactOffset: 183_016,
    readAgain: 1_204,
  }
  const nowhere = { targetOffset: null, targetLag: null, exactOffset: null, readAgain: null }
  const refused = 'the target has refused its offsets: GROUP_AUTHORIZATION_FAILED; allow READ on group refused-app'
  const reset = 'it was reset on the source from 900 to 100; start with --follow-resets to move it back there too'
  return storedGroups(
    [
      group(
        'orders-app',
        [
          groupTopic('orders', [groupPartition(0, { state: 'waiting-for-copy', ...waiting }), groupPartition(1)]),
          groupTopic('payments.eu-central-1.v2', [groupPartition(0)]),
        ],
        { sourceState: 'Stable' },
      ),
      one('billing', 'synced'),
      one('search-indexer', 'syncing', { targetOffset: 990, targetLag: 10, readAgain: 10 }),
      one('live-dashboard', 'active-on-target', { readAgain: 3 }, null, { targetState: 'Stable' }),
      one('ahead-app', 'ahead-on-target', { targetOffset: 1_200 }),
      one('audit', 'reset-on-source', { sourceOffset: 100, sourceLag: 900 }, reset),
      one('old-app', 'no-mapping', nowhere, 'its offset 12 lies before where copying began'),
      one('refused-app', 'failed', { targetOffset: null, readAgain: null }, refused),
      one('silent-app', 'unknown', nowhere, 'the coordinator on the target did not answer', { sourceState: null }),
    ],
    { safeToSwitch: false, readAgain: null, activeOnSource: 1, activeOnTarget: 1, unclear: 3 },
  )
}
