import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { startForGroup, startOnOrigin, type WayBack, type WayThere, within } from '../../src/groups/start-for-group.js'
import { OffsetMap } from '../../src/offset-map/offset-map.js'

type Origin = 'A' | 'B'
/** What lies at an offset: a record by its name, or a marker. */
type Entry = { origin: Origin; name: string } | undefined

const other = (side: Origin): Origin => (side === 'A' ? 'B' : 'A')

/** One direction: reads one log, appends what is native there to the other, and hears of it later. */
class Copy {
  readonly map = new OffsetMap()
  /** Everything before it is acknowledged or stepped over. */
  read = 0
  /** What was last noted of it for others to read. */
  noted: WayBack = { map: new OffsetMap(), begin: 0, read: 0, completeFrom: 0 }
  private sent = 0
  private readonly onTheWay: { source: number; target: number }[] = []
  private readonly from: Origin
  private readonly logs: Record<Origin, Entry[]>

  constructor(from: Origin, logs: Record<Origin, Entry[]>) {
    this.from = from
    this.logs = logs
  }

  get there(): WayThere {
    const last = this.onTheWay.at(-1)
    return { map: this.map, begin: 0, onTheWayTo: last && last.source + 1, completeFrom: 0 }
  }

  note(): void {
    const map = OffsetMap.load(new Map(), this.map.openSegment())
    this.noted = { map, begin: 0, read: this.read, completeFrom: 0 }
  }

  send(count: number): void {
    const [source, target] = [this.logs[this.from], this.logs[other(this.from)]]
    for (let n = 0; n < count && this.sent < source.length; n++, this.sent++) {
      const entry = source[this.sent]
      if (entry?.origin !== this.from) continue // a marker, or what we must not send back
      this.onTheWay.push({ source: this.sent, target: target.length })
      target.push(entry)
    }
    if (this.onTheWay.length === 0) this.read = this.sent
  }

  acknowledge(count: number): void {
    for (const pair of this.onTheWay.splice(0, count)) this.map.append({ ...pair, count: 1 })
    this.read = this.onTheWay[0]?.source ?? this.sent
  }

  noteAll(): void {
    this.all()
    this.note()
  }

  all(): void {
    this.send(Number.POSITIVE_INFINITY)
    this.acknowledge(Number.POSITIVE_INFINITY)
  }
}

/** Two clusters with one partition, copied both ways. */
class Pair {
  readonly logs: Record<Origin, Entry[]> = { A: [], B: [] }
  readonly copies = { A: new Copy('A', this.logs), B: new Copy('B', this.logs) }
  private names = 0

  produce(origin: Origin, count: number, marker = false): void {
    for (let n = 0; n < count; n++) this.logs[origin].push({ origin, name: `${origin}${this.names++}` })
    if (marker) this.logs[origin].push(undefined)
  }

  settle(): void {
    for (let n = 0; n < 3; n++) {
      this.copies.A.noteAll()
      this.copies.B.noteAll()
    }
  }

  start(from: Origin, position: number): number {
    const { there } = this.copies[from]
    return startForGroup(position, there, this.copies[other(from)].noted) as number
  }

  /** What a group that moves would never see, and what it would see again. */
  judge(from: Origin, position: number): { skipped: string[]; again: string[] } {
    const start = this.start(from, position)
    const consumed = new Set(names(this.logs[from].slice(0, position)))
    const target = this.logs[other(from)]
    return {
      skipped: names(target.slice(0, start)).filter(name => !consumed.has(name)),
      again: names(target.slice(start)).filter(name => consumed.has(name)),
    }
  }

  judgeAll(sides: Origin[] = ['A', 'B']): { skipped: string[]; again: string[] } {
    const all = sides.flatMap(from =>
      Array.from({ length: this.logs[from].length + 1 }, (_, position) => this.judge(from, position)),
    )
    return { skipped: all.flatMap(({ skipped }) => skipped), again: all.flatMap(({ again }) => again) }
  }
}

const names = (entries: Entry[]) => entries.flatMap(entry => (entry ? [entry.name] : []))
const side = fc.constantFrom<Origin>('A', 'B')
const few = fc.integer({ min: 1, max: 5 })

describe('both ways', () => {
  test('the example of the design: all consumed, nothing is read again', () => {
    const pair = new Pair()
    pair.produce('B', 2)
    pair.settle()
    pair.produce('A', 2)
    pair.settle()
    for (const log of [pair.logs.A, pair.logs.B]) expect(names(log)).toEqual(['B0', 'B1', 'A2', 'A3'])
    expect([0, 1, 2, 3, 4].map(position => pair.start('A', position))).toEqual([0, 1, 2, 3, 4])
  })

  test('records of both origins in different order: the lower bound, so that none is skipped', () => {
    const pair = new Pair()
    pair.produce('A', 2)
    pair.produce('B', 2)
    pair.settle()
    expect(names(pair.logs.A)).toEqual(['A0', 'A1', 'B2', 'B3'])
    expect(names(pair.logs.B)).toEqual(['B2', 'B3', 'A0', 'A1'])
    expect([0, 1, 2, 3, 4].map(position => pair.start('A', position))).toEqual([0, 0, 0, 1, 4])
  })

  test('nothing that is not consumed is ever skipped, whoever produces, whatever is on its way', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('produce' as const), side, count: few, marker: fc.boolean() }),
      fc.record({
        kind: fc.constantFrom('send' as const, 'acknowledge' as const, 'note' as const),
        side,
        count: few,
      }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), steps => {
        const pair = new Pair()
        for (const { kind, side, count, ...rest } of steps) {
          if (kind === 'produce') pair.produce(side, count, 'marker' in rest && rest.marker)
          else pair.copies[side][kind](count)
          expect(pair.judgeAll().skipped).toEqual([])
        }
      }),
      { numRuns: 300 },
    )
  })

  test('nothing is read twice while producers are on one side at a time', () => {
    const turn = fc.record({ side, batches: fc.array(fc.tuple(few, fc.boolean()), { minLength: 1, maxLength: 4 }) })
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 6 }), turn, few, (turns, last, sent) => {
        const pair = new Pair()
        for (const { side, batches } of turns) {
          for (const [count, marker] of batches) pair.produce(side, count, marker)
          pair.settle()
          expect(pair.judgeAll()).toEqual({ skipped: [], again: [] })
        }
        // Nor while the last turn is being copied.
        for (const [count, marker] of last.batches) pair.produce(last.side, count, marker)
        pair.copies[last.side].send(sent)
        pair.copies[last.side].acknowledge(sent)
        pair.copies[last.side].note()
        pair.copies[other(last.side)].noteAll()
        expect(pair.judgeAll()).toEqual({ skipped: [], again: [] })
      }),
      { numRuns: 300 },
    )
  })

  test('nothing is read twice where only one side has producers, though the counterpart stands still', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(few, fc.boolean()), { maxLength: 8 }), few, (batches, stopsAfter) => {
        const pair = new Pair()
        for (const [n, [count, marker]] of batches.entries()) {
          pair.produce('A', count, marker)
          if (n < stopsAfter) pair.settle()
          else pair.copies.A.all()
          expect(pair.judgeAll(['A'])).toEqual({ skipped: [], again: [] })
        }
      }),
      { numRuns: 300 },
    )
  })

  test('a record on its way bounds the answer: the map does not know yet that it lies there', () => {
    const pair = new Pair()
    pair.produce('A', 1)
    pair.copies.A.send(1) // it lies on B, nobody has said so
    pair.copies.B.noteAll() // … and B → A has stepped over it
    expect(pair.start('A', 0)).toBe(0)
    const { there } = pair.copies.A
    const back = pair.copies.B.noted
    expect(startForGroup(0, { ...there, onTheWayTo: undefined }, back)).toBe(1) // it would be skipped
    expect(startForGroup(0, { ...there, onTheWayTo: Number.POSITIVE_INFINITY }, back)).toBe(0)
    expect(pair.start('A', 1)).toBe(1) // one that was consumed bounds nothing
  })

  test('a map of the counterpart that begins late: from where copying began', () => {
    const there = { map: new OffsetMap(), begin: 0, onTheWayTo: undefined, completeFrom: 0 }
    const back = { map: new OffsetMap(), begin: 3, read: 100, completeFrom: 50 }
    expect(startForGroup(49, there, back)).toBe(3)
    expect(startForGroup(50, there, back)).toBe(100)
  })
})

describe('one way', () => {
  const map = new OffsetMap()
  map.append({ source: 10, target: 4, count: 5 })
  map.append({ source: 20, target: 9, count: 5 })
  const there = { map, begin: 4, onTheWayTo: undefined, completeFrom: 0 }

  test.each([
    ['before all that was copied', 0, 4],
    ['at a record', 12, 6],
    ['in a gap', 15, 9],
    ['at the last one', 24, 13],
    ['behind all that was copied', 25, 14],
    ['far behind', 1_000, 14],
  ])('%s', (_name, position, start) => {
    expect(startForGroup(position, there)).toBe(start)
  })

  test('where nothing has crossed, where copying began', () => {
    expect(startForGroup(10, { ...there, map: new OffsetMap(), begin: 7 })).toBe(7)
  })

  test('where the map was lost and does not reach back so far, nobody knows', () => {
    expect(startForGroup(9, { ...there, completeFrom: 10 })).toBeUndefined()
    expect(startForGroup(10, { ...there, completeFrom: 10 })).toBe(4)
  })
})

describe('a copy under another name, back to what it is a copy of', () => {
  const map = new OffsetMap() // source: the origin on B, target: the copy on A
  map.append({ source: 5, target: 0, count: 3 })
  map.append({ source: 20, target: 3, count: 2 })
  const back = { map, begin: 5, read: 30, completeFrom: 0 }

  test.each([
    ['at its start', 0, 5],
    ['in the middle', 4, 21],
    ['at its end', 5, 30],
  ])('%s', (_name, position, start) => {
    expect(startOnOrigin(position, back)).toBe(start)
  })

  test('a map that was lost', () => {
    expect(startOnOrigin(2, { ...back, completeFrom: 3 })).toBe(5)
  })
})

test('never before the start of a log, never behind its end', () => {
  expect(within({ start: 20, end: 60 }, 5)).toBe(20)
  expect(within({ start: 20, end: 60 }, 90)).toBe(60)
  expect(within({ start: 20, end: 60 }, 30)).toBe(30)
})
