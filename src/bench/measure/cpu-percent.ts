import type { Clock } from '../../clock.js'
import { cpuSeconds } from './process-usage.js'

/** What each process uses of one core in the next seconds, in percent; null where the platform does not tell. */
export async function cpuPercent<Name extends string>(pids: Record<Name, number>, seconds: number, clock: Clock) {
  const entries = Object.entries<number>(pids)
  const before = entries.map(([, pid]) => cpuSeconds(pid))
  const from = clock.monotonic()
  await clock.sleep(seconds * 1000)
  const percent = 100_000 / (clock.monotonic() - from)
  return Object.fromEntries(
    entries.map(([name, pid], n) => {
      const [was, is] = [before[n], cpuSeconds(pid)]
      return [name, was === undefined || is === undefined ? null : (is - was) * percent]
    }),
  ) as Record<Name, number | null>
}
