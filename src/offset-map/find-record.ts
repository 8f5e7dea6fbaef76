import type { RunReader } from './packed-runs.js'
import { indexFrom, type Pair, pairAt, type Run, type Side } from './run.js'

/** A copied record and its place among all of them, counted from the first that was ever appended. */
export interface Found extends Pair {
  ordinal: number
}

/** What is looked for: answers the place in the run, or `run.count` where it lies further on. */
export type Wanted = (run: Run, firstOrdinal: number) => number

/** The first record at or after an offset of one side. */
export function atOrAfter(side: Side, offset: number): Wanted {
  return run => indexFrom(run, side, offset)
}

export function withOrdinal(ordinal: number): Wanted {
  return (run, firstOrdinal) => Math.min(run.count, ordinal - firstOrdinal)
}

/** Reads runs, and then the one that is not packed yet, up to the one that has what is wanted. */
export function findRecord(
  wanted: Wanted,
  runs: { packed: RunReader; last?: Run; firstOrdinal: number },
): Found | undefined {
  let ordinal = runs.firstOrdinal
  while (runs.packed.next()) {
    const { run } = runs.packed
    const index = wanted(run, ordinal)
    if (index < run.count) return { ...pairAt(run, index), ordinal: ordinal + index }
    ordinal += run.count
  }
  if (!runs.last) return undefined
  const index = wanted(runs.last, ordinal)
  return index < runs.last.count ? { ...pairAt(runs.last, index), ordinal: ordinal + index } : undefined
}
