import { expect, test } from 'vitest'
import { HEARTBEAT_TOPIC } from '../../src/policy/topic-patterns.ts'
import type { StoredStatus } from '../../src/replication/stored-status.ts'
import type { Gate } from '../../src/runbooks/gate.ts'
import { drained, endsStandStill, keepsUp } from '../../src/runbooks/gates.ts'
import { storedPartition, storedStatus, storedTopic } from '../support/stored-status.ts'

const START = Date.parse('2026-01-02T14:00:00.000Z')

/** A look so many seconds after the first one. */
function look(second: number, end: number, copied: number, heartbeats = 0): StoredStatus {
  const beats = storedTopic(HEARTBEAT_TOPIC, [storedPartition(0, 'caught-up', heartbeats, heartbeats)])
  return storedStatus({
    at: new Date(START + second * 1_000).toISOString(),
    topics: [storedTopic('orders', [storedPartition(0, 'copying', end, copied)]), ...(heartbeats > 0 ? [beats] : [])],
  })
}

/** What a gate lacks at the last of these looks. */
function lacking(gate: Gate, looks: readonly StoredStatus[]): string | undefined {
  return looks.map((now, i) => gate.lacking(now, looks[i - 1])).at(-1)
}

test.each<[string, StoredStatus[], string | undefined]>([
  ['nothing is left', [look(0, 100, 100)], undefined],
  ['more than may be left', [look(0, 100, 100), look(5, 200, 189)], 'lag 11'],
  ['few are left, for how long is not known', [look(0, 100, 95)], 'how long a record takes is not known yet'],
  ['few are left, for a moment', [look(0, 100, 100), look(30, 105, 100)], undefined],
  ['few are left, for too long', [look(0, 100, 100), look(31, 105, 100)], 'a record may wait for 31 s already'],
])('drained: %s', (_, looks, expected) => {
  expect(lacking(drained('drain', { maxMessageLag: 10, maxLatencySeconds: 30 }), looks)).toBe(expected)
})

test.each<[string, StoredStatus[], string | undefined]>([
  ['much comes, and crosses in time', [look(0, 9_000, 100), look(30, 20_000, 9_000)], undefined],
  ['it has hours to copy', [look(0, 9_000, 100), look(31, 9_000, 200)], 'how long a record takes is not known yet'],
  ['it stands still', [look(0, 100, 100), look(31, 9_000, 100)], 'a record may wait for 31 s already'],
])('keeps up: %s', (_, looks, expected) => {
  expect(lacking(keepsUp({ maxLatencySeconds: 30 }), looks)).toBe(expected)
})

test('heartbeats are no application that still writes', () => {
  const gate = endsStandStill('producers are stopped', 'east')
  expect(lacking(gate, [look(0, 100, 100, 1), look(5, 100, 100, 2)])).toBeUndefined()
  expect(lacking(gate, [look(0, 100, 100, 1), look(5, 101, 100, 1)])).toBe('orders p0 has moved')
})
