/**
 * Bytes in flight on one connection to the target. `most` is five requests of 1 MiB, all there can be. `first` is one
 * merged batch; doubling from there to `most` takes a far target five round trips, and a near one some milliseconds.
 */
export const WINDOW_BYTES = { least: 64 * 1024, first: 256 * 1024, most: 5 * 1024 * 1024 } as const
/** An answer quicker than this leaves room for more; one slower than the other is on its way to count as lost (25 s). */
const QUICK_MS = 1_000
const SLOW_MS = 4_000

/**
 * How many bytes may be in flight after an answer that took so long from its request. On a slow link requests stand in
 * line behind each other: with all that a fast link needs in flight (5 MiB, 80 s at 64 KB/s) even the first answer would
 * come after the connection has been given up, and after the next one, for ever.
 */
export function nextWindow(windowBytes: number, answerMs: number): number {
  if (answerMs < QUICK_MS) return Math.min(WINDOW_BYTES.most, windowBytes * 2)
  return answerMs > SLOW_MS ? Math.max(WINDOW_BYTES.least, windowBytes / 2) : windowBytes
}
