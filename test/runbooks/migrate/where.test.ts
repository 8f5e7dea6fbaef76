import { expect, test } from 'vitest'
import { whereProducersAre, whereRows } from '../../../src/runbooks/migrate/where.ts'
import type { RunbookRun } from '../../../src/runbooks/runbook-folder.ts'
import { group, groupPartition, groupTopic, storedGroups } from '../../support/stored-groups.ts'
import { storedStatus } from '../../support/stored-status.ts'

const EAST = { alias: 'east', problem: null }
const WEST = { alias: 'west', problem: null }
const orders = [groupTopic('orders', [groupPartition(0, { sourceLag: 12, targetLag: 1_400 })])]
const unknown = [groupTopic('orders', [groupPartition(0, { sourceLag: null })])]

test('each group once: where it has members, and its lag on either side', () => {
  const there = [
    group('moved', orders, { targetState: 'Stable' }),
    group('billing', orders, { sourceState: 'Stable' }),
    group('twice', orders, { sourceState: 'Stable', targetState: 'Stable' }),
    group('none', unknown, { sourceState: null, targetState: null }),
    group('idle', orders),
  ]
  const back = [group('moved', orders), group('born-there', orders, { sourceState: 'Stable' })]
  const rows = whereRows(
    storedStatus({ source: EAST, target: WEST, groups: storedGroups(there) }),
    storedStatus({ source: WEST, target: EAST, groups: storedGroups(back) }),
  )
  expect(rows).toEqual([
    { group: 'billing', runsOn: ['east'], lags: [12, 1_400] },
    { group: 'born-there', runsOn: ['west'], lags: [1_400, 12] },
    { group: 'idle', runsOn: [], lags: [12, 1_400] },
    { group: 'moved', runsOn: ['west'], lags: [12, 1_400] },
    { group: 'none', runsOn: null, lags: [null, 0] },
    { group: 'twice', runsOn: ['east', 'west'], lags: [12, 1_400] },
  ])
})

const ways = {
  there: { id: 'T', source: EAST, target: WEST },
  back: { id: 'B', source: WEST, target: EAST },
} as unknown as Parameters<typeof whereProducersAre>[0]

function run(id: string, facts: { of?: string; back?: true; group?: string; steps: [string, string][] }): RunbookRun {
  const entries = facts.steps.map(([step, at]) => ({ at, event: 'passed', step, part: 'act' }))
  const flags = facts.group === undefined ? { producers: true, back: facts.back } : { group: facts.group }
  return { id, begun: { runbook: 'migrate', replicatorId: facts.of ?? 'T' }, flags, entries } as unknown as RunbookRun
}

const stop: [string, string] = ['stop-producers', '2026-01-02T14:00:00.000Z']
const start: [string, string] = ['start-producers', '2026-01-02T14:05:00.000Z']
const later: [string, string] = ['start-producers', '2026-01-02T15:00:00.000Z']

test.each<[string, RunbookRun[], string]>([
  ['nobody has moved them', [], 'not known'],
  ['a group has moved', [run('r-1', { group: 'x', steps: [start] })], 'not known'],
  ['they have moved', [run('r-1', { steps: [stop, start] })], 'on west since 2026-01-02T14:05:00.000Z (run r-1)'],
  [
    'there and back',
    [run('r-2', { back: true, steps: [later] }), run('r-1', { steps: [start] })],
    'on east since 2026-01-02T15',
  ],
  ['named in the other order', [run('r-1', { of: 'B', steps: [start] })], 'on east since'],
  ['of other replicators', [run('r-1', { of: 'X', steps: [start] })], 'not known'],
  ['they are stopped', [run('r-1', { steps: [stop] })], 'stopped on east since 2026-01-02T14:00:00.000Z'],
  ['they were to move and nothing was done', [run('r-1', { steps: [] })], 'not known'],
])('producers: %s', (_, runs, expected) => {
  expect(whereProducersAre(ways, runs)).toContain(expected)
})
