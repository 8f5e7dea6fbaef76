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
  return (run, firstOrdinal) => Math.max(0, Math.min(run.count, ordinal - firstOrdinal))
}

/** Reads runs up to the one that has what is wanted. */
export function findRecord(wanted: Wanted, packed: RunReader, firstOrdinal: number): Found | undefined {
  let ordinal = firstOrdinal
  while (packed.next()) {
    const found = findInRun(wanted, packed.run, ordinal)
    if (found) return found
    ordinal += packed.run.count
  }
  return undefined
}

export function findInRun(wanted: Wanted, run: Run, firstOrdinal: number): Found | undefined {
  const index = wanted(run, firstOrdinal)
  return index < run.count ? { ...pairAt(run, index), ordinal: firstOrdinal + index } : undefined
}
