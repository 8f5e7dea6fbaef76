import type { StoredStatus } from '../replication/stored-status.js'
import type { GateRows, RunbookContext } from './context.js'
import { PASSED, type StepOutcome } from './step.js'

/** What a gate waits for. */
export interface Gate {
  title: string
  /** In words: `message lag 0`. */
  threshold: string
  /** What one looks at meanwhile. */
  shows: GateRows
  /** Why a look at the replicator does not do; undefined where it does. What is not known never does. */
  lacking(status: StoredStatus): string | undefined
}

/**
 * Looks until the gate holds in so many looks in a row, or the time is over: lag that touches 0 once and grows again is
 * not drained.
 */
export async function waitForGate(gate: Gate, context: RunbookContext): Promise<StepOutcome> {
  const { clock, settings, stop } = context
  const { samples, intervalMs, timeoutMs } = settings
  const deadline = clock.monotonic() + timeoutMs
  for (let sample = 1, good = 0; ; sample++) {
    const status = await context.status()
    if (stop.aborted) return { kind: 'interrupted' }
    const lacking = gate.lacking(status)
    good = lacking === undefined ? good + 1 : 0
    const { title, threshold, shows } = gate
    context.show({ title, threshold, shows, sample, good, samples, status, lacking })
    if (good >= samples) return PASSED
    const left = deadline - clock.monotonic()
    if (left <= 0) {
      const reason = `${gate.title}: not so within ${timeoutMs / 1000} s${lacking === undefined ? '' : `: ${lacking}`}`
      return { kind: 'timed-out', reason, fix: 'See what holds it up, then resume.' }
    }
    await clock.sleep(Math.min(intervalMs, left), stop)
    if (stop.aborted) return { kind: 'interrupted' }
  }
}
