import { beforeEach, expect, test } from 'vitest'
import type { ControlNote, InstanceNote } from '../../src/progress/notes.js'
import { ProgressStore } from '../../src/progress/progress-store.js'
import { StateTopic, stateTopicName } from '../../src/progress/state-topic.js'
import { NoteKeeper } from '../../src/replication/note-keeper.js'
import { ConnectionError } from '../../src/wire/kafka-errors.js'
import { FakeClock, FakeCluster } from '../progress/fake-cluster.js'

const NAME = stateTopicName('x')
const FREEZE: ControlNote = { groupSync: 'frozen', copying: 'on', fencedTopics: [], by: 'failover r-1', at: 7 }

let cluster: FakeCluster
let clock: FakeClock
/** What somebody else reads and writes. */
let outside: ProgressStore
let keeper: NoteKeeper
/** The engine's own store, as it was opened. */
let store: ProgressStore
beforeEach(async () => {
  cluster = new FakeCluster('target')
  cluster.create(NAME)
  clock = new FakeClock()
  outside = await openStore()
  store = await openStore()
  keeper = keeperOf(store)
  await keeper.noteRunning()
})

async function openStore(): Promise<ProgressStore> {
  const topic = new StateTopic(NAME, cluster.side(clock), clock)
  await topic.exists()
  const store = new ProgressStore(topic)
  await store.load()
  return store
}

function instanceOf(generation: number): InstanceNote {
  return { id: `life ${generation}`, generation, host: 'h', processId: 1, startedAt: 5 }
}

function keeperOf(store: ProgressStore): NoteKeeper {
  type Parts = ConstructorParameters<typeof NoteKeeper>
  const [, clusters, options] = [] as unknown as Parts
  return new NoteKeeper({ store, instance: instanceOf(2) } as unknown as Parts[0], clusters, options, clock)
}

/** What the engine says that it obeys. */
async function acknowledged(): Promise<number | undefined> {
  await outside.load()
  return outside.status?.controlAt
}

const idle = () => false

test('where nobody asks anything, a look reads nothing and writes nothing', async () => {
  await keeper.hear(idle)
  const before = [cluster.asked.length, cluster.log(NAME).end]
  for (let look = 0; look < 5; look++) expect(await keeper.hear(idle)).toBeUndefined()
  expect([cluster.asked.length, cluster.log(NAME).end]).toEqual(before)
})

test('a target that does not answer is asked twice, and no more until the next look', async () => {
  let asked = 0
  cluster.call = async () => {
    asked++
    throw new ConnectionError('away')
  }
  await expect(keeper.hear(idle)).rejects.toThrow('away')
  expect(asked).toBe(2)
})

test('what is asked holds and is said to hold with the next look, once', async () => {
  await outside.saveControl(FREEZE)
  expect(await acknowledged()).toBeUndefined()
  await keeper.hear(idle)
  expect(store.control).toEqual(FREEZE)
  expect(await acknowledged()).toBe(7)
  const { end } = cluster.log(NAME)
  await keeper.hear(idle)
  expect(cluster.log(NAME).end).toBe(end)
  await outside.saveControl({ ...FREEZE, groupSync: 'on', at: 8 })
  await keeper.hear(idle)
  expect(await acknowledged()).toBe(8)
})

test('groups are not said to be frozen while an offset is on its way, by the status neither', async () => {
  await outside.saveControl(FREEZE)
  await keeper.hear(() => true)
  expect(store.control).toEqual(FREEZE) // from now on none is sent
  await keeper.noteRunning()
  expect(await acknowledged()).toBeUndefined()
  await keeper.hear(idle)
  expect(await acknowledged()).toBe(7)
})

test('what is not about groups need not wait for them', async () => {
  await outside.saveControl({ ...FREEZE, groupSync: 'on', fencedTopics: ['orders'] })
  await keeper.hear(() => true)
  expect(await acknowledged()).toBe(7)
})

test('a life that begins says so of what was asked before it', async () => {
  await outside.saveControl(FREEZE)
  await keeperOf(await openStore()).hear(idle)
  expect(await acknowledged()).toBe(7)
})

test('another instance with more right is answered, and nothing is said in its place', async () => {
  await outside.saveControl(FREEZE)
  const other = instanceOf(3)
  await outside.saveStatus({ state: 'running', at: clock.now(), instance: other })
  const { end } = cluster.log(NAME)
  expect(await keeper.hear(idle)).toEqual(other)
  expect(cluster.log(NAME).end).toBe(end)
})

test('one that is gone already, or older, is none', async () => {
  await outside.saveStatus({ state: 'stopped', at: clock.now(), instance: instanceOf(3) })
  await outside.saveStatus({ state: 'running', at: clock.now(), instance: instanceOf(1) })
  expect(await keeper.hear(idle)).toBeUndefined()
})
