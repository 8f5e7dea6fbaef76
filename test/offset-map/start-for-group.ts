import type { OffsetMap } from '../../src/offset-map/offset-map.js'

/** What a partition of the cluster that the group goes to holds: its first offset, and one past its last. */
export interface LogBounds {
  start: number
  end: number
}

/** The copy from the group's cluster (A) to the one it goes to (B). */
export interface WayThere {
  /** Source A, target B. */
  map: Pick<OffsetMap, 'targetFor' | 'end'>
  /**
   * One past the last offset of A that was sent and is not acknowledged yet; undefined when nothing is on its way.
   * Such records may lie on B already, and the map does not know them.
   */
  onTheWayTo: number | undefined
}

/** The copy from B to A. What is known of it must not be newer than what is known of the way there. */
export interface WayBack {
  /** Source B, target A. */
  map: Pick<OffsetMap, 'sourceFor'>
  /** An offset of B: what lies before it has been acknowledged, and stands in the map, or will never cross. */
  read: number
}

/**
 * Where a group that has consumed everything before `position` on A begins on B, when records are copied from A to B
 * only: at the first record from there on that crossed, else behind the last one that did. It follows as the copy
 * proceeds.
 */
export function startOneWay(position: number, map: WayThere['map'], log: LogBounds): number {
  return within(log, map.targetFor(position) ?? map.end ?? log.start)
}

/**
 * The same where records are copied both ways, so that both logs hold records of both origins, in different order:
 *
 *     A   0: a0   1: a1   2: b0'  3: b1'      position 3: all but b1 is consumed
 *     B   0: b0   1: b1   2: a0'  3: a1'      no a is left, the first b is at 1: begin there, and read a0, a1 again
 *                                             position 4: neither is left, B was read up to 4: begin there
 *
 * Nothing that is not consumed may lie before the answer. Records of A are bounded by the first one that crossed, those
 * of B by the first one that came back, or by how far B was read: what lies behind that, A has never seen.
 */
export function startForGroup(position: number, there: WayThere, back: WayBack, log: LogBounds): number {
  const fromB = back.map.sourceFor(position) ?? back.read
  return within(log, Math.min(firstOfA(position, there, log), fromB))
}

/** No record of A from `position` on lies on B before this. */
function firstOfA(position: number, { map, onTheWayTo }: WayThere, log: LogBounds): number {
  const known = map.targetFor(position)
  if (known !== undefined) return known
  const mayHaveCrossed = onTheWayTo !== undefined && onTheWayTo > position
  return mayHaveCrossed ? (map.end ?? log.start) : Number.POSITIVE_INFINITY
}

function within({ start, end }: LogBounds, offset: number): number {
  return Math.max(start, Math.min(end, offset))
}
