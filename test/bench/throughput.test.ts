import { expect, test } from 'vitest'
import type { Backlog, Running } from '../../src/bench/contestants/contestant.ts'
import { drainRates, type Sample, watchDrain } from '../../src/bench/measure/throughput.ts'
import type { Clock } from '../../src/clock.ts'

const BACKLOG: Backlog = { topic: 'bench', partitions: 4, records: 1000, recordBytes: 1000, wireBytes: 1_000_000 }

test('what had arrived before the first look counts neither as time nor as bytes', () => {
  const { whole } = drainRates([sample(5000, 200_000, 10), sample(7000, 1_200_000, 14)], 1000)
  expect(whole.seconds).toBe(2)
  expect(whole.recordsPerSecond).toBe(500_000)
  expect(whole.megabytesPerSecond).toBe(500)
  expect(whole.cpuSecondsPerGb).toEqual({ contestant: 4, source: 2, target: null })
})

test('the second half begins where half of the counted records were there', () => {
  const samples = [sample(0, 0, 0), sample(4000, 500_000, 9), sample(5000, 1_000_000, 10)]
  const { whole, secondHalf } = drainRates(samples, 1000)
  expect(whole.cpuSecondsPerGb.contestant).toBe(10)
  expect(secondHalf.cpuSecondsPerGb.contestant).toBe(2)
  expect(secondHalf.megabytesPerSecond).toBe(500)
})

test('a backlog that had arrived at the first look gives no rate', () => {
  expect(() => drainRates([sample(0, 1000, 1)], 1000)).toThrow('use a larger --size')
})

test('samples are taken from the first records until all are there', async () => {
  const counts = [0, 0, 100, 100, 600, 1000]
  const samples = await watchDrain(runningWith(counts), BACKLOG, new StepClock())
  expect(samples.map(({ records }) => records)).toEqual([100, 600, 1000])
})

test('a contestant that ends by itself ends the watch with its last words', async () => {
  const ended = { ...runningWith([0, 0]), endedBecause: async () => 'out of memory' }
  await expect(watchDrain(ended, BACKLOG, new StepClock())).rejects.toThrow('out of memory')
})

test('a contestant that brings nothing more is given up', async () => {
  await expect(watchDrain(runningWith([10, 10]), BACKLOG, new StepClock())).rejects.toThrow(
    '10 of 1000 records arrived, then none for 60 s',
  )
})

function sample(atMs: number, records: number, contestant: number): Sample {
  return { atMs, records, cpu: { contestant, source: contestant / 2, target: undefined } }
}

/** Answers the counts one after the other, and the last one for ever. */
function runningWith(counts: number[]): Running {
  return {
    pid: process.pid,
    neighbours: { source: process.pid, target: process.pid },
    recordsOnTarget: async () => (counts.length > 1 ? counts.shift()! : counts[0]!),
    endedBecause: async () => undefined,
    stop: async () => {},
  }
}

/** Sleeping takes no time but moves the clock. */
class StepClock implements Clock {
  private nowMs = 0
  now = () => this.nowMs
  monotonic = () => this.nowMs
  sleep = async (ms: number) => {
    this.nowMs += ms
  }
}
