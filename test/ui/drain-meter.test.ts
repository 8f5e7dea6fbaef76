import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Drain, DrainMeter } from '../../src/ui/drain-meter.ts'

/** Looks at one log, given as seconds, copied and lag; what is said at the last. */
function after(...looks: [seconds: number, copied: number | null, lag: number | null][]): Drain {
  const meter = new DrainMeter()
  return looks.map(([seconds, copied, lag]) => meter.observe('orders/0', seconds * 1000, copied, lag)).at(-1) as Drain
}

test('nothing is said of the pace before there are two looks', () => {
  expect(after([0, 100, 900])).toEqual({ rate: null, leftMs: null, trend: undefined })
  expect(after([0, 100, 0])).toEqual({ rate: null, leftMs: 0, trend: undefined })
})

test('what is left is told from the pace at which the lag shrinks, not from the pace of copying', () => {
  // 200 copied a second while 100 more are written: the lag of 800 takes 8 s.
  expect(after([0, 0, 1_000], [2, 400, 800])).toEqual({ rate: 200, leftMs: 8_000, trend: 'draining' })
})

test('a lag that has not shrunk over several looks and 10 s is not draining; before that, nobody can tell', () => {
  const flat = (seconds: number): [number, number, number] => [seconds, 10 * seconds, 50]
  expect(after(flat(0), flat(5), flat(10)).trend).toBeUndefined()
  expect(after(flat(0), flat(5), flat(10), flat(15))).toEqual({ rate: 10, leftMs: null, trend: 'not-draining' })
  // Looks that follow fast are not proof: an engine notes its positions once a second.
  expect(after(...[0, 1, 2, 3, 4].map(n => flat(n))).trend).toBeUndefined()
  expect(after(...Array.from({ length: 11 }, (_, n) => flat(n))).trend).toBe('not-draining')
})

test('looks that follow at once are one, so that few are kept', () => {
  expect(after([0, 0, 50], [0.1, 0, 50], [0.2, 0, 50], [10, 0, 50]).trend).toBeUndefined()
  expect(after([0, 0, 50], [1, 0, 50], [2, 0, 50], [10, 0, 50]).trend).toBe('not-draining')
})

test('a lag that grows is not draining, though records are copied', () => {
  expect(after([0, 0, 10], [5, 100, 20], [10, 200, 30], [15, 300, 40])).toMatchObject({
    trend: 'not-draining',
    rate: 20,
  })
})

test('a stall shows within the window, however fast it went before', () => {
  const before: [number, number, number][] = [
    [0, 0, 90_000],
    [5, 80_000, 10_000],
  ]
  const stalled = [10, 15, 20, 25].map((at): [number, number, number] => [at, 80_000, 10_000])
  expect(after(...before, ...stalled).trend).toBe('not-draining')
  expect(after(...before, ...stalled, [30, 85_000, 5_000]).trend).toBe('draining')
})

test('a look in which it is unknown says nothing, and does not undo the others', () => {
  expect(after([0, 0, 1_000], [5, null, null])).toEqual({ rate: null, leftMs: null, trend: undefined })
  expect(after([0, 0, 1_000], [5, 500, null])).toEqual({ rate: null, leftMs: null, trend: undefined })
  expect(after([0, 0, 1_000], [5, null, null], [10, 500, 500])).toMatchObject({ rate: 50, leftMs: 10_000 })
})

test('a position that went back begins anew', () => {
  expect(after([0, 900, 100], [5, 10, 90])).toEqual({ rate: null, leftMs: null, trend: undefined })
  expect(after([0, 900, 100], [5, 10, 90], [10, 60, 40]).rate).toBe(10)
})

test('logs that are gone are forgotten', () => {
  const meter = new DrainMeter()
  meter.observe('a', 0, 0, 10)
  meter.observe('b', 0, 0, 10)
  meter.keepOnly(new Set(['b']))
  expect(meter.observe('a', 5_000, 5, 5).rate).toBeNull()
  expect(meter.observe('b', 5_000, 5, 5).rate).toBe(1)
})

test('whatever is seen: no rate is negative, nothing is infinite, and nothing with lag is called done', () => {
  const look = fc.record({
    ms: fc.nat(20_000),
    copied: fc.option(fc.nat(1_000_000)),
    lag: fc.option(fc.nat(1_000_000)),
  })
  fc.assert(
    fc.property(fc.array(look, { maxLength: 60 }), looks => {
      const meter = new DrainMeter()
      let at = 0
      for (const { ms, copied, lag } of looks) {
        at += ms
        const drain = meter.observe('a', at, copied, lag)
        for (const number of [drain.rate, drain.leftMs]) {
          expect(number === null || (number >= 0 && Number.isFinite(number))).toBe(true)
        }
        expect(drain.leftMs === 0).toBe(lag === 0 && copied !== null)
        expect(drain.trend === undefined || Number(lag) > 0).toBe(true)
      }
    }),
  )
})
