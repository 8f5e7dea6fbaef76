import { ExitCode, UserError } from '../errors.js'
import type { ControlNote } from '../progress/notes.js'
import type { Asked, ControlChange } from './tools.js'

const NOTHING_ASKED: Omit<ControlNote, 'by' | 'at'> = { groupSync: 'on', copying: 'on', fencedTopics: [] }

/** What of a note a run that is given up asks for again; rules that are there are the note's own. */
export function askedBy({ groupSync, copying, fencedTopics, by }: ControlNote): Asked {
  return { groupSync, copying, fencedTopics, by }
}

/** Who changes a note, and when. */
export interface ControlChanger {
  /** The run that does it. */
  by: string
  /** Who is said to have asked for it: another one where the run brings back what that had asked for. */
  inNameOf: string
  /** Milliseconds since 1970. */
  now: number
}

/**
 * What one run asks of the engine beside what was asked before it.
 * @throws UserError (5) where another run works with the replicator
 */
export function changedControl(
  before: ControlNote | undefined,
  change: ControlChange,
  { by, inNameOf, now }: ControlChanger,
): ControlNote {
  refuseWhileOpen(before, by)
  // Later than the one before, whatever the clocks of two machines say: the engine answers with it.
  const at = Math.max(now, (before?.at ?? 0) + 1)
  return { ...NOTHING_ASKED, ...before, ...change, by: inNameOf, at }
}

/**
 * The note that a run works with the replicator. What was asked, when and by whom stays: nothing new is asked.
 * @throws UserError (5) where another run does
 */
export function claimedControl(
  before: ControlNote | undefined,
  by: string,
  takesOver: boolean,
  now: number,
): ControlNote {
  if (!takesOver) refuseWhileOpen(before, by)
  return { ...NOTHING_ASKED, by, at: now, ...before, openRun: by }
}

/** The same when the run is over; undefined where it has claimed nothing, or another has taken over. */
export function releasedControl(before: ControlNote | undefined, by: string): ControlNote | undefined {
  return before?.openRun === by ? { ...before, openRun: undefined } : undefined
}

function refuseWhileOpen(before: ControlNote | undefined, by: string): void {
  const openRun = before?.openRun
  if (openRun === undefined || openRun === by) return
  throw new UserError(`Another runbook works with this replicator: ${openRun}, which is not finished.`, {
    exitCode: ExitCode.Protected,
    fix: 'Go on with it, or give it up (--abort), on the machine that it was begun on. Where that is gone: --anew begins another.',
  })
}
