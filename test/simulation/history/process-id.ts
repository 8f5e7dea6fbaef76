/** Above what any Linux gives out (PID_MAX_LIMIT), so that nobody bears it. */
const NOBODY = 2 ** 22 + 1

/**
 * Engines tell a process that is dead from one that may live by its id on their host. Under `isDead` whoever looks finds
 * that nobody bears the id that was noted, and its own is another one; else all lives bear that of this process.
 */
export function pretendProcessId(isDead: boolean): { restore(): void } {
  const real = Object.getOwnPropertyDescriptor(process, 'pid')!
  let next = NOBODY
  if (isDead) Object.defineProperty(process, 'pid', { configurable: true, enumerable: true, get: () => next++ })
  return { restore: () => Object.defineProperty(process, 'pid', real) }
}
