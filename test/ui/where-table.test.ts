import { expect, test } from 'vitest'
import { whereTable } from '../../src/ui/where-table.ts'

const LOOK = { width: undefined, height: undefined, color: false, unicode: true }
const CLUSTERS = ['east', 'west'] as const

test('each group, the clusters it runs on, and its lag on both; what is not known is ?', () => {
  const rows = [
    { group: 'billing', runsOn: ['east'], lags: [12, 1_400] as const },
    { group: 'none', runsOn: null, lags: [null, 0] as const },
    { group: 'twice', runsOn: ['east', 'west'], lags: [0, 0] as const },
    { group: 'idle\u001b[2J', runsOn: [], lags: [0, 0] as const },
  ]
  expect(whereTable(rows, CLUSTERS, LOOK)).toEqual([
    'GROUP    RUNS-ON        LAG east  LAG west',
    'billing  east                 12     1,400',
    'none     ?                     ?         0',
    'twice    east and west         0         0',
    'idle[2J  -                     0         0',
  ])
})

test('a narrow screen shortens names; without groups it says so', () => {
  const rows = [{ group: 'the-group-with-the-long-name', runsOn: ['east'], lags: [0, 0] as const }]
  const lines = whereTable(rows, CLUSTERS, { ...LOOK, width: 45 })
  expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(45)
  expect(lines[1]).toMatch(/^the-.*…/)
  expect(whereTable([], CLUSTERS, LOOK)).toEqual(['no consumer group has offsets of a copied topic'])
})
