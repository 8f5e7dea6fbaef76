import { expect, test } from 'vitest'
import type { StoredStatus } from '../../src/replication/stored-status.ts'
import type { GateTable } from '../../src/runbooks/context.ts'
import { type Gate, waitForGate } from '../../src/runbooks/gate.ts'
import { storedPartition, storedStatus, storedTopic } from '../support/stored-status.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { fakeClock, fakeContext, newJournal } from './fake-context.ts'

const DRAIN: Gate = {
  title: 'drain',
  threshold: 'lag 0',
  shows: { kind: 'drain', maxLag: 0 },
  lacking: ({ totals }) => (totals.lag === 0 ? undefined : `lag ${totals.lag ?? '?'}`),
}

function lagging(lag: number | null): StoredStatus {
  const partition = storedPartition(0, 'copying', lag === null ? null : 100, lag === null ? null : 100 - lag)
  return storedStatus({ topics: [storedTopic('orders', [partition])] })
}

/** Looks find one after the other; the last one again and again. */
async function wait(
  looks: (number | null)[],
  { gates = DRAIN as Gate | Gate[], timeoutMs = 60_000, stopAt = -1 } = {},
) {
  const clock = fakeClock()
  const shown: GateTable[] = []
  const stop = new AbortController()
  let count = 0
  const status = async () => {
    if (count === stopAt) stop.abort()
    return lagging(looks[Math.min(count++, looks.length - 1)] as number | null)
  }
  const journal = await newJournal(await temporaryFolder())
  const context = fakeContext({ journal, clock, shown, status, stop: stop.signal, settings: { timeoutMs } })
  const outcome = await waitForGate(gates, context)
  return { outcome, seconds: clock.seconds(), good: shown.map(table => table.good), shown }
}

test('holds after three good looks in a row, 5 s apart', async () => {
  const { outcome, seconds, good } = await wait([475, 0])
  expect(outcome).toEqual({ kind: 'passed' })
  expect([seconds, good]).toEqual([15, [0, 1, 2, 3]])
})

test('flapping: a bad look begins the count anew', async () => {
  expect((await wait([0, 0, 1, 0])).good).toEqual([1, 2, 0, 1, 2, 3])
})

test('what is not known never does', async () => {
  const { outcome, seconds } = await wait([null])
  expect(outcome).toMatchObject({ kind: 'timed-out', reason: 'drain: not so within 60 s: lag ?' })
  expect(seconds).toBe(60)
})

test('the time may be over between good looks: not held', async () => {
  const { outcome } = await wait([0], { timeoutMs: 5_000 })
  expect(outcome).toMatchObject({ kind: 'timed-out', reason: 'drain: not so within 5 s: 2 of 3 good samples' })
})

test('a stop ends it after the look that is under way, even if that one was good', async () => {
  expect((await wait([0], { stopAt: 2 })).outcome).toEqual({ kind: 'interrupted' })
  expect((await wait([1], { stopAt: 0 })).good).toEqual([])
})

test('what must stand still is compared with the look before', async () => {
  const still: Gate = {
    title: 'ends stand still',
    threshold: 'unchanged',
    shows: { kind: 'still' },
    lacking: (now, before) => {
      if (before === undefined) return 'first look'
      return now.totals.lag === before.totals.lag ? undefined : 'moves'
    },
  }
  const { shown } = await wait([5, 6, 6, 7], { gates: still })
  expect(shown.map(({ lacking }) => lacking)).toEqual([
    'first look',
    'moves',
    undefined,
    'moves',
    undefined,
    undefined,
    undefined,
  ])
})

test('of several gates all must hold in the same look', async () => {
  let look = 0
  const other = { ...DRAIN, title: 'the other way', read: async () => lagging(++look % 2) }
  const { outcome, good } = await wait([0], { gates: [DRAIN, other] })
  expect(outcome).toMatchObject({ kind: 'timed-out', reason: expect.stringContaining('the other way') })
  expect(Math.max(...good)).toBe(1)
})

const FACT: Gate = { ...DRAIN, title: 'heard', samples: 1 }

test('a fact needs one look, and is looked for twice a second', async () => {
  const { outcome, seconds, shown } = await wait([1, 1, 0], { gates: FACT })
  expect(outcome).toEqual({ kind: 'passed' })
  expect(seconds).toBe(1)
  expect(shown.map(({ good, samples }) => [good, samples])).toEqual([
    [0, 1],
    [0, 1],
    [1, 1],
  ])
})

test('together with what must last it waits as long as that', async () => {
  const { seconds, good } = await wait([0], { gates: [FACT, DRAIN] })
  expect([seconds, good.at(-1)]).toEqual([10, 3])
})
