import { expect, test } from 'vitest'
import { figure } from '../../src/bench/report/figures.ts'
import { median, ratio, type Summary, summarize } from '../../src/bench/report/summary.ts'
import { cpuGrid, renderMarkdown, renderTerminal, resultGrid } from '../../src/bench/report/table.ts'
import { judgeTargets } from '../../src/bench/report/targets.ts'
import type { RunResult } from '../../src/bench/run-contestant.ts'

const OURS = summary({
  contestant: 'ours',
  megabytesPerSecond: 300,
  cpuSecondsPerGb: 1.2,
  peakMegabytes: 140,
  p99Ms: 5,
})
const DEFAULTS = summary({
  contestant: 'mm2-defaults',
  megabytesPerSecond: 50,
  cpuSecondsPerGb: 20,
  peakMegabytes: 1400,
  p99Ms: 9,
})
const TUNED = summary({
  contestant: 'mm2-tuned',
  megabytesPerSecond: 120,
  cpuSecondsPerGb: 12,
  peakMegabytes: 1800,
  p99Ms: 14,
})
const RELAY = summary({ contestant: 'tcp-relay', megabytesPerSecond: 1500, cpuSecondsPerGb: 0.8 })

test('rounds are summed up by their median, and a run without figures does not count as zero', () => {
  const [only] = summarize([run(100), run(undefined), run(300), run(120)])
  expect(only?.megabytesPerSecond).toBe(120)
  expect(only?.problems).toEqual(['it ended'])
})

test('the median of an even number lies between the middle two', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(median([null, undefined])).toBeNull()
})

test('a ratio to something unknown is unknown', () => {
  expect(ratio(6, 3)).toBe(2)
  expect(ratio(6, null)).toBeNull()
  expect(ratio(undefined, 3)).toBeNull()
})

test('figures have three digits or so', () => {
  expect([0.854, 9.999, 12.34, 99.96, 12345, null].map(figure)).toEqual(['0.85', '10.0', '12.3', '100', '12,345', '–'])
})

test('the table says how much better ours is', () => {
  const { rows } = resultGrid([OURS, TUNED])
  expect(rows[1]?.slice(-3)).toEqual(['2.50 ×', '10.0 ×', '12.9 ×'])
})

test('both tables render for the terminal and as Markdown', () => {
  const grid = cpuGrid([OURS])
  expect(renderTerminal(grid)).toContain('source broker')
  expect(renderMarkdown(grid).split('\n')).toEqual([
    '| CPU s/GB | codec | contestant | source broker | target broker | its 2nd half | MB/s 2nd half |',
    '| --- | --- | --: | --: | --: | --: | --: |',
    '| ours | uncompressed | 1.20 | – | – | – | – |',
  ])
})

test('promises are judged against the better of the two MirrorMaker settings', () => {
  const verdicts = judgeTargets([OURS, DEFAULTS, TUNED, RELAY])
  expect(verdicts.map(({ measured, reached }) => [measured, reached])).toEqual([
    ['10.0 ×', true],
    ['10.0 ×', true],
    ['140 MB', true],
    ['6.00 ×', true],
    ['2.50 ×', false],
    ['0.56 ×', true],
    ['1.50 ×', true],
  ])
})

test('what was not measured is neither reached nor missed', () => {
  expect(judgeTargets([OURS]).map(({ reached }) => reached)).toEqual([
    undefined,
    undefined,
    true,
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

function summary(known: Partial<Summary>): Summary {
  return {
    contestant: 'ours',
    codec: 'none',
    megabytesPerSecond: null,
    recordsPerSecond: null,
    cpuSecondsPerGb: null,
    sourceCpuSecondsPerGb: null,
    targetCpuSecondsPerGb: null,
    warmCpuSecondsPerGb: null,
    warmMegabytesPerSecond: null,
    peakMegabytes: null,
    p50Ms: null,
    p99Ms: null,
    duplicates: 0,
    problems: [],
    ...known,
  }
}

function run(megabytesPerSecond: number | undefined): RunResult {
  const base = { contestant: 'ours', codec: 'none' as const, round: 1, duplicates: 0 }
  if (megabytesPerSecond === undefined) return { ...base, problems: ['it ended'] }
  const cpuSecondsPerGb = { contestant: 1, source: 2, target: 3 }
  const rates = { seconds: 1, megabytesPerSecond, recordsPerSecond: megabytesPerSecond * 1000, cpuSecondsPerGb }
  return { ...base, rates: { whole: rates, secondHalf: rates }, problems: [] }
}
