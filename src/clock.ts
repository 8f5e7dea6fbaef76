/** Time comes in through this interface, so that a test can own it. No other engine file reads the clock or sleeps. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. */
  now(): number
  /** Milliseconds from an arbitrary start, never going back: for durations and deadlines. */
  monotonic(): number
  /** Resolves after `ms` milliseconds, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise(resolve => {
      if (signal?.aborted) return resolve()
      const done = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal?.addEventListener('abort', done, { once: true })
    }),
}

/** The promise's value, or undefined when it has not come within `ms` milliseconds. Rejects as the promise does. */
export async function withinTime<Value>(promise: Promise<Value>, ms: number, clock: Clock): Promise<Value | undefined> {
  const over = new AbortController()
  try {
    return await Promise.race([promise, clock.sleep(ms, over.signal).then(() => undefined)])
  } finally {
    over.abort()
  }
}
