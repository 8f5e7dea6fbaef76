import type { RunResult } from '../run-contestant.js'
import { figure } from './figures.js'

/** One line about a run, while the others are still to come. */
export function describeRun(run: RunResult): string {
  const { rates, latency, peakMegabytes, duplicates, problems } = run
  const parts: string[] = []
  if (run.startUpSeconds !== undefined) parts.push(`first records after ${figure(run.startUpSeconds)} s`)
  if (rates) {
    const { megabytesPerSecond, cpuSecondsPerGb } = rates.whole
    parts.push(`${figure(megabytesPerSecond)} MB/s`, `${figure(cpuSecondsPerGb.contestant)} CPU s/GB`)
  }
  if (peakMegabytes !== undefined) parts.push(`${figure(peakMegabytes)} MB`)
  if (latency) parts.push(`p50 ${figure(latency.p50Ms)} ms`, `p99 ${figure(latency.p99Ms)} ms`)
  if (run.stopSeconds !== undefined) parts.push(`stopped in ${figure(run.stopSeconds)} s`)
  if (duplicates > 0) parts.push(`${duplicates} duplicates`)
  return [...parts, ...problems.map(problem => `PROBLEM: ${problem}`)].join(', ')
}
