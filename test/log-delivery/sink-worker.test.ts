import { expect, test } from 'vitest'
import { fits, type LogLine, type Sink } from '../../src/log-delivery/sink.ts'
import { SinkWorker } from '../../src/log-delivery/sink-worker.ts'
import type { LogSinkSnapshot } from '../../src/replication/snapshot.ts'
import { fakeClock } from '../runbooks/fake-context.ts'

const LIMITS = { records: 3, bytes: 100, overhead: 1, recordBytes: 50, lingerMs: 1_000 }
const line = (text: string): LogLine => ({ at: 0, text, bytes: text.length })

/** A sink that answers as it is told, each answer once; then it takes all. */
function sinkOf(...answers: ((lines: readonly LogLine[]) => Promise<LogLine[]>)[]) {
  const sent: string[][] = []
  const sink: Sink = {
    name: 'Firehose',
    limits: LIMITS,
    send: async lines => {
      sent.push(lines.map(({ text }) => text))
      return (await answers.shift()?.(lines)) ?? []
    },
    close: () => {},
  }
  return { sink, sent }
}

const down = async () => {
  throw new Error('it is down')
}

function start(sink: Sink) {
  const told: [LogSinkSnapshot, boolean][] = []
  const worker = new SinkWorker(sink, fakeClock({ realMs: 1 }), (...one) => void told.push(one))
  return { worker, told }
}

test('records go in order, as many at once as the service takes', async () => {
  const { sink, sent } = sinkOf()
  const { worker } = start(sink)
  for (const text of ['a', 'b', 'c', 'd']) worker.add(line(text))
  await worker.close(5_000)
  expect(sent).toEqual([['a', 'b', 'c'], ['d']])
  expect(worker.snapshot()).toMatchObject({ delivered: 4, dropped: 0, waiting: 0 })
})

test('what a service did not take of a batch is sent again, and only that', async () => {
  const { sink, sent } = sinkOf(async lines => [lines[1]!])
  const { worker } = start(sink)
  for (const text of ['a', 'b', 'c']) worker.add(line(text))
  await expect.poll(() => worker.snapshot().delivered).toBe(3)
  await worker.close(5_000)
  expect(sent).toEqual([['a', 'b', 'c'], ['b']])
})

test('a sink that is back takes what waited; both are told once', async () => {
  const { sink, sent } = sinkOf(down, down)
  const { worker, told } = start(sink)
  worker.add(line('a'))
  await expect.poll(() => worker.snapshot().delivered).toBe(1)
  await worker.close(5_000)
  expect(sent).toEqual([['a'], ['a'], ['a']])
  expect(told.map(([{ error }, isFailing]) => [isFailing, error])).toEqual([
    [true, 'Error: it is down'],
    [false, undefined],
  ])
})

test('six tries, then the batch is dropped and counted, and the next one is tried', async () => {
  const { sink, sent } = sinkOf(down, down, down, down, down, down)
  const { worker } = start(sink)
  worker.add(line('lost'))
  await expect.poll(() => worker.snapshot().dropped).toBe(1)
  worker.add(line('next'))
  await expect.poll(() => worker.snapshot().delivered).toBe(1)
  await worker.close(5_000)
  expect(sent).toEqual([...Array(6).fill(['lost']), ['next']])
})

test('a sink that is down costs bounded memory: what has no room is dropped and counted', async () => {
  const { sink } = sinkOf(() => new Promise(() => {}))
  const { worker } = start(sink)
  for (let n = 0; n < 10_500; n++) worker.add(line('x'))
  const { dropped, waiting } = worker.snapshot()
  expect({ dropped, waiting }).toEqual({ dropped: 500, waiting: 10_000 })
  const big = { at: 0, text: '', bytes: 9 << 20 }
  worker.add(big)
  expect(worker.snapshot().dropped).toBe(501)
  await worker.close(10)
  expect(worker.snapshot()).toMatchObject({ delivered: 0, dropped: 10_501, waiting: 0 })
})

test('how much fits counts the overhead of each record, and a single one always goes', () => {
  expect(fits(Array(10).fill(line('x'.repeat(49))), LIMITS)).toBe(2)
  expect(fits(Array(10).fill(line('x'.repeat(50))), LIMITS)).toBe(1)
  expect(fits([line('x'.repeat(500))], LIMITS)).toBe(1)
  expect(fits(Array(10).fill(line('x')), LIMITS)).toBe(3)
})
