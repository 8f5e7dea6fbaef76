import { type Clock, withinTime } from '../clock.js'
import { messageOf } from '../errors.js'

/** What was asked for, or why it is not known. */
export type Answer<Value> = { value: Value; problem: null } | { value: undefined; problem: string }

/** A healthy cluster answers in a fraction of it. */
export const ANSWER_MS = 4_500
/**
 * Some ten questions follow on each other, and a cluster may begin to hang at any of them: after these milliseconds nothing
 * more is waited for, so all of it is over within 30 s.
 */
export const EXAMINATION_MS = 27_000

/** A clock whose sleeps are over when `ms` milliseconds from now have passed, for all that is asked by it. */
export function endingWithin(ms: number, clock: Clock): Clock {
  const end = clock.monotonic() + ms
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: (wanted, signal) => clock.sleep(Math.max(0, Math.min(wanted, end - clock.monotonic())), signal),
  }
}

/** Asks, and waits no longer than `ANSWER_MS`. Never rejects. */
export async function answerTo<Value>(question: () => Promise<Value>, clock: Clock): Promise<Answer<Value>> {
  try {
    const asking = question().then(value => ({ value, problem: null }))
    const late = { value: undefined, problem: `no answer within ${ANSWER_MS / 1000} s` }
    return (await withinTime(asking, ANSWER_MS, clock)) ?? late
  } catch (error) {
    return { value: undefined, problem: messageOf(error) }
  }
}

/** What a check says of something that nobody was asked for, since what leads there is not known. */
export function notAsked(problem: string): { value: undefined; problem: string } {
  return { value: undefined, problem }
}
