import type { StoredStatus } from '../../replication/stored-status.js'
import type { RunbookContext } from '../context.js'
import { inWords } from '../counted.js'
import { endsOf } from '../gates.js'
import { PASSED, type StepOutcome } from '../step.js'

const ENDS_FACT = 'source-ends'
const NAMED_MAX = 3

/** Notes where the logs of the source end, now that its producers are stopped. */
export async function rememberEnds({ status, journal }: RunbookContext): Promise<StepOutcome> {
  const seen = await status()
  const ends = endsOf(seen)
  // Between the gate and this look somebody may have killed the source.
  if (seen.source.problem !== null || [...ends.values()].includes(null)) {
    return {
      kind: 'failed',
      reason: `where the logs of ${seen.source.alias} end is not known`,
      fix: 'Resume to look again.',
    }
  }
  await journal.write({ event: 'fact', name: ENDS_FACT, value: Object.fromEntries(ends) })
  return PASSED
}

/**
 * Looks once whether the logs of the source still end there and are on the target: what a producer that goes on has written
 * since would be missing, or come behind what is written on the target.
 */
export async function nobodyWrote(context: RunbookContext): Promise<StepOutcome> {
  const status = await context.status()
  const unknown = status.source.problem ?? status.target.problem
  if (unknown !== null) return { kind: 'failed', reason: unknown, fix: 'Resume to look again.' }
  const moved = movedSince(context.journal.fact<Record<string, number>>(ENDS_FACT), status)
  if (moved.length > 0) {
    const more = moved.length > NAMED_MAX ? ` and ${moved.length - NAMED_MAX} more` : ''
    return {
      kind: 'protected',
      reason: `a producer still writes to ${status.source.alias}: ${moved.slice(0, NAMED_MAX).join(', ')}${more}`,
      goOn: [{ text: 'Stop it, then go on with:', flags: '--from-step stop-producers' }],
    }
  }
  const { lag } = status.totals
  if (lag !== null && lag <= context.settings.maxMessageLag) return PASSED
  const reason = `not everything is on ${status.target.alias}: lag ${inWords(lag)}`
  return { kind: 'protected', reason, goOn: [{ text: 'To wait for it again:', flags: '--from-step drain' }] }
}

function movedSince(before: Record<string, number> | undefined, status: StoredStatus): string[] {
  return [...endsOf(status)].flatMap(([log, end]) => {
    // A topic that was created since had no records then.
    const was = before?.[log] ?? 0
    return end === was ? [] : [`${log} from offset ${was} to ${end ?? 'unknown'}`]
  })
}
