import fc from 'fast-check'
import type { OffsetMap } from '../../src/offset-map/offset-map.js'
import type { Pair, Piece } from '../../src/offset-map/run.js'

/** Pieces as distances to what was appended before, so that any list of them is a log. */
export interface Step {
  sourceGap: number
  targetGap: number
  count: number
}

const steps = (sourceGap: fc.Arbitrary<number>, targetGap: fc.Arbitrary<number>, count: fc.Arbitrary<number>) =>
  fc.array(fc.record({ sourceGap, targetGap, count }), { minLength: 1, maxLength: 60 })
const none = fc.constant(0)
const one = fc.constant(1)
const few = fc.integer({ min: 1, max: 10 })

/** Stretches of a log, by what is the reason of the gaps. */
const stretch = fc.oneof(
  steps(none, none, few), // a plain topic
  steps(one, none, one), // transactions of one record
  steps(one, none, few), // transactions
  steps(fc.nat(3), none, one), // holes of compaction
  steps(fc.constantFrom(0, 0, 0, 40), none, few), // skipped batches: aborted, or loops
  steps(one, fc.nat(3), few), // other producers on the target
  steps(fc.nat(2), fc.nat(2), fc.integer({ min: 1, max: 2 })),
  steps(fc.constant(2), fc.constant(6), one), // strides on both sides
  steps(fc.nat(2 ** 40), fc.nat(2 ** 38), few), // runs of many bytes, which soon fill a segment
  steps(fc.nat(2 ** 40), fc.nat(2 ** 38), one),
)

export const logSteps = fc.array(stretch, { minLength: 1, maxLength: 6 }).map(stretches => stretches.flat())

/** Many long steps, so that the log has several segments. */
export const longLogSteps = fc
  .array(fc.tuple(logSteps, steps(fc.nat(2 ** 40), fc.nat(2 ** 38), few)), { minLength: 4, maxLength: 8 })
  .map(parts => parts.flatMap(([some, long]) => [...some, ...long, ...long]))

export const pairsOf = (pieces: Piece[]): Pair[] =>
  pieces.flatMap(({ source, target, count }) =>
    Array.from({ length: count }, (_, i) => ({ source: source + i, target: target + i })),
  )

/** The pieces that steps make behind a record. */
export function piecesAfter(last: Pair | undefined, all: Step[]): Piece[] {
  let source = (last?.source ?? -1) + 1
  let target = (last?.target ?? -1) + 1
  return all.map(({ sourceGap, targetGap, count }) => {
    const piece = { source: source + sourceGap, target: target + targetGap, count }
    source = piece.source + count
    target = piece.target + count
    return piece
  })
}

/** The map beside the naive list of all pairs. */
export class Modelled {
  map: OffsetMap
  pairs: Pair[]

  constructor(map: OffsetMap, pairs: Pair[] = []) {
    this.map = map
    this.pairs = pairs
  }

  append(all: Step[]): void {
    const pieces = piecesAfter(this.pairs.at(-1), all)
    for (const piece of pieces) this.map.append(piece)
    this.pairs.push(...pairsOf(pieces))
  }

  /** All that differs between the two, asked at `count` places and at both ends. */
  differences(seed: number, count = 40): unknown[] {
    const { map, pairs } = this
    const found: unknown[] = []
    const same = (what: string, actual: unknown, expected: unknown) => {
      if (actual !== expected && JSON.stringify(actual) !== JSON.stringify(expected))
        found.push({ what, actual, expected })
    }
    const last = pairs.at(-1)
    same('recordCount', map.recordCount, pairs.length)
    same('first', map.first, pairs[0])
    same('last', map.last, last)
    same('end', map.end, last && last.target + 1)
    same('fromEnd(0)', map.fromEnd(0), undefined)
    same('beyond', map.fromEnd(pairs.length + 1), undefined)
    for (let i = 0; i < count && pairs.length > 0; i++) {
      const place = i === 0 ? 0 : i === 1 ? pairs.length - 1 : (seed * 7919 + i * 104_729) % pairs.length
      const { source, target } = pairs[place]!
      same(`fromEnd at ${place}`, map.fromEnd(pairs.length - place), pairs[place])
      for (const near of [-2, -1, 0, 1, 2]) {
        same(
          `targetFor(${source + near})`,
          map.targetFor(source + near),
          firstFrom(pairs, 'source', source + near)?.target,
        )
        same(
          `sourceFor(${target + near})`,
          map.sourceFor(target + near),
          firstFrom(pairs, 'target', target + near)?.source,
        )
      }
      // Its twin stands at another place, so that both orders of the two come up.
      const other = pairs[(place * 31 + i) % pairs.length]!
      for (const side of ['source', 'target'] as const) {
        const from = pairs[place]![side] + (i % 3) - 1
        const to = other[side === 'source' ? 'target' : 'source'] + ((i >> 1) % 3) - 1
        same(
          `countBetween ${side} ${from} ${to}`,
          map.countBetween(side, from, to),
          countBetween(pairs, side, from, to),
        )
      }
      if (i < 5) same(`unbrokenFrom(${target})`, map.unbrokenFrom(target), unbrokenFrom(pairs, target))
      if (i < 5) same(`unbrokenFrom(${target - 1})`, map.unbrokenFrom(target - 1), unbrokenFrom(pairs, target - 1))
    }
    return found
  }
}

function countBetween(pairs: Pair[], side: 'source' | 'target', from: number, to: number): number {
  const other = side === 'source' ? 'target' : 'source'
  return pairs.filter(pair => pair[side] >= from && pair[other] < to).length
}

function unbrokenFrom(pairs: Pair[], target: number): number {
  const there = new Set(pairs.map(pair => pair.target))
  let end = target
  while (there.has(end)) end++
  return end
}

export function firstFrom(pairs: Pair[], side: 'source' | 'target', offset: number): Pair | undefined {
  let low = 0
  let high = pairs.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (pairs[middle]![side] < offset) low = middle + 1
    else high = middle
  }
  return pairs[low]
}
