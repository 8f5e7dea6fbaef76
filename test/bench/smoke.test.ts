import { expect, test } from 'vitest'
import { runBenchmark } from '../../src/bench/benchmark.ts'
import { parseOptions } from '../../src/bench/options.ts'
import { makeReport, renderReport } from '../../src/bench/report/report.ts'
import { systemClock } from '../../src/clock.ts'

// Our contestant is the built command line, so this test needs `npm run build`, as `npm test` does it.
test('a small benchmark of ours and the relay finishes, checked by the outside client', {
  timeout: 180_000,
}, async () => {
  const options = parseOptions([
    '--size',
    '32MiB',
    '--codecs',
    'none',
    '--only',
    'ours,tcp-relay',
    '--latency-seconds',
    '1',
  ])!
  const results = await runBenchmark(options, systemClock, () => {})
  expect(results.runs.map(({ contestant }) => contestant)).toEqual(['ours', 'tcp-relay'])
  expect(results.runs.flatMap(({ problems }) => problems)).toEqual([])
  const [ours, relay] = results.runs
  expect(ours?.rates?.whole.megabytesPerSecond).toBeGreaterThan(0)
  expect(ours?.latency?.p99Ms).toBeGreaterThan(0)
  expect(ours?.duplicates).toBe(0)
  expect(relay?.rates?.whole.megabytesPerSecond).toBeGreaterThan(0)
  const text = renderReport(makeReport(results, options, 0), false)
  expect(text).toContain('tcp-relay')
  expect(text).toContain('Targets, uncompressed')
})
