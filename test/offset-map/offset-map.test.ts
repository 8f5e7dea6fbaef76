import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OffsetMap } from '../../src/offset-map/offset-map.js'
import { SEGMENT_BYTES_MAX, UnreadableOffsetMap } from '../../src/offset-map/segment.js'
import { logSteps, longLogSteps, Modelled } from './map-model.js'

const seeds = fc.nat(1_000_000)

test('an empty map knows nothing', () => {
  const map = new OffsetMap()
  expect(map).toMatchObject({ recordCount: 0, first: undefined, last: undefined, end: undefined })
  expect([map.targetFor(0), map.sourceFor(0), map.fromEnd(1), map.dropFromTarget(0)]).toEqual([
    undefined,
    undefined,
    undefined,
    0,
  ])
  expect(new Modelled(reloaded(map)).differences(1)).toEqual([])
})

test('a plain topic is one run, whatever its length', () => {
  const map = new OffsetMap()
  for (let n = 0; n < 10_000; n++) map.append({ source: 5 + n * 100, target: 1_000 + n * 100, count: 100 })
  expect(map.openSegment().bytes.length).toBeLessThan(20)
  expect(map.takeClosed()).toEqual([])
  expect([map.targetFor(0), map.targetFor(777_777), map.end]).toEqual([1_000, 778_772, 1_001_000])
})

test.each([
  ['transactions of one record', 2, 1],
  ['… whose topic on the target has other producers too', 2, 3],
  ['a record between two of other producers', 1, 2],
])('%s are one run', (_name, sourceStride, targetStride) => {
  const map = new OffsetMap()
  for (let n = 0; n < 10_000; n++) map.append({ source: n * sourceStride, target: n * targetStride, count: 1 })
  expect(map.openSegment().bytes.length).toBeLessThan(20)
  expect(map.targetFor(499 * sourceStride + 1)).toBe(500 * targetStride)
})

test('offsets are exact up to 2^53', () => {
  const map = new OffsetMap()
  map.append({ source: 3, target: 1, count: 2 ** 52 })
  map.append({ source: Number.MAX_SAFE_INTEGER - 1, target: Number.MAX_SAFE_INTEGER - 3, count: 2 })
  for (const one of [map, reloaded(map)]) {
    expect(one.targetFor(2 ** 52 + 2)).toBe(2 ** 52)
    expect(one.targetFor(2 ** 52 + 3)).toBe(Number.MAX_SAFE_INTEGER - 3)
    expect(one.last).toEqual({ source: Number.MAX_SAFE_INTEGER, target: Number.MAX_SAFE_INTEGER - 2 })
    expect(one.recordCount).toBe(2 ** 52 + 2)
  }
})

test.each([
  ['a source offset again', { source: 9, target: 20, count: 1 }],
  ['a target offset again', { source: 20, target: 9, count: 1 }],
  ['no record', { source: 20, target: 20, count: 0 }],
  ['offsets beyond 2^53', { source: Number.MAX_SAFE_INTEGER, target: 20, count: 2 }],
])('refuses %s', (_name, piece) => {
  const map = new OffsetMap()
  map.append({ source: 0, target: 0, count: 10 })
  expect(() => map.append(piece)).toThrow(/cannot follow 9 → 9/)
  expect(map.recordCount).toBe(10)
})

test('answers what a list of all pairs answers', () => {
  fc.assert(
    fc.property(fc.oneof(logSteps, longLogSteps), seeds, (steps, seed) => {
      const modelled = new Modelled(new OffsetMap())
      modelled.append(steps)
      expect(modelled.differences(seed)).toEqual([])
      expect(new Modelled(reloaded(modelled.map), modelled.pairs).differences(seed)).toEqual([])
    }),
    { numRuns: 200 },
  )
})

test('how the log was cut into pieces makes no difference to the answers', () => {
  fc.assert(
    fc.property(logSteps, seeds, (steps, seed) => {
      const modelled = new Modelled(new OffsetMap())
      modelled.append(steps)
      const oneByOne = new OffsetMap()
      for (const pair of modelled.pairs) oneByOne.append({ ...pair, count: 1 })
      expect(new Modelled(oneByOne, modelled.pairs).differences(seed)).toEqual([])
    }),
  )
})

describe('a target that lost its tail', () => {
  test('the last records are forgotten, and others may follow', () => {
    fc.assert(
      fc.property(
        longLogSteps,
        fc.double({ min: 0, max: 1.1, noNaN: true }),
        logSteps,
        seeds,
        (steps, part, more, seed) => {
          const modelled = new Modelled(new OffsetMap())
          modelled.append(steps)
          const count = Math.floor(part * modelled.pairs.length)
          modelled.map.dropLast(count)
          modelled.pairs.splice(Math.max(0, modelled.pairs.length - count))
          expect(modelled.differences(seed)).toEqual([])
          modelled.append(more)
          expect(modelled.differences(seed)).toEqual([])
        },
      ),
      { numRuns: 200 },
    )
  })

  test('all from a target offset on are forgotten, and counted', () => {
    fc.assert(
      fc.property(longLogSteps, fc.double({ min: 0, max: 1.1, noNaN: true }), seeds, (steps, part, seed) => {
        const modelled = new Modelled(new OffsetMap())
        modelled.append(steps)
        const from = Math.floor(part * modelled.pairs.at(-1)!.target)
        const left = modelled.pairs.filter(({ target }) => target < from)
        expect(modelled.map.dropFromTarget(from)).toBe(modelled.pairs.length - left.length)
        expect(new Modelled(modelled.map, left).differences(seed)).toEqual([])
      }),
      { numRuns: 200 },
    )
  })
})

test('what lies before both log starts is forgotten, segment by segment', () => {
  fc.assert(
    fc.property(longLogSteps, seeds, seeds, (steps, one, other) => {
      const modelled = new Modelled(new OffsetMap())
      modelled.append(steps)
      const numbers = modelled.map.takeClosed().map(({ number }) => number)
      const { source } = modelled.pairs[one % modelled.pairs.length]!
      const { target } = modelled.pairs[other % modelled.pairs.length]!
      modelled.map.prune({ source, target })
      const gone = modelled.pairs.splice(0, modelled.pairs.length - modelled.map.recordCount)
      expect(gone.filter(pair => pair.source >= source || pair.target >= target)).toEqual([])
      expect(modelled.differences(one)).toEqual([])
      const obsolete = modelled.map.takeObsolete()
      expect(obsolete).toEqual(numbers.slice(0, obsolete.length))
      expect(obsolete.length > 0).toBe(gone.length > 0)
    }),
    { numRuns: 200 },
  )
})

test('pruning leaves no segment that could go', () => {
  const map = irregular(20_000)
  const last = map.last!
  expect(map.takeClosed().length).toBeGreaterThan(10)
  map.prune({ source: last.source, target: last.target })
  expect(map.takeObsolete().length).toBeGreaterThan(10)
  expect(map.memoryBytes).toBeLessThan(4_000)
  expect(map.last).toEqual(last)
})

describe('bytes', () => {
  test('every segment stays within its limit', () => {
    fc.assert(
      fc.property(longLogSteps, steps => {
        const modelled = new Modelled(new OffsetMap())
        for (const step of steps) {
          modelled.append([step])
          expect(modelled.map.openSegment().bytes.length).toBeLessThanOrEqual(SEGMENT_BYTES_MAX)
        }
        const closed = modelled.map.takeClosed()
        for (const { bytes } of closed) {
          expect(bytes.length).toBeLessThanOrEqual(SEGMENT_BYTES_MAX)
          expect(bytes.length).toBeGreaterThan(SEGMENT_BYTES_MAX * 0.85)
        }
      }),
      { numRuns: 30 },
    )
  })

  test('a transaction costs about a byte packed, and less than three in memory', () => {
    const map = irregular(100_000)
    const packed = map.takeClosed().reduce((sum, { bytes }) => sum + bytes.length, 0)
    expect(packed / 100_000).toBeLessThan(1.4)
    expect(map.memoryBytes / 100_000).toBeLessThan(3)
  })

  test('whatever bit is wrong, the map is refused', () => {
    const { map, closed, open } = saved(irregular(3_000))
    expect(closed.size).toBeGreaterThan(1)
    fc.assert(
      fc.property(fc.constantFrom(open.number, ...closed.keys()), fc.nat(), fc.nat(7), (number, at, bit) => {
        const flipped = Buffer.from(number === open.number ? open.bytes : closed.get(number)!)
        flipped[at % flipped.length]! ^= 1 << bit
        const load = () =>
          number === open.number
            ? OffsetMap.load(closed, { number, bytes: flipped })
            : OffsetMap.load(new Map(closed).set(number, flipped), open)
        expect(load).toThrow(UnreadableOffsetMap)
      }),
      { numRuns: 1_000 },
    )
    expect(OffsetMap.load(closed, open).recordCount).toBe(map.recordCount)
  })

  test.each([
    ['another version', (bytes: Buffer) => Buffer.from([2, ...bytes.subarray(1)]), /version 2, .* knows 1/],
    ['an empty value', () => Buffer.alloc(0), /is empty/],
    ['a value cut off', (bytes: Buffer) => bytes.subarray(0, -1), /damaged: its checksum is wrong/],
    ['nearly nothing', (bytes: Buffer) => bytes.subarray(0, 3), /damaged/],
  ])('%s is refused', (_name, change, message) => {
    const { closed, open } = saved(irregular(3_000))
    expect(() => OffsetMap.load(closed, { ...open, bytes: change(open.bytes) })).toThrow(message)
    expect(() => OffsetMap.load(new Map(closed).set(1, change(closed.get(1)!)), open)).toThrow(message)
  })

  test('a missing segment is noticed', () => {
    const { closed, open } = saved(irregular(10_000))
    for (const number of closed.keys()) {
      const others = new Map([...closed].filter(([other]) => other !== number))
      expect(() => OffsetMap.load(others, open)).toThrow(`segment ${number}, which lies before it, is missing`)
    }
  })

  test('a segment under a wrong number is noticed', () => {
    const { closed, open } = saved(irregular(10_000))
    const mixed = new Map(closed).set(2, closed.get(3)!)
    expect(() => OffsetMap.load(mixed, open)).toThrow(UnreadableOffsetMap)
  })
})

/** Transactions of 1 to 10 records, each with its marker. */
function irregular(transactions: number): OffsetMap {
  const map = new OffsetMap()
  let source = 0
  let target = 0
  for (let n = 0; n < transactions; n++) {
    const count = 1 + (((n * 2_654_435_761) >>> 7) % 10)
    map.append({ source, target, count })
    source += count + 1
    target += count
  }
  return map
}

function saved(map: OffsetMap) {
  return { map, closed: new Map(map.takeClosed().map(({ number, bytes }) => [number, bytes])), open: map.openSegment() }
}

function reloaded(map: OffsetMap): OffsetMap {
  const { closed, open } = saved(map)
  return OffsetMap.load(closed, open)
}
