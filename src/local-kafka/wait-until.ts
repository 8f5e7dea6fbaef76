import type { Clock } from '../clock.js'
import { systemClock } from '../clock.js'

/**
 * Asks `question` again and again until it answers something else than undefined.
 * What the question throws ends the wait at once; a "not yet" is undefined.
 * @returns the answer, or undefined when `timeoutMs` milliseconds went by without one.
 */
export async function waitUntil<Answer>(
  question: () => Promise<Answer | undefined>,
  options: { timeoutMs: number; intervalMs: number; clock?: Clock },
): Promise<Answer | undefined> {
  const clock = options.clock ?? systemClock
  const deadline = clock.monotonic() + options.timeoutMs
  for (;;) {
    const answer = await question()
    if (answer !== undefined) return answer
    if (clock.monotonic() >= deadline) return undefined
    await clock.sleep(options.intervalMs)
  }
}

/** Resolves with the promise's value, or with undefined after `timeoutMs` milliseconds. Rejects as the promise does. */
export async function withinTime<Value>(
  promise: Promise<Value>,
  timeoutMs: number,
  clock: Clock = systemClock,
): Promise<Value | undefined> {
  const stopSleeping = new AbortController()
  try {
    return await Promise.race([promise, clock.sleep(timeoutMs, stopSleeping.signal).then(() => undefined)])
  } finally {
    stopSleeping.abort()
  }
}
