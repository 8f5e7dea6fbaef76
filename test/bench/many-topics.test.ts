import { expect, test } from 'vitest'
import {
  describeManyTopics,
  type ManyTopicsResult,
  measureManyTopics,
  unmetTargets,
} from '../../src/bench/many-topics.ts'
import { parseOptions } from '../../src/bench/options.ts'
import { systemClock } from '../../src/clock.ts'
import { isThorough } from '../support/thorough.js'

const GOOD: ManyTopicsResult = {
  topics: 2_000,
  partitions: 10_000,
  startSeconds: 60,
  startCpuSeconds: 9,
  idleCpuPercent: { ours: 5, source: 20, target: 10 },
  residentMegabytes: 300,
  peakMegabytes: 400,
  latency: { p50Ms: 5, maxMs: 20 },
}

test('it is asked for by name', () => {
  expect(parseOptions([])?.manyTopics).toBe(false)
  expect(parseOptions(['--many-topics'])?.manyTopics).toBe(true)
})

test.each<[string, Partial<ManyTopicsResult>, string[]]>([
  ['all reached', {}, []],
  ['late', { startSeconds: 60.1 }, ['start']],
  ['busy', { idleCpuPercent: { ...GOOD.idleCpuPercent, ours: 5.1 } }, ['idle CPU']],
  ['big', { residentMegabytes: 301 }, ['memory']],
  ['what could not be measured is not reached', { residentMegabytes: null }, ['memory']],
])('targets: %s', (_name, changes, unmet) => {
  const result = { ...GOOD, ...changes }
  expect(unmetTargets(result)).toEqual(unmet)
  expect(describeManyTopics(result).match(/NOT reached/g) ?? []).toHaveLength(unmet.length)
})

// Ours is the built command line, so this test needs `npm run build`, as `npm test` does it.
test.skipIf(!isThorough)('in small: all topics arrive, and a record to one of them', { timeout: 180_000 }, async () => {
  const small = { topics: 30, partitionsPerTopic: 3, idleSeconds: 1, latencySeconds: 1 }
  const result = await measureManyTopics(small, systemClock, () => {})
  expect(result).toMatchObject({ topics: 30, partitions: 90 })
  expect(result.latency.p50Ms).toBeGreaterThan(0)
})
