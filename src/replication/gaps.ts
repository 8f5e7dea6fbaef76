import type { GapNote } from '../progress/notes.js'

/** How many source offsets a gap keeps from the target. What the source itself lost is on the target already. */
export function gapOffsets({ kind, from, to }: GapNote): number {
  return kind === 'diverged' ? 0 : to - from
}
