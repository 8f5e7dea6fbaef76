import type { Answer } from '../runbooks/context.js'
import type { Shell } from './shell.js'

/** Whoever answers something else so often is not answering us. */
const ATTEMPTS_MAX = 3

/**
 * Asks on the terminal; only a plain yes or no is an answer.
 *
 * @param prompt the question as it is to be seen
 */
export async function askYesOrNo(prompt: string, shell: Shell, stop: AbortSignal): Promise<Answer> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const line = await shell.readLine(prompt, stop)
    if (stop.aborted) return 'interrupted'
    if (line === undefined) return 'nobody-there'
    const answer = line.trim().toLowerCase()
    if (answer === 'yes' || answer === 'y') return 'yes'
    if (answer === 'no' || answer === 'n') return 'no'
  }
  return 'nobody-there'
}
