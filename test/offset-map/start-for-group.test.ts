import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OffsetMap } from '../../src/offset-map/offset-map.js'
import { startForGroup, startOneWay } from './start-for-group.js'

type Origin = 'A' | 'B'
/** What lies at an offset: a record by its name, or a marker. */
type Entry = { origin: Origin; name: string } | undefined

const other = (side: Origin): Origin => (side === 'A' ? 'B' : 'A')

/** One direction: reads one log, appends what is native there to the other, and hears of it later. */
class Copy {
  readonly map = new OffsetMap()
  /** Everything before it is acknowledged or stepped over. */
  read = 0
  private sent = 0
  private readonly onTheWay: { source: number; target: number }[] = []
  private readonly from: Origin
  private readonly logs: Record<Origin, Entry[]>

  constructor(from: Origin, logs: Record<Origin, Entry[]>) {
    this.from = from
    this.logs = logs
  }

  get onTheWayTo(): number | undefined {
    const last = this.onTheWay.at(-1)
    return last && last.source + 1
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
      this.copies.A.all()
      this.copies.B.all()
    }
  }

  start(from: Origin, position: number): number {
    const log = { start: 0, end: this.logs[other(from)].length }
    return startForGroup(position, this.copies[from], this.copies[other(from)], log)
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
      fc.record({ kind: fc.constantFrom('send' as const, 'acknowledge' as const), side, count: few }),
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
        pair.copies[other(last.side)].all()
        expect(pair.judgeAll()).toEqual({ skipped: [], again: [] })
      }),
      { numRuns: 300 },
    )
  })

  test('a record on its way bounds the answer: the map does not know yet that it lies there', () => {
    const pair = new Pair()
    pair.produce('A', 1)
    pair.copies.A.send(1) // it lies on B, nobody has said so
    pair.copies.B.all() // … and B → A has stepped over it
    expect(pair.start('A', 0)).toBe(0)
    const unaware = { map: pair.copies.A.map, onTheWayTo: undefined }
    expect(startForGroup(0, unaware, pair.copies.B, { start: 0, end: 1 })).toBe(1) // it would be skipped
    expect(pair.start('A', 1)).toBe(1) // one that was consumed bounds nothing
  })

  test('the answer lies within the log', () => {
    const map = new OffsetMap()
    map.append({ source: 0, target: 0, count: 100 })
    const back = { map: new OffsetMap(), read: 100 }
    const there = { map, onTheWayTo: undefined }
    expect(startForGroup(5, there, back, { start: 20, end: 100 })).toBe(20)
    expect(startForGroup(90, there, back, { start: 20, end: 60 })).toBe(60)
  })
})

describe('one way', () => {
  const map = new OffsetMap()
  map.append({ source: 10, target: 0, count: 5 })
  map.append({ source: 20, target: 5, count: 5 })

  test.each([
    ['before all that was copied', 0, 0],
    ['at a record', 12, 2],
    ['in a gap', 15, 5],
    ['at the last one', 24, 9],
    ['behind all that was copied', 25, 10],
    ['far behind', 1_000, 10],
  ])('%s', (_name, position, start) => {
    expect(startOneWay(position, map, { start: 0, end: 50 })).toBe(start)
  })

  test('never before the start of the log, never behind its end', () => {
    expect(startOneWay(10, map, { start: 7, end: 50 })).toBe(7)
    expect(startOneWay(25, map, { start: 0, end: 8 })).toBe(8)
  })

  test('where nothing has crossed, all that the target has', () => {
    expect(startOneWay(10, new OffsetMap(), { start: 3, end: 50 })).toBe(3)
  })
})
