import { expect, test } from 'vitest'
import type { StoredStatus } from '../../src/replication/stored-status.ts'
import { type StatusScreenOptions, statusScreen } from '../../src/ui/status-screen.ts'
import { group, groupPartition, groupTopic, storedGroups } from '../support/stored-groups.ts'
import { storedGap, storedPartition, storedStatus, storedTopic } from '../support/stored-status.ts'

const PLAIN: StatusScreenOptions = {
  ...{ width: 80, height: undefined, color: false, unicode: true },
  ...{ wide: false, isRegistered: true },
}
const NOTHING_KNOWN = { sourceStart: null, sourceEnd: null, sourceHighWatermark: null, targetEnd: null }
const LONG_NAME = 'a-rather-long-topic-name.with-dots.and-a-version.v42'

test.each([80, 120])('held, waiting and behind, with gaps: %i columns', width => {
  const screen = statusScreen(troubled(), { ...PLAIN, width })
  expect(screen).toMatchSnapshot()
  for (const line of screen.split('\n')) expect(line.length).toBeLessThanOrEqual(width)
})

test.each([80, 120])('--wide, a row for each partition: %i columns', width => {
  const screen = statusScreen(troubled(), { ...PLAIN, width, wide: true })
  expect(screen).toMatchSnapshot()
  for (const line of screen.split('\n')) expect(line.length).toBeLessThanOrEqual(width)
})

test('after an unplanned failover: what never crossed, who froze the groups, and what to do', () => {
  const left = storedStatus({
    ...({ state: 'failed', stateReason: 'stopped' } as const),
    stoppedBy: { by: 'failover r-1a2b3c', at: '2026-01-02T13:00:00.000Z' },
    groups: {
      ...storedGroups([group('shop', [groupTopic('orders', [groupPartition(0)])])]),
      frozenBy: 'failover r-1a2b3c',
    },
    topics: [storedTopic('orders', [storedPartition(0, 'behind', 120, 100), storedPartition(1, 'caught-up', 7, 7)])],
  })
  const screen = statusScreen(left, PLAIN)
  expect(screen).toMatchSnapshot()
  for (const line of screen.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  const unknown = storedStatus({ ...left, topics: [storedTopic('orders', [storedPartition(0, 'unknown', null, 100)])] })
  expect(statusScreen(unknown, PLAIN)).toContain('orders p0: not known')
  const gone = { ...left, source: { alias: 'source-1', problem: 'no answer' } }
  expect(statusScreen(storedStatus(gone), PLAIN).replaceAll('\n', ' ')).toContain(
    'when the source answers; look again then.',
  )
  expect(statusScreen(storedStatus({ ...left, state: 'running' }), PLAIN)).not.toContain('never crossed')
})

test('rules that keep producers off are said, with what removes them', () => {
  const screen = statusScreen(storedStatus({ deniedTopics: ['orders', 'payments'] }), PLAIN)
  const text = screen.replaceAll('\n', ' ')
  expect(text).toContain('producers are denied Write on 2 topics of source-1 by rules of a runbook: orders, payments')
  expect(screen).toContain('\n  kafka-replicator failback --replicator-name orders-dr\n')
  expect(statusScreen(storedStatus({}), PLAIN)).not.toContain('denied')
})

test('running and caught up', () => {
  expect(statusScreen(caughtUp(), PLAIN)).toMatchInlineSnapshot(`
    "orders-dr · running · lag 0 · 14:02:31Z
    from source-1 to target-1
    host build-7, process 4711, started 2026-01-02 14:00:00Z, last heard 3 s ago
    TOPIC     PARTS  SRC-END   COPIED  LAG  STATE
    payments      1  184,220  184,220    0  caught-up
    SRC-END last committed offset of the source, COPIED noted as acknowledged by
    the target, LAG still to pass; ? is unknown

    consumer groups are not synchronised (SynchroniseConsumerGroupOffsets is false)

    ok: it runs, and everything committed on the source is acknowledged by the
    target. To prove it:
      kafka-replicator verify --replicator-name orders-dr"
  `)
})

test('caught up, but for what was left out', () => {
  const screen = statusScreen(storedStatus({ topics: caughtUp().topics, gaps: [storedGap({})] }), PLAIN)
  expect(screen).toContain('acknowledged by the\ntarget, but for 2 in recorded gaps. To prove it:')
})

test('killed, with a partition that will not go on: no word of nothing lost', () => {
  const held = { ...storedPartition(0, 'held', 9, 9), reason: 'x' } as const
  const screen = statusScreen(storedStatus({ state: 'silent', topics: [storedTopic('payments', [held])] }), PLAIN)
  expect(screen.replaceAll('\n', ' ')).toContain('1 partition is held (see above). The others go on where they were')
  expect(screen).not.toContain('nothing lost')
})

test('never ran', () => {
  const status = storedStatus({
    ...{ state: 'never-ran', heartbeatAgeMs: null, instance: null },
    topics: [storedTopic('payments', [{ ...storedPartition(0, 'not-begun', 10, null), lag: null }])],
  })
  expect(statusScreen(status, PLAIN)).toMatchInlineSnapshot(`
    "orders-dr · never-ran · lag ? · 14:02:31Z
    from source-1 to target-1
    TOPIC     PARTS  SRC-END  COPIED  LAG  STATE
    payments      1       10       ?    ?  not-begun
    SRC-END last committed offset of the source, COPIED noted as acknowledged by
    the target, LAG still to pass; ? is unknown

    consumer groups are not synchronised (SynchroniseConsumerGroupOffsets is false)

    not running: it has not run yet. Start it with:
      kafka-replicator run --replicator-name orders-dr"
  `)
})

test('stopped and behind', () => {
  const status = storedStatus({
    state: 'stopped',
    topics: [storedTopic('payments', [storedPartition(0, 'behind', 2_000, 10)])],
  })
  expect(statusScreen(status, PLAIN)).toMatchInlineSnapshot(`
    "orders-dr · stopped · lag 1,990 · 14:02:31Z
    from source-1 to target-1
    host build-7, process 4711, started 2026-01-02 14:00:00Z, last heard 3 s ago
    TOPIC     PARTS  SRC-END  COPIED    LAG  STATE
    payments      1    2,000      10  1,990  behind
    SRC-END last committed offset of the source, COPIED noted as acknowledged by
    the target, LAG still to pass; ? is unknown

    consumer groups are not synchronised (SynchroniseConsumerGroupOffsets is false)

    not running: it was stopped, 1,990 source offsets still to copy. Start it with:
      kafka-replicator run --replicator-name orders-dr"
  `)
})

test('killed: no word of it for minutes', () => {
  const status = storedStatus({
    state: 'silent',
    heartbeatAgeMs: 400_000,
    topics: [storedTopic('payments', [storedPartition(0, 'behind', 9, 9)])],
  })
  expect(statusScreen(status, PLAIN)).toMatchInlineSnapshot(`
    "orders-dr · silent · lag 0 · 14:02:31Z
    from source-1 to target-1
    host build-7, process 4711, started 2026-01-02 14:00:00Z, last heard 7 min ago
    TOPIC     PARTS  SRC-END  COPIED  LAG  STATE
    payments      1        9       9    0  behind
    SRC-END last committed offset of the source, COPIED noted as acknowledged by
    the target, LAG still to pass; ? is unknown

    consumer groups are not synchronised (SynchroniseConsumerGroupOffsets is false)

    not running: it ended without a word (killed, or its machine or network is
    down). It goes on where it was, nothing lost or doubled, with:
      kafka-replicator run --replicator-name orders-dr"
  `)
})

test('an unreachable source', () => {
  const problem = 'Cluster source-1 did not answer within 5 s at 10.0.0.1:9092, 10.0.0.2:9092.'
  const status = storedStatus({
    source: { alias: 'source-1', problem },
    topics: [
      storedTopic('payments', [{ ...storedPartition(0, 'unknown', null, 10), ...NOTHING_KNOWN, targetEnd: 10 }]),
    ],
  })
  expect(statusScreen(status, PLAIN)).toMatchInlineSnapshot(`
    "orders-dr · running · lag ? · 14:02:31Z
    from source-1 to target-1
    host build-7, process 4711, started 2026-01-02 14:00:00Z, last heard 3 s ago
    source: Cluster source-1 did not answer within 5 s at 10.0.0.1:9092,
    10.0.0.2:9092.
    TOPIC     PARTS  SRC-END  COPIED  LAG  STATE
    payments      1        ?      10    ?  unknown p0
    SRC-END last committed offset of the source, COPIED noted as acknowledged by
    the target, LAG still to pass; ? is unknown

    consumer groups are not synchronised (SynchroniseConsumerGroupOffsets is false)

    not known: the source could not be asked. Reach it, then look again."
  `)
})

test('open transactions and topics that are gone are told', () => {
  const held = { ...storedPartition(0, 'caught-up', 90, 90), sourceHighWatermark: 100 }
  const status = storedStatus({ topics: [storedTopic('payments', [held])], goneFromSource: ['audit', 'old'] })
  const screen = statusScreen(status, PLAIN)
  expect(screen).toContain('10 more offsets wait on the source for transactions that are still open')
  expect(screen).toContain('gone from the source: audit, old; the copies stay, nothing more comes')
})

test('25 gaps: the sums of all, the newest 20 with their offsets, the rest counted', () => {
  const gaps = Array.from({ length: 25 }, (_, n) => storedGap({ from: 100 * n, to: 100 * n + 4 }))
  const screen = statusScreen(storedStatus({ gaps }), PLAIN)
  expect(screen).toContain('gaps: 25 recorded, 100 source offsets will never be on the target')
  expect(screen.match(/^orders p1 truncated: offsets \d+-\d+ \(4\)/gm)).toHaveLength(20)
  expect(screen).toContain('and 5 more: see --output json')
})

test('what the source itself lost is counted as a gap, but is on the target', () => {
  const screen = statusScreen(storedStatus({ gaps: [storedGap({ kind: 'diverged' })] }), PLAIN)
  expect(screen).toContain('gaps: 1 recorded, 0 source offsets will never be on the target')
})

test('colour marks what the words already say; ASCII only where the locale cannot show more', () => {
  const coloured = statusScreen(troubled(), { ...PLAIN, color: true })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with the escape character
  expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(statusScreen(troubled(), PLAIN))
  expect(coloured).toContain('\u001b[31m')
  expect(statusScreen(troubled(), { ...PLAIN, unicode: false })).toMatch(/^[\n -~]*$/)
})

test('hostile names and reasons do not reach the screen', () => {
  const evil = 'a\u001b[2Jb\nc\u202e'
  const status = storedStatus({
    ...{ replicatorName: evil, stateReason: evil, source: { alias: evil, problem: evil } },
    instance: { host: evil, processId: 1, startedAt: '2026-01-02T14:00:00.000Z' },
    topics: [storedTopic(evil, [{ ...storedPartition(0, 'held', 1, 0), reason: evil }])],
    gaps: [storedGap({ sourceTopic: evil, reason: evil })],
    goneFromSource: [evil],
  })
  for (const wide of [true, false]) {
    const screen = statusScreen(status, { ...PLAIN, wide })
    expect(['\u001b', '\u202e'].filter(mark => screen.includes(mark))).toEqual([])
    expect(screen).toContain('a[2Jb c')
  }
})

test('on a low screen the last sentence stays', () => {
  const topics = Array.from({ length: 60 }, (_, n) => storedTopic(`t${n}`, [storedPartition(0, 'caught-up', 10, 10)]))
  const screen = statusScreen({ ...troubled(), topics: [...troubled().topics, ...topics] }, { ...PLAIN, height: 24 })
  const lines = screen.split('\n')
  expect(lines.length).toBeLessThan(24)
  expect(screen).toContain('not ok: 1 partition is held')
  expect(screen).toMatch(/… and \d+ more topics caught up/)
})

function troubled(): StoredStatus {
  return storedStatus({
    at: '2026-01-02T14:02:31.000Z',
    topics: [
      storedTopic('payments', [storedPartition(0, 'caught-up', 184_220, 184_220)]),
      storedTopic('orders', [
        storedPartition(0, 'copying', 500_000, 499_900),
        storedPartition(1, 'copying', 451_877, 451_502),
      ]),
      storedTopic('audit', [
        storedPartition(0, 'caught-up', 402_118, 402_118),
        {
          ...{ ...storedPartition(3, 'unknown', null, 77), ...NOTHING_KNOWN },
          reason: 'the source does not say where it ends: it has no leader',
        },
      ]),
      storedTopic(LONG_NAME, [
        {
          ...storedPartition(7, 'held', 1_234_567_890_123, 1_234_567_000_000),
          reason:
            'the source no longer has offsets 1234567000000-1234567000499: retention or DeleteRecords took 500 before they were copied; start with --on-truncation skip to go on behind it, with the gap recorded',
        },
      ]),
    ],
    gaps: [
      storedGap({ from: 451_000, to: 451_002 }),
      storedGap({ kind: 'poison', from: 7, to: 8, reason: 'the target refuses it: MESSAGE_TOO_LARGE' }),
    ],
  })
}

function caughtUp(): StoredStatus {
  return storedStatus({ topics: [storedTopic('payments', [storedPartition(0, 'caught-up', 184_220, 184_220)])] })
}
