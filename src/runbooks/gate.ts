import type { StoredStatus } from '../replication/stored-status.js'
import type { GateRows, RunbookContext, RunbookSettings } from './context.js'
import { PASSED, type StepOutcome } from './step.js'

/** What a gate waits for. */
export interface Gate {
  title: string
  /** In words: `message lag 0`. */
  threshold: string
  /** What one looks at meanwhile. */
  shows: GateRows
  /** Whom it looks at; the runbook's own replicator unless it says so. */
  read?: (() => Promise<StoredStatus>) | undefined
  /** So many looks in a row; as many as the operator wants unless it says so. A fact that does not go away again needs one. */
  samples?: number | undefined
  /**
   * Why a look does not do; undefined where it does. What is not known never does. `before` is the look before this one,
   * for what must stand still; undefined at the first.
   */
  lacking(status: StoredStatus, before: StoredStatus | undefined): string | undefined
}

/** Who waits for a fact alone waits for another process, not for applications to calm down: it is there within a second. */
const FACT_INTERVAL_MS = 500

/**
 * Looks until the gate holds in so many looks in a row, or the time is over: lag that touches 0 once and grows again is
 * not drained. Of several gates all must hold in the same look.
 */
export async function waitForGate(gates: Gate | readonly Gate[], context: RunbookContext): Promise<StepOutcome> {
  const { clock, settings, stop } = context
  const all = [gates].flat() as Gate[]
  const { timeoutMs } = settings
  const { samples, intervalMs } = rhythmOf(all, settings)
  const deadline = clock.monotonic() + timeoutMs
  let before: StoredStatus[] = []
  for (let sample = 1, good = 0; ; sample++) {
    const statuses = await Promise.all(all.map(({ read }) => (read ?? context.status)()))
    if (stop.aborted) return { kind: 'interrupted' }
    const looks = all.map((gate, i) => lookAt(gate, statuses[i] as StoredStatus, before[i]))
    const bad = looks.find(({ lacking }) => lacking !== undefined)
    good = bad === undefined ? good + 1 : 0
    for (const look of looks) await context.show({ ...look, sample, good, samples })
    if (good >= samples) return PASSED
    const left = deadline - clock.monotonic()
    if (left <= 0) {
      const { title, lacking } = bad ?? { title: all[0]?.title, lacking: `${good} of ${samples} good samples` }
      const reason = `${title}: not so within ${timeoutMs / 1_000} s: ${lacking}`
      return { kind: 'timed-out', reason, fix: 'See what holds it up, then resume.' }
    }
    before = statuses
    await clock.sleep(Math.min(intervalMs, left), stop)
    if (stop.aborted) return { kind: 'interrupted' }
  }
}

/** How many looks, and how long between two. */
function rhythmOf(gates: readonly Gate[], { samples, intervalMs }: RunbookSettings) {
  const isFact = gates.every(gate => gate.samples === 1)
  return {
    samples: Math.max(...gates.map(gate => gate.samples ?? samples)),
    intervalMs: isFact ? Math.min(intervalMs, FACT_INTERVAL_MS) : intervalMs,
  }
}

function lookAt({ title, threshold, shows, lacking }: Gate, status: StoredStatus, before: StoredStatus | undefined) {
  return { title, threshold, shows, status, lacking: lacking(status, before) }
}
