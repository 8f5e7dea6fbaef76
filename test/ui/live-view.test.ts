import { expect, test } from 'vitest'
import { LiveView } from '../../src/ui/live-view.ts'
import { RateMeter } from '../../src/ui/rates.ts'
import { exampleSnapshot } from './snapshots.ts'

test('without a terminal: one line per replicator', () => {
  const view = new LiveView(() => ({
    inPlace: false,
    width: undefined,
    height: undefined,
    color: false,
    unicode: true,
  }))
  expect(view.frame([exampleSnapshot()])).toBe(
    '14:02:31Z orders-dr  topics 4  partitions 6  copied 951,402  lag ?  ?  held\n',
  )
})

test('on a terminal: drawn over the last table, events above it', () => {
  const view = new LiveView(() => ({ inPlace: true, width: 80, height: 40, color: false, unicode: true }))
  const first = view.frame([exampleSnapshot()])
  const lines = first.split('\n').length - 1
  expect(first).not.toContain('\u001b')
  expect(view.line('something happened')).toBe(`\u001b[${lines}A\r\u001b[0Jsomething happened\n${first}`)
  expect(view.frame([exampleSnapshot()])).toBe(`\u001b[${lines}A\r\u001b[0J${first}`)
})

test('never higher than the screen, for the cursor cannot go above it', () => {
  const view = new LiveView(() => ({ inPlace: true, width: 80, height: 10, color: false, unicode: true }))
  expect(view.frame([exampleSnapshot(), exampleSnapshot(), exampleSnapshot()]).split('\n').length - 1).toBeLessThan(10)
})

test('rates come from the last seconds, and begin unknown', () => {
  const meter = new RateMeter()
  const at = (seconds: number, bytes: number) => ({ ...exampleSnapshot(), at: seconds * 1000, bytesCopied: bytes })
  expect(meter.observe(at(0, 0)).bytes).toBeNull()
  expect(meter.observe(at(1, 100)).bytes).toBe(100)
  for (let second = 2; second <= 20; second++) meter.observe(at(second, 100))
  expect(meter.observe(at(21, 100)).bytes).toBe(0)
})
