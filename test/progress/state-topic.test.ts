import { beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/clock.js'
import type { Cluster } from '../../src/clusters/cluster.js'
import type { Leaders } from '../../src/clusters/leaders.js'
import { StateTopic } from '../../src/progress/state-topic.js'
import { ByteWriter } from '../../src/wire/byte-writer.js'
import { batchesIn } from '../../src/wire/record-batch.js'
import { decodeRecords } from '../../src/wire/records.js'
import { FakeClock, FakeCluster } from './fake-cluster.js'

const NAME = '__kafka_replicator_state_x'
const NOT_LEADER = 6

let broker: FakeBroker
let topic: StateTopic

beforeEach(() => {
  broker = new FakeBroker()
  const leaders = { of: () => ({ nodeId: 1, epoch: 0 }), refresh: async () => {} } as unknown as Leaders
  topic = new StateTopic(NAME, { cluster: broker as unknown as Cluster, leaders }, systemClock)
})

test('appends at the same time share one connection, which is closed in the end', async () => {
  await Promise.all(['a', 'b', 'c'].map(key => topic.append([{ key, value: '1' }])))
  topic.close()
  await Promise.resolve()
  expect(broker.connections.map(({ isOpen }) => isOpen)).toEqual([false])
})

test('many notes are written in batches well below the size that a broker takes', async () => {
  const rows = Array.from({ length: 2_500 }, (_, n) => ({
    key: `k${n}`,
    value: n % 2 === 0 ? 'x'.repeat(2_000) : null,
  }))
  await topic.append(rows)
  expect(broker.batches.flat()).toEqual(rows)
  const sizes = broker.batches.map(batch => batch.reduce((sum, { value }) => sum + (value?.length ?? 0), 0))
  expect(Math.max(...sizes)).toBeLessThan(600_000)
  expect(sizes.length).toBeLessThan(7)
})

test('a refusal is told, and the next append opens a new connection', async () => {
  broker.errorCode = NOT_LEADER
  await expect(topic.append([{ key: 'a', value: '1' }])).rejects.toThrow(/writing __kafka.*NOT_LEADER_OR_FOLLOWER/)
  broker.errorCode = 0
  await topic.append([{ key: 'a', value: '2' }])
  expect(broker.connections.map(({ isOpen }) => isOpen)).toEqual([false, true])
})

test('a connection that was lost meanwhile is replaced without a failure', async () => {
  await topic.append([{ key: 'a', value: '1' }])
  broker.connections[0]!.close()
  await topic.append([{ key: 'a', value: '2' }])
  expect(broker.connections).toHaveLength(2)
})

test('a connection that cannot be opened is tried anew by the next append', async () => {
  broker.isDown = true
  await expect(topic.append([{ key: 'a', value: '1' }])).rejects.toThrow('down')
  broker.isDown = false
  await topic.append([{ key: 'a', value: '2' }])
  expect(broker.batches).toHaveLength(1)
})

describe('what others append', () => {
  let cluster: FakeCluster
  let ours: StateTopic
  let theirs: StateTopic

  beforeEach(async () => {
    cluster = new FakeCluster('target')
    cluster.create(NAME)
    ;[ours, theirs] = await Promise.all([opened(), opened()])
  })

  test('is not there as long as only we write', async () => {
    await ours.append([{ key: 'a', value: '1' }])
    await Promise.all(['b', 'c'].map(key => ours.append([{ key, value: '1' }])))
    expect(ours.hasUnread).toBe(false)
    expect(await ours.readNew()).toEqual([])
  })

  test.each([
    ['before an append of ours', ['theirs', 'ours']],
    ['between two of ours', ['ours', 'theirs', 'ours']],
    ['right behind a reading', ['read', 'theirs', 'ours']],
  ])('is known after our next append, and read once: %s', async (_when, actions) => {
    for (const action of actions) {
      if (action === 'read') await ours.readAll()
      else await { ours, theirs }[action]?.append([{ key: action, value: '1' }])
    }
    expect(ours.hasUnread).toBe(true)
    expect((await ours.readNew()).filter(({ key }) => key === 'theirs')).toHaveLength(1)
    expect(ours.hasUnread).toBe(false)
    expect(await ours.readNew()).toEqual([])
  })

  test('behind our last append is known with the next one', async () => {
    await ours.append([{ key: 'a', value: '1' }])
    await theirs.append([{ key: 'b', value: null }])
    expect(ours.hasUnread).toBe(false)
    await ours.append([{ key: 'c', value: '3' }])
    expect(ours.hasUnread).toBe(true)
    expect(await ours.readNew()).toEqual([
      { key: 'b', value: null },
      { key: 'c', value: '3' },
    ])
  })

  test('in between two batches of one append of ours is known too', async () => {
    let appends = 0
    cluster.beforeAppend = () => {
      if (++appends === 2) cluster.writeForeign(NAME, 'foreign', '1')
    }
    await ours.append(Array.from({ length: 3 }, (_, n) => ({ key: `k${n}`, value: 'x'.repeat(600_000) })))
    expect(appends).toBe(3)
    expect(ours.hasUnread).toBe(true)
    expect((await ours.readNew()).map(({ key }) => key)).toEqual(['foreign', 'k1', 'k2'])
  })

  test('counts where a key was written by both: the newest value is read', async () => {
    await ours.append([{ key: 'a', value: 'ours' }])
    await theirs.append([{ key: 'a', value: 'theirs' }])
    expect(await ours.readAll()).toEqual(new Map([['a', 'theirs']]))
    await theirs.append([{ key: 'a', value: null }])
    expect(await ours.readAll()).toEqual(new Map())
  })

  async function opened(): Promise<StateTopic> {
    const clock = new FakeClock()
    const one = new StateTopic(NAME, cluster.side(clock), clock)
    await one.exists()
    return one
  }
})

/** Takes Produce requests and answers them with an error code. */
class FakeBroker {
  errorCode = 0
  isDown = false
  readonly connections: FakeConnection[] = []
  readonly batches: { key: string; value: string | null }[][] = []

  async openDataConnection(): Promise<{ connection: FakeConnection }> {
    await Promise.resolve()
    if (this.isDown) throw new Error('down')
    const connection = new FakeConnection(this)
    this.connections.push(connection)
    return { connection }
  }
}

class FakeConnection {
  isOpen = true
  private readonly broker: FakeBroker
  private readonly listeners: (() => void)[] = []

  constructor(broker: FakeBroker) {
    this.broker = broker
  }

  onClose(listener: () => void): void {
    this.listeners.push(listener)
  }

  close(): void {
    this.isOpen = false
    for (const listener of this.listeners.splice(0)) listener()
  }

  async send(_head: object, chunks: Buffer[]): Promise<Buffer> {
    const bytes = chunks.at(-1)!
    const [batch] = batchesIn(bytes, 0, bytes.length)
    const records = decodeRecords(batch!.recordBytes, batch!.recordCount)
    const rows = records.map(({ key, value }) => ({ key: `${key}`, value: value?.toString() ?? null }))
    if (this.broker.errorCode === 0) this.broker.batches.push(rows)
    return new ByteWriter()
      .int32(1)
      .string(NAME)
      .int32(1)
      .int32(0)
      .int16(this.broker.errorCode)
      .int64(7)
      .int64(-1)
      .int64(0)
      .int32(0)
      .nullableString(null)
      .int32(0)
      .bytes()
  }
}
