import type { StoredStatus } from '../replication/stored-status.js'
import { plainLine } from '../ui/plain-text.js'
import type { StatusReading } from './engine.js'
import { type Shell, wantsUnicode } from './shell.js'
import { missingFor, type WaitGoal } from './wait-goals.js'

export interface WaitOptions {
  goal: WaitGoal
  /** Source offsets that may be still to copy, for `caught-up`. */
  maxLag: number
  /** So many looks one after the other must find it so. */
  samples: number
  intervalMs: number
  /** The look that is under way then still counts; it takes 15 s at most. */
  timeoutMs: number
}

export interface WaitResult {
  outcome: 'reached' | 'timed-out' | 'interrupted'
  /** As they were last seen; empty when it was interrupted before. */
  statuses: StoredStatus[]
  /** What was lacking then, in one line; empty where nothing was. */
  missing: string
  /** Looks in a row that found it so. */
  good: number
}

/**
 * Looks at all replicators again and again until all are so, the time is over or a signal comes. What changes is told on
 * standard error, a line each time.
 */
export async function waitUntil(
  readings: readonly StatusReading[],
  options: WaitOptions,
  shell: Shell,
): Promise<WaitResult> {
  const { clock, stderr } = shell
  const stop = new AbortController()
  const stopped = new Promise<undefined>(resolve => stop.signal.addEventListener('abort', () => resolve(undefined)))
  const forgetSignals = shell.onStopSignal(() => stop.abort())
  const deadline = clock.monotonic() + options.timeoutMs
  const seen: Omit<WaitResult, 'outcome'> = { statuses: [], missing: '', good: 0 }
  let told = ''
  try {
    for (;;) {
      const statuses = await Promise.race([Promise.all(readings.map(reading => reading.read())), stopped])
      if (statuses === undefined) return { outcome: 'interrupted', ...seen }
      seen.statuses = statuses
      seen.missing = missingOf(statuses, options, wantsUnicode(shell.env))
      seen.good = seen.missing === '' ? seen.good + 1 : 0
      if (seen.good >= options.samples) return { outcome: 'reached', ...seen }
      const line = `waiting: ${seen.missing || options.goal}, sample ${seen.good} of ${options.samples}\n`
      if (line !== told) stderr.write(line)
      told = line
      const left = deadline - clock.monotonic()
      if (left <= 0) return { outcome: 'timed-out', ...seen }
      await clock.sleep(Math.min(options.intervalMs, left), stop.signal)
      if (stop.signal.aborted) return { outcome: 'interrupted', ...seen }
    }
  } finally {
    forgetSignals()
  }
}

/** Of several replicators, which lacks what. */
function missingOf(statuses: readonly StoredStatus[], { goal, maxLag }: WaitOptions, unicode: boolean): string {
  const texts = statuses.flatMap(status => {
    const missing = missingFor(goal, status, { maxLag, unicode })
    if (missing.length === 0) return []
    const name = statuses.length === 1 ? '' : `${plainLine(status.replicatorName)}: `
    return [`${name}${missing.join(', ')}`]
  })
  return texts.join('; ')
}
