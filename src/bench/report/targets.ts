import type { Codec } from '../contestants/contestant.js'
import { figure } from './figures.js'
import { ratio, type Summary } from './summary.js'

/** What the project promises, as measured; `reached` is undefined when something for it was not measured. */
export interface Target {
  codec: Codec
  promise: string
  measured: string
  reached: boolean | undefined
}

const MEMORY_MB_MAX = 200

/** Judges the summaries of each codec against the promises (issue 3, "What it must reach"). */
export function judgeTargets(summaries: readonly Summary[]): Target[] {
  const codecs = [...new Set(summaries.map(({ codec }) => codec))]
  return codecs.flatMap(codec =>
    judge(
      codec,
      summaries.filter(one => one.codec === codec),
    ),
  )
}

function judge(codec: Codec, summaries: readonly Summary[]): Target[] {
  const find = (name: string) => summaries.find(({ contestant }) => contestant === name)
  const [ours, defaults, tuned, relay] = [find('ours'), find('mm2-defaults'), find('mm2-tuned'), find('tcp-relay')]
  const best = (figureOf: (one: Summary) => number | null) => {
    const known = [defaults, tuned].flatMap(one => (one ? (figureOf(one) ?? []) : []))
    return known.length === 0 ? null : Math.min(...known)
  }
  const atMost = (promise: string, measured: number | null, limit: number, unit: string): Target => {
    const reached = measured === null ? undefined : measured <= limit
    return { codec, promise, measured: `${figure(measured)}${unit}`, reached }
  }
  const atLeast = (promise: string, measured: number | null, limit: number): Target => {
    return {
      codec,
      promise,
      measured: `${figure(measured)} ×`,
      reached: measured === null ? undefined : measured >= limit,
    }
  }
  const cpu = ours?.cpuSecondsPerGb
  const memory = ours?.peakMegabytes
  const speed = ours?.megabytesPerSecond
  return [
    atLeast(
      'CPU per GB: 10 × less than the best MirrorMaker 2',
      ratio(
        best(one => one.cpuSecondsPerGb),
        cpu,
      ),
      10,
    ),
    atLeast(
      'memory: 10 × less than the best MirrorMaker 2',
      ratio(
        best(one => one.peakMegabytes),
        memory,
      ),
      10,
    ),
    atMost(`memory: at most ${MEMORY_MB_MAX} MB`, memory ?? null, MEMORY_MB_MAX, ' MB'),
    atLeast('throughput: 5 × MirrorMaker 2 with defaults', ratio(speed, defaults?.megabytesPerSecond), 5),
    atLeast('throughput: 3 × MirrorMaker 2 tuned', ratio(speed, tuned?.megabytesPerSecond), 3),
    atMost(
      'p99 latency: no worse than the best MirrorMaker 2',
      ratio(
        ours?.p99Ms,
        best(one => one.p99Ms),
      ),
      1,
      ' ×',
    ),
    atMost('CPU per GB: at most 2 × the bare relay', ratio(cpu, relay?.cpuSecondsPerGb), 2, ' ×'),
  ]
}

export function describeTarget({ promise, measured, reached }: Target): string {
  const verdict = reached === undefined ? 'not measured' : reached ? 'reached' : 'NOT reached'
  return `${verdict.padEnd(12)}  ${promise} (measured: ${measured})`
}
