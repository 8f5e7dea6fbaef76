import type { Clock } from '../clock.js'

export interface Repetition {
  /** The pause before each. */
  intervalMs: number
  clock: Clock
  stopping: AbortSignal
  /** What ends the pause before the next one; by default only `stopping` does. */
  sooner?: (() => AbortSignal) | undefined
  /** Told once, until the job succeeds again. */
  onTrouble(error: unknown): void
}

/** Runs a job again and again until it is stopped; after a failure the job comes again. Never rejects. */
export async function repeat(job: () => Promise<void>, repetition: Repetition): Promise<void> {
  const { intervalMs, clock, stopping, sooner = () => stopping, onTrouble } = repetition
  let failing = false
  for (;;) {
    await clock.sleep(intervalMs, sooner())
    if (stopping.aborted) return
    try {
      await job()
      failing = false
    } catch (error) {
      if (!failing) onTrouble(error)
      failing = true
    }
  }
}
