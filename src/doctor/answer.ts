import { type Clock, withinTime } from '../clock.js'
import { messageOf } from '../errors.js'

/** What was asked for, or why it is not known. */
export type Answer<Value> = { value: Value; problem: null } | { value: undefined; problem: string }

/**
 * A healthy cluster answers in a fraction of it. Six questions follow on each other at most (brokers, metadata, brokers
 * again, topics, notes, timestamps), so all of it is over within 30 s, whatever hangs.
 */
export const ANSWER_MS = 4_500

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
