import { beforeEach, expect, test } from 'vitest'
import { ClusterHealth } from '../../src/clusters/cluster-health.js'
import { FakeClock } from '../progress/fake-cluster.js'

let clock: FakeClock
let health: ClusterHealth
beforeEach(() => {
  clock = new FakeClock()
  health = new ClusterHealth(clock)
})

test('before its first answer nothing is known of a cluster', () => {
  health.throttled(5)
  expect([health.isAnswering, health.throttleMsMax]).toEqual([null, null])
})

test('it answers until 45 s have passed without an answer, and again with the next', () => {
  health.answered()
  clock.time += 45_000
  expect([health.isAnswering, health.throttleMsMax]).toEqual([true, 0])
  clock.time += 1
  expect([health.isAnswering, health.throttleMsMax]).toEqual([false, null])
  health.answered()
  expect(health.isAnswering).toBe(true)
})

test('the longest throttling is told for 50 s at least and a minute at most', () => {
  const longestAfter = (ms: number) => {
    clock.time += ms
    health.answered()
    return health.throttleMsMax
  }
  for (const ms of [30, 800, 20]) health.throttled(ms)
  expect(longestAfter(0)).toBe(800)
  expect(longestAfter(25_000)).toBe(800)
  health.throttled(70)
  expect(longestAfter(25_000)).toBe(800)
  expect(longestAfter(10_000)).toBe(70)
  expect(longestAfter(60_000)).toBe(0)
  // The place of an old part is taken over, not added to.
  health.throttled(3)
  expect(longestAfter(0)).toBe(3)
})
