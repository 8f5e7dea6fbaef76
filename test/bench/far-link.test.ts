import { expect, test } from 'vitest'
import type { Running } from '../../src/bench/contestants/contestant.ts'
import type { FarRun } from '../../src/bench/far-link/far-link.ts'
import { farLinkReport, renderFarLink } from '../../src/bench/far-link/far-link-report.ts'
import { arrivalRate, watchArrivals } from '../../src/bench/far-link/watch-arrivals.ts'
import { parseOptions } from '../../src/bench/options.ts'
import type { Clock } from '../../src/clock.ts'

const options = parseOptions(['--far-link'])!

test('the option is there, and off by default', () => {
  expect(options.farLink).toBe(true)
  expect(parseOptions([])?.farLink).toBe(false)
})

test('arrivals are watched from the first one to the end', async () => {
  const { running, clock } = arriving([0, 0, 100, 400, 1_000])
  const arrivals = await watchArrivals(running, 1_000, clock)
  expect(arrivals).toEqual({
    first: { records: 100, atMs: 100 },
    last: { records: 1_000, atMs: 200 },
    isComplete: true,
  })
  expect(arrivalRate(arrivals)).toEqual({ recordsPerSecond: 9_000, seconds: 0.1 })
})

test('who is slow is judged after a minute by what has arrived', async () => {
  const { running, clock } = arriving([1], n => n)
  const { first, last, isComplete } = await watchArrivals(running, 1_000_000, clock)
  expect({ ms: last.atMs - first.atMs, isComplete }).toEqual({ ms: 60_000, isComplete: false })
})

test('who brings nothing, or ends, is told so', async () => {
  const silent = arriving([], () => 0)
  await expect(watchArrivals(silent.running, 10, silent.clock)).rejects.toThrow('no record arrived within 180 s')
  const ending = arriving([], () => 0)
  ending.running.endedBecause = async () => 'out of memory'
  await expect(watchArrivals(ending.running, 10, ending.clock)).rejects.toThrow('out of memory')
})

test('the report compares the rates and judges the target', () => {
  const text = renderFarLink(farLinkReport([run('ours', 30_000, true), run('mm2-defaults', 500)], options, 0), true)
  expect(text).toMatch(/\| ours \| 1000 \| 10\.0 \| 30,000 \| 30\.7 \| 100 \| yes \| 1\.00 × \|/)
  expect(text).toMatch(/\| mm2-defaults .* \| not all \| 60\.0 × \|/)
  expect(text).toMatch(
    /reached +one-record batches over 100 ms: 50 × MirrorMaker 2 with defaults \(measured: 60\.0 ×\)/,
  )
})

test('a target that could not be measured is neither reached nor missed', () => {
  expect(farLinkReport([run('ours', 30_000, true)], options, 0).target.reached).toBeUndefined()
})

function run(contestant: string, recordsPerSecond: number, isEqual?: boolean): FarRun {
  return {
    contestant,
    settings: 'as it comes',
    recordsArrived: 1_000,
    recordsPerSecond,
    seconds: 10,
    isEqual,
    peakMegabytes: 100,
    bytesOverLink: 1,
    problems: [],
  }
}

/** Says these counts one after the other, then what `later` makes of the number of the look. */
function arriving(counts: number[], later = (_look: number) => counts.at(-1) ?? 0): { running: Running; clock: Clock } {
  let [look, now] = [0, 0]
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: async ms => {
      now += ms
    },
  }
  const running: Running = {
    pid: 0,
    neighbours: { source: 0, target: 0 },
    recordsOnTarget: async () => counts[look++] ?? later(look),
    endedBecause: async () => undefined,
    stop: async () => {},
  }
  return { running, clock }
}
