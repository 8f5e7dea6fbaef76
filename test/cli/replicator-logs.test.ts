import { expect, test } from 'vitest'
import { ReplicatorLogs } from '../../src/cli/replicator-logs.ts'
import type { CreateReplicatorRequest } from '../../src/config/types.ts'
import type { ReplicationEvent } from '../../src/events.ts'
import { LogDelivery } from '../../src/log-delivery/log-delivery.ts'
import type { LogLine, Sink } from '../../src/log-delivery/sink.ts'
import { fakeClock } from '../runbooks/fake-context.ts'

const LIMITS = { records: 100, bytes: 100_000, overhead: 1, recordBytes: 50_000, lingerMs: 1_000_000 }

/** A destination that keeps the messages that it gets; a broken one takes none. */
class FakeSink implements Sink {
  readonly limits = LIMITS
  readonly messages: string[] = []
  readonly name: Sink['name']
  readonly isBroken: boolean
  isOpen = true

  constructor(name: Sink['name'], isBroken = false) {
    this.name = name
    this.isBroken = isBroken
  }

  async send(lines: readonly LogLine[]): Promise<LogLine[]> {
    if (this.isBroken) throw new Error('it is down')
    this.messages.push(...lines.map(({ text }) => JSON.parse(text).message))
    return []
  }

  close(): void {
    this.isOpen = false
  }
}

/** Logs of a replicator that go to the first of these, and with each `reopen` to the next; none: nowhere. */
async function logsTo(...turns: (Sink[] | Error)[]) {
  const told: ReplicationEvent[] = []
  const options = { replicatorName: 'a', env: {}, region: undefined, clock: fakeClock({ realMs: 1 }), tell: () => {} }
  const request = {} as CreateReplicatorRequest
  const logs = new ReplicatorLogs(
    async () => {
      const next = turns.shift() ?? []
      if (next instanceof Error) throw next
      return next.length === 0 ? undefined : new LogDelivery(next, options)
    },
    event => told.push(event),
  )
  await logs.begin(request)
  const record = (...messages: string[]) => {
    for (const message of messages) logs.record({ code: 'topic-created', level: 'info', message, data: {} })
  }
  return { logs, told, record, reopen: () => logs.reopen(request) }
}

test('the former destinations get what was told before, the new ones all from then on, and nothing is lost', async () => {
  const [former, next] = [new FakeSink('S3'), new FakeSink('Firehose')]
  const { logs, told, record, reopen } = await logsTo([former], [next])
  record('1', '2')
  const reopening = reopen()
  await Promise.resolve()
  record('3')
  await reopening
  record('4')
  await logs.close()
  const change = 'logs go to Firehose from now on'
  expect(told).toEqual([
    { code: 'log-delivery-changed', level: 'info', message: change, data: { sinks: 'Firehose', dropped: 0 } },
  ])
  expect(former.messages).toEqual(['1', '2'])
  expect(former.isOpen).toBe(false)
  expect(next.messages).toEqual(['3', change, '4'])
  const none = { dropped: 0, waiting: 0, error: undefined }
  expect(logs.snapshot()).toEqual([
    { sink: 'S3', delivered: 2, ...none },
    { sink: 'Firehose', delivered: 3, ...none },
  ])
})

test('what a former destination does not take in time is dropped, counted and told', async () => {
  const next = new FakeSink('S3')
  const { logs, told, record, reopen } = await logsTo([new FakeSink('S3', true)], [next])
  record('1', '2')
  await reopen()
  await logs.close()
  const message = 'logs go to S3 from now on; 2 records that the former destinations did not take were dropped'
  expect(told).toMatchObject([{ level: 'warn', message, data: { dropped: 2 } }])
  expect(next.messages).toEqual([message])
  expect(logs.snapshot()).toEqual([{ sink: 'S3', delivered: 1, dropped: 2, waiting: 0, error: undefined }])
})

test('from nowhere to somewhere and back', async () => {
  const sink = new FakeSink('CloudWatchLogs')
  const { logs, told, record, reopen } = await logsTo([], [sink], [])
  record('before')
  expect(logs.snapshot()).toEqual([])
  await reopen()
  record('there')
  await reopen()
  record('after')
  expect(told.map(({ message }) => message)).toEqual([
    'logs go to CloudWatchLogs from now on',
    'logs are delivered nowhere from now on',
  ])
  expect(sink.messages).toEqual(['logs go to CloudWatchLogs from now on', 'there'])
  expect(logs.snapshot()).toMatchObject([{ sink: 'CloudWatchLogs', delivered: 2, dropped: 0 }])
})

test('where the new destinations cannot be opened all stays as it was', async () => {
  const sink = new FakeSink('S3')
  const { logs, told, record, reopen } = await logsTo([sink], new Error('a package is missing'))
  record('1')
  await expect(reopen()).rejects.toThrow('a package is missing')
  record('2')
  await logs.close()
  expect(sink.messages).toEqual(['1', '2'])
  expect(told).toEqual([])
})
