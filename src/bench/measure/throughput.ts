import type { Clock } from '../../clock.js'
import type { Backlog, Running } from '../contestants/contestant.js'
import { cpuSeconds } from './process-usage.js'

/** CPU seconds used so far; undefined where the platform does not tell. */
export interface Usage {
  contestant: number | undefined
  source: number | undefined
  target: number | undefined
}

export interface Sample {
  atMs: number
  records: number
  cpu: Usage
}

/** Rates over a part of the drain. MB and GB are 10^6 and 10^9 bytes of record values, before compression. */
export interface Throughput {
  seconds: number
  megabytesPerSecond: number
  recordsPerSecond: number
  /** Null where the platform does not tell. */
  cpuSecondsPerGb: { contestant: number | null; source: number | null; target: number | null }
}

export interface DrainRates {
  /** From the first records seen on the target to the last. */
  whole: Throughput
  /** The later half of the records alone: what remains when JIT compilers have warmed up. */
  secondHalf: Throughput
}

/** Short against the drain, long against what a question costs. */
const SAMPLE_INTERVAL_MS = 50
/** A JVM with a Connect worker takes 10-20 s to its first record on two busy cores. */
const FIRST_RECORD_TIMEOUT_MS = 120_000
/** A contestant that brings nothing for so long is stuck. */
const STALL_TIMEOUT_MS = 60_000

/**
 * Watches records arrive until all are there. The first sample is taken when the first records are seen, so start-up
 * is not counted.
 * @throws Error when the contestant ends or stalls before.
 */
export async function watchDrain(running: Running, backlog: Backlog, clock: Clock): Promise<Sample[]> {
  const samples: Sample[] = []
  let lastProgressAt = clock.monotonic()
  for (;;) {
    const records = await running.recordsOnTarget()
    const before = samples.at(-1)?.records ?? 0
    const now = clock.monotonic()
    if (records > before) {
      samples.push({ atMs: now, records, cpu: usageOf(running) })
      lastProgressAt = now
    }
    if (records >= backlog.records) return samples
    const reason = await running.endedBecause()
    if (reason !== undefined) throw new Error(reason)
    const patience = samples.length === 0 ? FIRST_RECORD_TIMEOUT_MS : STALL_TIMEOUT_MS
    if (now - lastProgressAt > patience) {
      throw new Error(`${records} of ${backlog.records} records arrived, then none for ${patience / 1000} s`)
    }
    await clock.sleep(SAMPLE_INTERVAL_MS)
  }
}

/** What was there at the first sample took an unknown time to arrive; it is left out of both time and bytes. */
export function drainRates(samples: readonly Sample[], recordBytes: number): DrainRates {
  const [first, last] = [samples[0], samples.at(-1)]
  if (first === undefined || last === undefined || first === last) {
    throw new Error('the backlog is too small: all of it had arrived at the first look; use a larger --size')
  }
  const half = (first.records + last.records) / 2
  const middle = samples.findLast(({ records }) => records <= half) ?? first
  return { whole: ratesBetween(first, last, recordBytes), secondHalf: ratesBetween(middle, last, recordBytes) }
}

function ratesBetween(from: Sample, to: Sample, recordBytes: number): Throughput {
  const seconds = (to.atMs - from.atMs) / 1000
  const records = to.records - from.records
  const gigabytes = (records * recordBytes) / 1e9
  const perGb = (who: keyof Usage) => {
    const [start, end] = [from.cpu[who], to.cpu[who]]
    return start === undefined || end === undefined ? null : (end - start) / gigabytes
  }
  return {
    seconds,
    megabytesPerSecond: (gigabytes * 1000) / seconds,
    recordsPerSecond: records / seconds,
    cpuSecondsPerGb: { contestant: perGb('contestant'), source: perGb('source'), target: perGb('target') },
  }
}

function usageOf({ pid, neighbours }: Running): Usage {
  return { contestant: cpuSeconds(pid), source: cpuSeconds(neighbours.source), target: cpuSeconds(neighbours.target) }
}
