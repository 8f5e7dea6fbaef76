import type { OffsetMap } from '../offset-map/offset-map.js'

/** What a partition of the cluster that the group goes to holds: its first offset, and one past its last. */
export interface LogBounds {
  start: number
  end: number
}

/** The copy from the group's cluster (A) to the one it goes to (B). */
export interface WayThere {
  /** Source A, target B. */
  map: Pick<OffsetMap, 'targetFor' | 'end' | 'unbrokenFrom' | 'countBetween' | 'changes'>
  /** Where copying began on B: nothing that was copied lies before it. */
  begin: number
  /**
   * One past the last offset of A that was sent and is not acknowledged yet; Infinity when that is not known, undefined
   * when nothing is on its way. Such records may lie on B already, and the map does not know them.
   */
  onTheWayTo: number | undefined
  /** The map lacks records before this offset of A; 0 for a whole one. */
  completeFrom: number
}

/** The copy from B to A. What is known of it must not be newer than what is known of the way there. */
export interface WayBack {
  /** Source B, target A. */
  map: Pick<OffsetMap, 'sourceFor' | 'countBetween'>
  /** Where copying began on B: what lies before it, A has never seen and never will. */
  begin: number
  /** An offset of B: what lies before it has been acknowledged, and stands in the map, or will never cross. */
  read: number
  /** The map lacks records before this offset of A; 0 for a whole one. */
  completeFrom: number
}

/**
 * Where a group that has consumed everything before `position` on A begins on B, so that nothing is skipped and as
 * little as can be is read again. Undefined where that is not known: the map does not reach back so far. It may lie
 * outside the log: see `within`.
 *
 * Where records are copied from A to B only (`back` undefined): at the first record from there on that crossed, else
 * behind the last one that did, and the group follows as the copy proceeds.
 *
 * Where they are copied both ways, both logs hold records of both origins, in different order:
 *
 *     A   0: a0   1: a1   2: b0'  3: b1'      position 3: all but b1 is consumed
 *     B   0: b0   1: b1   2: a0'  3: a1'      no a is left, the first b is at 1: begin there, and read a0, a1 again
 *                                             position 4: neither is left, B was read up to 4: begin there
 *
 * Nothing that is not consumed may lie before the answer. Records of A are bounded by the first one that crossed, those
 * of B by the first one that came back, or by how far B was read: what lies behind that, A has never seen. Where B
 * holds nothing but copies from there on, none of it will come back, and a counterpart that stands still does not
 * hold the group up.
 */
export function startForGroup(position: number, there: WayThere, back?: WayBack): number | undefined {
  if (position < there.completeFrom) return undefined
  const known = there.map.targetFor(position)
  const behindCopied = there.map.end ?? there.begin
  if (back === undefined) return known ?? behindCopied
  const mayHaveCrossed = there.onTheWayTo !== undefined && there.onTheWayTo > position
  const firstOfA = known ?? (mayHaveCrossed ? behindCopied : Number.POSITIVE_INFINITY)
  return Math.min(firstOfA, firstOfB(position, there, back))
}

/** No record of B that is not consumed lies there before this. */
function firstOfB(position: number, there: WayThere, back: WayBack): number {
  if (position < back.completeFrom) return back.begin
  return back.map.sourceFor(position) ?? there.map.unbrokenFrom(back.read)
}

/**
 * Where a group begins on B that has consumed everything before `position` of a topic on A that is the copy of one on B
 * (`B.orders`, of `orders`).
 */
export function startOnOrigin(position: number, back: WayBack): number {
  return position < back.completeFrom ? back.begin : (back.map.sourceFor(position) ?? back.read)
}

/** The nearest offset that the log holds, or its end. */
export function within({ start, end }: LogBounds, offset: number): number {
  return Math.max(start, Math.min(end, offset))
}
