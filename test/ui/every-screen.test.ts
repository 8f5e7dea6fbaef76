import { expect, test } from 'vitest'
import type { GateTable } from '../../src/runbooks/context.ts'
import { statusScreen } from '../../src/ui/status-screen.ts'
import { group, groupPartition, groupTopic, storedGroups } from '../support/stored-groups.ts'
import { storedPartition, storedStatus, storedTopic } from '../support/stored-status.ts'
import { drainLook, groupsLook, STEP, screenAfter, statusAt, stillLook } from './gates.ts'

/** What must hold of each table, whatever it shows. */

const UNKNOWN = { targetOffset: null, targetLag: null, exactOffset: null, readAgain: null }
const unknownTopic = [storedTopic('orders', [storedPartition(0, 'unknown', null, null)])]
const unknownGroups = storedGroups([
  group('shop', [groupTopic('orders', [groupPartition(0, { state: 'unknown', sourceLag: null, ...UNKNOWN })])], {
    ...{ sourceState: null, targetState: null },
  }),
])
const silent = { state: 'silent', heartbeatAgeMs: null, controlHeard: false } as const

/** A look of each kind of gate in which nothing is known. */
const UNKNOWN_LOOKS: Record<string, GateTable> = {
  drain: drainLook(1, unknownTopic),
  still: stillLook(1, unknownTopic),
  groups: groupsLook(1, unknownGroups),
  replicator: { ...drainLook(1, []), shows: { kind: 'replicator' }, status: statusAt(1, silent) },
}

const STATUS = { width: 80, height: undefined, color: false, unicode: true, wide: false, isRegistered: true }

test.each(Object.entries(UNKNOWN_LOOKS))(
  '%s: the last lines say what is lacking, what happens next, and how to go on',
  (_, look) => {
    for (const width of [60, 80, 140]) {
      const waits = screenAfter([look], { width })
      expect(waits.split('\n').slice(-3).join(' ')).toMatch(/not ready: .*waits; Ctrl-C stops safely, resume with: /s)
      expect(waits.endsWith(STEP.resumeCommand)).toBe(true)
      const holds = { ...look, lacking: undefined, good: 1 }
      expect(screenAfter([holds], { width })).toMatch(
        /ready 1 of 3 samples\nlooks again; Ctrl-C stops safely, resume with:/,
      )
      const passed = { ...look, lacking: undefined, good: 3 }
      expect(screenAfter([passed], { width }).split('\n').at(-1)).toBe('ready 3 of 3 samples: goes on')
    }
  },
)

test.each([
  ['drain', / \? +\? +\? +\? +\? +UNKNOWN p0/],
  ['still', / \? +\? +UNKNOWN p0/],
  ['groups', / \? +\? +\? +\? +unknown/],
] as const)('%s: what is not known is ?, and the legend says so', (name, row) => {
  const screen = screenAfter([UNKNOWN_LOOKS[name] as GateTable])
  expect(screen).toMatch(row)
  expect(screen.replaceAll('\n', ' ')).toContain('? is unknown')
  expect(screen).not.toMatch(/ ok \d|synced/)
})

test('replicator: one that was never heard of is said to be so, never "0s ago"', () => {
  expect(screenAfter([UNKNOWN_LOOKS.replicator as GateTable])).toContain('\norders-dr has never run\n')
})

test('drain: the ETA follows from the pace at which the lag shrinks; what does not shrink is not draining, without one', () => {
  const looks = [0, 1, 2, 3].map(n =>
    drainLook(n + 1, [
      storedTopic('orders', [storedPartition(0, 'copying', 10_000, 1_000 * n)]),
      storedTopic('refunds', [storedPartition(0, 'copying', 10, 1)]),
    ]),
  )
  const screen = screenAfter(looks)
  expect(screen).toMatch(/\norders .* 7,000 +200\/s +35s +draining\n/)
  expect(screen).toMatch(/\nrefunds .* 9 +0\/s +\? +not draining\n/)
  expect(screen).toContain('; not draining: refunds\n')
})

test('status: what is not known is ?, and the last lines say what to do', () => {
  const screen = statusScreen(storedStatus({ topics: unknownTopic, groups: unknownGroups }), STATUS)
  expect(screen).toMatch(/\norders +1 +\? +\? +\? +unknown/)
  expect(screen).toMatch(/\nshop +orders +\? +\? +\? +\? +unknown/)
  expect(screen).toMatch(/look again\.$/)
  const never = storedStatus({ state: 'never-ran', heartbeatAgeMs: null, instance: null, topics: unknownTopic })
  expect(statusScreen(never, STATUS)).toMatch(/kafka-replicator run --replicator-name orders-dr$/)
})

test.each(['drain', 'still', 'groups'])('%s: clusters are called by their names', name => {
  const screen = screenAfter([UNKNOWN_LOOKS[name] as GateTable])
  expect(screen).toContain('source-1')
  expect(screen).not.toMatch(/the source|the target/)
})
