import type { Codec } from '../contestants/contestant.js'
import type { RunResult } from '../run-contestant.js'

/** The medians over all rounds of one contestant and codec; null is "not measured", never zero. */
export interface Summary {
  contestant: string
  codec: Codec
  megabytesPerSecond: number | null
  recordsPerSecond: number | null
  cpuSecondsPerGb: number | null
  sourceCpuSecondsPerGb: number | null
  targetCpuSecondsPerGb: number | null
  /** CPU and throughput of the later half of the records alone. */
  warmCpuSecondsPerGb: number | null
  warmMegabytesPerSecond: number | null
  peakMegabytes: number | null
  p50Ms: number | null
  p99Ms: number | null
  duplicates: number
  problems: string[]
}

export function summarize(runs: readonly RunResult[]): Summary[] {
  const groups = new Map<string, RunResult[]>()
  for (const run of runs) {
    const key = `${run.codec}/${run.contestant}`
    groups.set(key, [...(groups.get(key) ?? []), run])
  }
  return [...groups.values()].map(summarizeGroup)
}

function summarizeGroup(runs: RunResult[]): Summary {
  const { contestant, codec } = runs[0]!
  const of = (figure: (run: RunResult) => number | null | undefined) => median(runs.map(figure))
  return {
    contestant,
    codec,
    megabytesPerSecond: of(({ rates }) => rates?.whole.megabytesPerSecond),
    recordsPerSecond: of(({ rates }) => rates?.whole.recordsPerSecond),
    cpuSecondsPerGb: of(({ rates }) => rates?.whole.cpuSecondsPerGb.contestant),
    sourceCpuSecondsPerGb: of(({ rates }) => rates?.whole.cpuSecondsPerGb.source),
    targetCpuSecondsPerGb: of(({ rates }) => rates?.whole.cpuSecondsPerGb.target),
    warmCpuSecondsPerGb: of(({ rates }) => rates?.secondHalf.cpuSecondsPerGb.contestant),
    warmMegabytesPerSecond: of(({ rates }) => rates?.secondHalf.megabytesPerSecond),
    peakMegabytes: of(({ peakMegabytes }) => peakMegabytes),
    p50Ms: of(({ latency }) => latency?.p50Ms),
    p99Ms: of(({ latency }) => latency?.p99Ms),
    duplicates: Math.max(...runs.map(({ duplicates }) => duplicates)),
    problems: runs.flatMap(({ problems }) => problems),
  }
}

/** Of those that are known; null when none is. */
export function median(values: readonly (number | null | undefined)[]): number | null {
  const known = values.filter(value => value !== null && value !== undefined).sort((a, b) => a - b)
  const middle = known.length / 2
  if (known.length === 0) return null
  return known.length % 2 === 1 ? known[Math.floor(middle)]! : (known[middle - 1]! + known[middle]!) / 2
}

/** `dividend` ÷ `divisor`; null when one is not known. */
export function ratio(dividend: number | null | undefined, divisor: number | null | undefined): number | null {
  if (dividend === null || dividend === undefined || divisor === null || divisor === undefined) return null
  return divisor === 0 ? null : dividend / divisor
}
