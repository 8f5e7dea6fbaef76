import { expect, test } from 'vitest'
import { gateLine } from '../../src/ui/gate-table.ts'
import { storedGroups } from '../support/stored-groups.ts'
import { storedPartition, storedTopic } from '../support/stored-status.ts'
import {
  drain,
  drained,
  drainLook,
  groupsLook,
  HUGE,
  LONG_NAME,
  mixedGroups,
  rowsAfter,
  STEP,
  screenAfter,
  statusAt,
  stillLook,
  stopping,
} from './gates.ts'

const SCREENS = {
  drain: drain(),
  'drain-ready': drained(2),
  'drain-passed': drained(3),
  'stop-producers': stopping(),
  groups: [groupsLook(1, mixedGroups())],
  'groups-frozen': [groupsLook(1, mixedGroups({ frozenBy: 'failover 2026-01-02T14:00:00Z' }))],
}

test.each(
  Object.entries(SCREENS).flatMap(([name, looks]) =>
    [80, 120].flatMap(width => [false, true].map(wide => ({ name, looks, width, wide }))),
  ),
)('$name at $width columns, wide $wide: as the golden file has it', async ({ name, looks, width, wide }) => {
  const screen = screenAfter(looks, { width, wide })
  await expect(`${screen}\n`).toMatchFileSnapshot(`golden/gate-${name}${wide ? '-wide' : ''}-${width}.txt`)
  for (const line of screen.split('\n')) expect(line.length).toBeLessThanOrEqual(width)
})

test('ASCII only where the locale cannot show more', async () => {
  const screen = screenAfter(drain(), { width: 60, unicode: false, height: 22 })
  await expect(`${screen}\n`).toMatchFileSnapshot('golden/gate-drain-ascii-60.txt')
  expect(screen).toMatch(/^[\n -~]*$/)
})

test('colour marks what the words already say', async () => {
  const coloured = screenAfter(drain(), { color: true })
  await expect(`${coloured}\n`).toMatchFileSnapshot('golden/gate-drain-coloured-80.txt')
  for (const looks of Object.values(SCREENS)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with the escape character
    expect(screenAfter(looks, { color: true }).replace(/\u001b\[\d+m/g, '')).toBe(screenAfter(looks))
  }
})

test('the worst first: held, unknown, what does not drain, what drains, what is ok', () => {
  expect(rowsAfter(drain()).map(({ topic, state }) => [topic.slice(0, 8), state])).toEqual([
    ['a-rather', 'held'],
    ['audit', 'unknown'],
    ['refunds', 'not-draining'],
    ['orders', 'draining'],
    ['payments', 'ok'],
  ])
})

test('one partition that does not drain shows, though the topic as a whole does', () => {
  const looks = Array.from({ length: 5 }, (_, n) =>
    drainLook(n + 1, [
      storedTopic('orders', [
        storedPartition(0, 'copying', 100_000, 10_000 * n),
        storedPartition(1, 'copying', 100_000, 99_995),
      ]),
    ]),
  )
  expect(screenAfter(looks)).toMatch(/\norders .* \? +not draining p1\n/)
  expect(screenAfter(looks)).toContain('not ready: lag 475; not draining: orders\n')
  expect(screenAfter(looks, { wide: true })).toMatch(
    /\norders +1 .* 5 +0\/s +\? +not draining\norders +0 .* draining\n/,
  )
})

test.each(['stopped', 'failed', 'silent', 'never-ran'] as const)('a replicator that is %s drains nothing', state => {
  const looks = drain().map((look, n) => ({
    ...look,
    status: statusAt(n + 1, { topics: look.status.topics, state, stateReason: 'by its operator' }),
  }))
  const screen = screenAfter(looks)
  expect(screen).toContain(`\nnothing is copied: the replicator is ${state} (by its operator)\n`)
  expect(screen).toMatch(/\norders .* \? +not draining p17\n/)
})

test('what is not known is ?, never 0, and never ok', () => {
  const unknown = storedPartition(0, 'unknown', null, null)
  const unknowns = [
    ...[unknown, { ...unknown, state: 'starting' as const }, { ...unknown, state: 'not-begun' as const }],
    { ...unknown, sourceEnd: 10 },
    { ...unknown, copied: 10 },
  ]
  for (const one of unknowns) {
    const looks = [1, 2, 3, 4, 5].map(n =>
      drainLook(n, [storedTopic('orders', [storedPartition(1, 'caught-up', 5, 5), one])]),
    )
    expect(screenAfter(looks).split('\n')[2]).toMatch(/^orders .* \? +\? +\? +UNKNOWN p0$/)
  }
  const still = [1, 2, 3].map(n =>
    stillLook(n, [storedTopic('orders', [storedPartition(1, 'caught-up', 5, 5), unknown])]),
  )
  expect(screenAfter(still)).toMatch(/\norders +2 +\? +\? +UNKNOWN p0\n/)
})

test('waiting and held partitions are not ok, even without lag', () => {
  for (const state of ['waiting', 'held'] as const) {
    const looks = [1, 2, 3].map(n => drainLook(n, [storedTopic('orders', [storedPartition(4, state, 5, 5)])]))
    expect(screenAfter(looks)).toContain(`  ${state.toUpperCase()} p4\n`)
  }
})

test('up to the threshold a topic is ok, whether its lag shrinks or not', () => {
  const looks = [1, 2, 3, 4, 5].map(n =>
    drainLook(n, [storedTopic('orders', [storedPartition(0, 'copying', 1_000, 0)])], {
      shows: { kind: 'drain', maxLag: 1_000 },
    }),
  )
  expect(screenAfter(looks)).toMatch(/\norders .* 1,000 +0\/s +- +ok 3\/3\n/)
  const tight = looks.map(look => ({ ...look, shows: { kind: 'drain', maxLag: 999 } as const }))
  expect(screenAfter(tight)).toMatch(/\norders .* 1,000 +0\/s +\? +not draining\n/)
})

test('a lag that returns begins to count anew', () => {
  const lag = (n: number) => storedTopic('orders', [storedPartition(0, 'copying', 100, n === 3 ? 99 : 100)])
  const states = [1, 2, 3, 4].map(last => {
    const [row] = rowsAfter(Array.from({ length: last }, (_, n) => drainLook(n + 1, [lag(n + 1)])))
    return [row?.state, row?.good]
  })
  expect(states).toEqual([
    ['ok', 1],
    ['ok', 2],
    ['above', 0],
    ['ok', 1],
  ])
})

test('an open transaction counts as movement while it is written, and pins the end of a drain', () => {
  const at = (n: number) => [
    storedTopic('ledger', [{ ...storedPartition(0, 'caught-up', 10, 10), sourceHighWatermark: 100 + n }]),
  ]
  expect(screenAfter([stillLook(1, at(1)), stillLook(2, at(2))])).toMatch(/\nledger +1 +102 +1 +moving\n/)
  expect(screenAfter([drainLook(1, at(1))])).toContain(
    '\nopen transactions on source-1 hold back 91 offsets (ledger p0): not in LAG\n  until they end\n',
  )
  expect(screenAfter(drained(3))).not.toContain('open transactions')
})

test('a gate that waits for the replicator alone says whether it runs and what it has heard', () => {
  const groups = mixedGroups({ frozenBy: 'failover 7f3a' })
  const look = { shows: { kind: 'replicator' }, lacking: 'it has not heard of it yet', samples: 1 } as const
  const screen = screenAfter([drainLook(1, [], { ...look, status: statusAt(1, { groups }) })])
  expect(screen.split('\n').slice(0, -2)).toEqual([
    'GATE 2/6  drain before failover  max lag 0  14:02:06Z  sample 1',
    'orders-dr was heard 4s ago',
    'frozen by failover 7f3a: no group is moved; the replicator has not heard of it',
    '  yet',
    'not ready: it has not heard of it yet',
  ])
})

test('why a cluster is not known is told', () => {
  const status = statusAt(1, { source: { alias: 'east', problem: 'Cluster east did not answer within 5 s.' } })
  const screen = screenAfter([drainLook(1, [], { status, lacking: 'source: it did not answer' })])
  expect(screen).toContain('\neast: Cluster east did not answer within 5 s.\nno topic is known\n')
})

test.each([80, 120])(
  'hundreds of topics on a low screen: the worst, the rest counted, what is next: %i columns',
  width => {
    const caughtUp = Array.from({ length: 300 }, (_, n) =>
      storedTopic(`t${n}`, [storedPartition(0, 'caught-up', 1, 1)]),
    )
    const looks = drain().map(look => ({
      ...look,
      status: { ...look.status, topics: [...caughtUp, ...look.status.topics] },
    }))
    const groups = groupsLook(1, storedGroups(Array.from({ length: 60 }, () => mixedGroups().groups).flat()))
    for (const height of [24, 30, 50]) {
      for (const [name, wide] of [...looks.slice(-1), groups].flatMap(look =>
        [true, false].map(wide => [look, wide] as const),
      )) {
        const screen = screenAfter(name === groups ? [groups] : looks, { width, height, wide })
        expect(screen.split('\n').length).toBeLessThan(height)
        expect(screen).toMatch(/… and \d+ more /)
        expect(screen).toContain(STEP.resumeCommand)
      }
    }
    expect(screenAfter(looks, { width, height: 50 })).toMatch(/\n… and \d+ more topics, all ok\n/)
    // A command that is folded takes more than one line of the screen.
    const narrow = screenAfter(looks, { width: 50, height: 24 }).split('\n')
    expect(narrow.reduce((lines, line) => lines + Math.ceil(line.length / 50), 0)).toBeLessThan(24)
    const tiny = screenAfter(looks, { width, height: 12 })
    expect(tiny.split('\n').length).toBeLessThan(12)
    expect(tiny).toContain('HELD')
    expect(tiny).toContain(STEP.resumeCommand)
  },
)

test.each([40, 60, 80])('huge numbers and names as long as Kafka allows: %i columns', width => {
  const looks = [1, 2].map(n => drainLook(n, [storedTopic(LONG_NAME, [storedPartition(4_999, 'copying', HUGE, n)])]))
  const screen = screenAfter(looks, { width })
  // Its lag stands there whole, however narrow it is.
  expect(screen).toContain('9,007,199,254,740,989')
  for (const line of screen.split('\n').filter(line => !line.includes('--resume'))) {
    expect(line.length).toBeLessThanOrEqual(width)
  }
  expect(screenAfter(looks, { width: undefined })).toContain(`\n${LONG_NAME} `)
})

test('hostile names and reasons do not reach the screen', () => {
  const evil = 'a\u001b[2Jb\nc\u202e'
  const held = { ...storedPartition(0, 'held', 5, 1), reason: evil }
  const look = drainLook(1, [storedTopic(evil, [held])], { title: evil, threshold: evil, lacking: evil })
  const problems = { source: { alias: evil, problem: evil }, groups: mixedGroups({ frozenBy: evil, problem: evil }) }
  for (const table of [look, { ...look, shows: { kind: 'groups' } as const }]) {
    const screen = screenAfter([{ ...table, status: { ...table.status, ...problems } }], { wide: true })
    expect(['\u001b', '\u202e'].filter(mark => screen.includes(mark))).toEqual([])
    expect(screen).toContain('a[2Jb c')
  }
})

test('one line for a log: what is lacking, and how long the slowest will take', () => {
  const looks = [0, 4_000].map((copied, n) =>
    drainLook(n + 1, [storedTopic('a', [storedPartition(0, 'copying', 8_000, copied)])]),
  )
  const lineOf = (all: typeof looks) => gateLine(all.at(-1)!, rowsAfter(all), STEP)
  expect(lineOf(looks)).toBe('14:02:11Z gate 2/6 drain before failover: not ready: lag 475, about 5s left')
  expect(lineOf(drain())).toBe(
    '14:02:31Z gate 2/6 drain before failover: not ready: 1 held, 1 unknown, 2 above threshold; not draining: refunds',
  )
  expect(lineOf(drained(2))).toBe('14:02:26Z gate 2/6 drain before failover: ready 2 of 3 samples')
})
