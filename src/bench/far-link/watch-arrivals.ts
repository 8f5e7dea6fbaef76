import type { Clock } from '../../clock.js'
import type { Running } from '../contestants/contestant.js'

interface Sample {
  atMs: number
  records: number
}

/** From the first records seen on the target to the last look. */
export interface Arrivals {
  first: Sample
  last: Sample
  isComplete: boolean
}

const SAMPLE_INTERVAL_MS = 50
/** A Connect worker asks its far target for much before it copies. */
const FIRST_RECORD_TIMEOUT_MS = 180_000
/** Who has not come to the end by then is judged by what has arrived. */
const WATCH_MS = 60_000

/** @throws Error when the contestant ends, or brings nothing at all. */
export async function watchArrivals(running: Running, records: number, clock: Clock): Promise<Arrivals> {
  const startedAt = clock.monotonic()
  let first: Sample | undefined
  for (;;) {
    const now = { records: await running.recordsOnTarget(), atMs: clock.monotonic() }
    if (now.records > 0) first ??= now
    const isComplete = now.records >= records
    if (first && (isComplete || now.atMs - first.atMs >= WATCH_MS)) return { first, last: now, isComplete }
    const reason = await running.endedBecause()
    if (reason !== undefined) throw new Error(reason)
    if (!first && now.atMs - startedAt > FIRST_RECORD_TIMEOUT_MS) {
      throw new Error(`no record arrived within ${FIRST_RECORD_TIMEOUT_MS / 1000} s`)
    }
    await clock.sleep(SAMPLE_INTERVAL_MS)
  }
}

/** What was there at the first look took an unknown time and is left out, as in the drain of the main benchmark. */
export function arrivalRate({ first, last }: Arrivals): { recordsPerSecond: number; seconds: number } | undefined {
  const seconds = (last.atMs - first.atMs) / 1000
  return seconds > 0 ? { recordsPerSecond: (last.records - first.records) / seconds, seconds } : undefined
}
