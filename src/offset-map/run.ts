/**
 * Copied records whose offsets grow evenly on both sides. Record i of a run went from `source + i * sourceStride` to
 * `target + i * targetStride`:
 *
 *     source   100 101 102 103      200  M 202  M 204  M       M: a marker, which does not cross
 *     target    50  51  52  53       54    55    56
 *              strides 1 and 1      strides 2 and 1: transactions of one record each
 *
 * A run of one record has strides 1, so that every log has one way to be written.
 */
export interface Run {
  source: number
  sourceStride: number
  target: number
  targetStride: number
  count: number
}

/** Consecutive source offsets that became consecutive target offsets. */
export interface Piece {
  source: number
  target: number
  count: number
}

/** One copied record. */
export interface Pair {
  source: number
  target: number
}

export type Side = keyof Pair

export function runOf({ source, target, count }: Piece): Run {
  return { source, sourceStride: 1, target, targetStride: 1, count }
}

/** The record at a place of the run, from 0. */
export function pairAt(run: Run, index: number): Pair {
  return { source: run.source + index * run.sourceStride, target: run.target + index * run.targetStride }
}

export function lastOf(run: Run): Pair {
  return pairAt(run, run.count - 1)
}

/**
 * Lets the run grow by a piece that continues it, or answers false and leaves it alone. Two single records always make
 * a run, whatever lies between them: packed, it is never longer than two runs.
 */
export function extend(run: Run, piece: Piece): boolean {
  const { source, sourceStride, target, targetStride, count } = run
  const continues = piece.source === source + count * sourceStride && piece.target === target + count * targetStride
  if (continues && (piece.count === 1 || (sourceStride === 1 && targetStride === 1))) {
    run.count += piece.count
    return true
  }
  if (count !== 1 || piece.count !== 1) return false
  run.sourceStride = piece.source - source
  run.targetStride = piece.target - target
  run.count = 2
  return true
}

/** The place of the first record at or after an offset of one side; `run.count` where there is none. */
export function indexFrom(run: Run, side: Side, offset: number): number {
  const distance = offset - run[side]
  if (distance <= 0) return 0
  const stride = side === 'source' ? run.sourceStride : run.targetStride
  // The remainder first, so that the division is exact up to 2^53.
  const rest = distance % stride
  return Math.min(run.count, (distance - rest) / stride + (rest > 0 ? 1 : 0))
}

/** The first records of a run. */
export function firstOf(run: Run, count: number): Run {
  return count === 1 ? runOf({ source: run.source, target: run.target, count }) : { ...run, count }
}
