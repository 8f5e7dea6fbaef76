import type { Clock } from '../clock.js'
import type { Leaders } from '../clusters/leaders.js'
import { messageOf } from '../errors.js'
import { ConnectionError, mayPass } from '../wire/kafka-errors.js'

/** A restart of a broker or a move of a leader is over by then; longer, and the answer "cannot be read" helps more. */
const PATIENCE_MS = 60_000
const PAUSE_MS = 300

interface Patience {
  leaders: Leaders
  clock: Clock
  /** Nobody waits for the result any more. */
  isOver?: () => boolean
}

/**
 * Does something on a partition's leader again and again while the leader moves or a broker restarts. Throws what went
 * wrong last when that takes longer than a minute, and at once what asking again cannot help.
 */
export async function patiently<T>({ leaders, clock, isOver }: Patience, action: () => Promise<T>): Promise<T> {
  const deadline = clock.monotonic() + PATIENCE_MS
  for (;;) {
    try {
      return await action()
    } catch (error) {
      if (!mayPass(error) || isOver?.() || clock.monotonic() > deadline) throw error
      await leaders.refresh().catch((refreshError: unknown) => {
        if (clock.monotonic() < deadline) return // the action is tried again and says what is wrong
        throw new ConnectionError(`${error.message}; then ${messageOf(refreshError)}`, { cause: refreshError })
      })
    }
    await clock.sleep(PAUSE_MS)
  }
}
