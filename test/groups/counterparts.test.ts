import { beforeEach, describe, expect, test } from 'vitest'
import { Counterparts, type CounterpartsOptions } from '../../src/groups/counterparts.js'
import type { GroupRoute } from '../../src/groups/group-route.js'
import { OffsetMap } from '../../src/offset-map/offset-map.js'
import type { PartitionNote } from '../../src/progress/notes.js'
import { ProgressStore } from '../../src/progress/progress-store.js'
import { StateTopic, stateTopicName } from '../../src/progress/state-topic.js'
import { ProvenanceRegistry } from '../../src/provenance/provenance-registry.js'
import { FakeClock, FakeCluster } from '../progress/fake-cluster.js'

/** We copy A → B; the counterparts copy B → A, and note that on A, which is our source. */

const IDS = { ours: 'aa'.repeat(16), theirs: 'bb'.repeat(16) }
const OPTIONS: CounterpartsOptions = { targetId: 'B', targetAlias: 'b', naming: 'identical', mode: 'enhanced' }

let clock: FakeClock
let a: FakeCluster
let registry: ProvenanceRegistry

beforeEach(async () => {
  clock = new FakeClock()
  a = new FakeCluster('A')
  registry = new ProvenanceRegistry(a.side(clock), clock)
  await registry.open(undefined)
  await registry.ensure()
})

describe('which ones there are', () => {
  test('those that write here what they read from our target, and have notes here', async () => {
    const counterparts = of()
    await counterparts.refresh()
    expect(counterparts.all).toEqual([])
    await claim('other', 1, ['C'])
    await claim('through', 2, ['B', 'C'])
    await claim('back', 3, ['C', 'B'])
    await claim('no-notes-any-more', 4, ['B'])
    for (const id of ['other', 'through', 'back']) await notesOf(id)
    clock.time += 30_000
    await counterparts.refresh()
    expect(counterparts.all).toEqual([{ stateTopic: stateTopicName('back'), isEnhanced: false }])
  })

  test('a new one is seen in the next round', async () => {
    const counterparts = of()
    await counterparts.refresh()
    expect(counterparts.all).toEqual([])
    await started('back')
    await counterparts.refresh()
    expect(counterparts.all).toHaveLength(1)
  })

  test('whether one is ENHANCED, as soon as it says so', async () => {
    const store = await started('back')
    const counterparts = of()
    await counterparts.refresh()
    expect(counterparts.all).toMatchObject([{ isEnhanced: false }])
    await store.saveReplicator({ ...REPLICATOR, groupSync: 'enhanced' })
    await counterparts.refresh()
    expect(counterparts.all).toMatchObject([{ isEnhanced: true }])
  })

  test('one that was deleted is none any more, but what it has brought is still known', async () => {
    const store = await started('back')
    await note(store, { records: 3 })
    const counterparts = of()
    await counterparts.refresh()
    expect(counterparts.all).toHaveLength(1)
    await store.retire({ ...REPLICATOR, groupSync: 'enhanced' })
    await counterparts.refresh()
    expect(counterparts.all).toEqual([])
    expect(counterparts.wayBack('orders', 0, route)?.map.sourceFor(0)).toBe(0)
  })

  test('notes that vanish are no reason to forget what they said', async () => {
    await note(await started('back'), { records: 3 })
    const counterparts = of()
    await counterparts.refresh()
    a.logs.delete(stateTopicName('back'))
    await counterparts.refresh()
    expect(counterparts.wayBack('orders', 0, route)?.read).toBe(3)
  })
})

test('a source that does not answer is an error, and no counterpart is given up for it', async () => {
  await note(await started('back'), { records: 3 })
  const counterparts = of()
  await counterparts.refresh()
  const { call } = a
  a.call = async () => {
    throw new Error('it does not answer')
  }
  await expect(counterparts.refresh()).rejects.toThrow('it does not answer')
  a.call = call
  await counterparts.refresh()
  expect(counterparts.wayBack('orders', 0, route)?.read).toBe(3)
})

describe('the way back of a partition', () => {
  test('is what it has noted up to the last refresh', async () => {
    const store = await started('back')
    await note(store, { records: 3 })
    const counterparts = of()
    await counterparts.refresh()
    expect(counterparts.wayBack('orders', 0, route)).toMatchObject({ begin: 0, read: 3, completeFrom: 0 })
    expect(counterparts.wayBack('orders', 0, route)?.map.sourceFor(52)).toBe(2)
    await note(store, { records: 5 })
    expect(counterparts.wayBack('orders', 0, route)?.read).toBe(3)
    await counterparts.refresh()
    expect(counterparts.wayBack('orders', 0, route)?.read).toBe(5)
    expect(counterparts.wayBack('orders', 0, route)?.map.sourceFor(54)).toBe(4)
  })

  test('with closed pieces of the map', async () => {
    const store = await started('back')
    const sourceOf = (n: number) => 3 * n + (n % 2)
    const map = new OffsetMap()
    for (let n = 0; n < 5_000; n++) map.append({ source: sourceOf(n), target: 50 + 4 * n, count: 1 })
    const closed = map.takeClosed()
    expect(closed.length).toBeGreaterThan(2)
    await store.savePartitions([{ sourceTopic: 'orders', partition: 0, note: noteWith(map), closed }])
    const counterparts = of()
    await counterparts.refresh()
    for (const n of [0, 7, 2_500, 4_999]) {
      expect(counterparts.wayBack('orders', 0, route)?.map.sourceFor(50 + 4 * n)).toBe(sourceOf(n))
    }
  })

  test.each<[string, Partial<PartitionNote>]>([
    ['it reads a former topic of that name', { sourceTopicId: 'cc'.repeat(16) }],
    ['it writes a former topic of that name', { targetTopicId: 'cc'.repeat(16) }],
  ])('nothing is known to be read where %s', async (_what, change) => {
    await note(await started('back'), { records: 3, ...change })
    const counterparts = of()
    await counterparts.refresh()
    expect(counterparts.wayBack('orders', 0, route)).toMatchObject({ begin: 0, read: 0, completeFrom: 0 })
  })

  test.each([
    ['enhanced', { read: 0 }],
    ['legacy', undefined],
  ] as const)('where nobody copies it: %s', async (mode, expected) => {
    await note(await started('back'), { records: 3 })
    const counterparts = of({ mode })
    await counterparts.refresh()
    const way = counterparts.wayBack('orders', 1, route)
    if (expected === undefined) expect(way).toBeUndefined()
    else expect(way).toMatchObject(expected)
    expect(counterparts.wayBack('orders', 0, route)?.read).toBe(3)
  })

  test('there is none under prefixed names: the topics have copies of their own', async () => {
    await note(await started('back'), { records: 3 })
    const counterparts = of({ naming: 'prefixed' })
    await counterparts.refresh()
    expect(counterparts.wayBack('orders', 0, route)).toBeUndefined()
  })

  test('a map that cannot be read knows nothing: complete from nowhere', async () => {
    const store = await started('back')
    const openSegment = { number: 0, bytes: Buffer.from('not a map') }
    await note(store, { records: 3, openSegment })
    const counterparts = of()
    await counterparts.refresh()
    expect(counterparts.wayBack('orders', 0, route)).toMatchObject({ read: 3, completeFrom: Number.POSITIVE_INFINITY })
  })

  test('a map that had to begin anew is complete from its first record on', async () => {
    await note(await started('back'), { records: 3, mapFrom: 100 })
    const counterparts = of()
    await counterparts.refresh()
    expect(counterparts.wayBack('orders', 0, route)).toMatchObject({ read: 3, completeFrom: 50 })
  })
})

describe('a source topic that is the copy of one of the target', () => {
  let store: ProgressStore
  beforeEach(async () => {
    store = await started('back')
    await store.saveReplicator({ ...REPLICATOR, naming: 'prefixed' })
    await note(store, { records: 3 })
  })

  test('by its prefix and by the claim of the replicator that made it', async () => {
    await registry.claimTopics([{ name: 'b.orders', entry: { path: ['B'], replicatorId: 'back' } }])
    const counterparts = of({ naming: 'prefixed' })
    await counterparts.refresh()
    const found = counterparts.origin('b.orders', 0)
    expect(found).toMatchObject({ targetTopic: 'orders', back: { read: 3 } })
    expect(found?.back.map.sourceFor(51)).toBe(1)
    expect(counterparts.origin('b.orders', 1)).toBeUndefined()
    expect(counterparts.origin('orders', 0)).toBeUndefined()
    expect(counterparts.origin('c.orders', 0)).toBeUndefined()
  })

  test('not of one that writes under the names of the target now', async () => {
    await registry.claimTopics([{ name: 'b.orders', entry: { path: ['B'], replicatorId: 'back' } }])
    const counterparts = of({ naming: 'prefixed' })
    await counterparts.refresh()
    expect(counterparts.origin('b.orders', 0)).toBeDefined()
    await store.saveReplicator(REPLICATOR)
    await counterparts.refresh()
    expect(counterparts.origin('b.orders', 0)).toBeUndefined()
  })

  test('not by its name alone, nor by the claim of another', async () => {
    const counterparts = of({ naming: 'prefixed' })
    await counterparts.refresh()
    expect(counterparts.origin('b.orders', 0)).toBeUndefined()
    await registry.claimTopics([{ name: 'b.orders', entry: { path: ['B'], replicatorId: 'another' } }])
    await counterparts.refresh()
    expect(counterparts.origin('b.orders', 0)).toBeUndefined()
  })
})

const REPLICATOR = {
  ...{ sourceClusterId: 'B', naming: 'identical' as const },
  ...{ sourceRegistry: null, targetRegistry: 'ff' },
}

/** Our topic on both sides. */
const route: GroupRoute = {
  ...{ targetTopic: 'orders', sourceTopicId: IDS.ours, targetTopicId: IDS.theirs },
  there: { map: new OffsetMap(), begin: 0, onTheWayTo: undefined, completeFrom: 0 },
  ...{ copied: 0, sourceEnd: null, targetEnd: null },
}

function of(options: Partial<CounterpartsOptions> = {}): Counterparts {
  return new Counterparts(a.side(clock), registry, { ...OPTIONS, ...options }, clock)
}

function claim(replicatorId: string, producerId: number, path: string[]): Promise<void> {
  return registry.claimProducers([{ producerId, entry: { path, replicatorId } }])
}

async function notesOf(id: string): Promise<ProgressStore> {
  const name = stateTopicName(id)
  a.create(name)
  const topic = new StateTopic(name, a.side(clock), clock)
  await topic.exists()
  const store = new ProgressStore(topic)
  await store.load()
  return store
}

/** A replicator B → A that has begun. */
async function started(id: string, producerId = 1): Promise<ProgressStore> {
  await claim(id, producerId, ['B'])
  const store = await notesOf(id)
  await store.saveReplicator(REPLICATOR)
  return store
}

/** It has read so many records of B, which lie from 50 on on A. */
function note(
  store: ProgressStore,
  { records, topic = 'orders', ...change }: { records: number; topic?: string } & Partial<PartitionNote>,
): Promise<void> {
  const map = new OffsetMap()
  map.append({ source: 0, target: 50, count: records })
  return store.savePartitions([{ sourceTopic: topic, partition: 0, note: { ...noteWith(map), ...change } }])
}

function noteWith(map: OffsetMap): PartitionNote {
  const sourceNext = (map.last?.source ?? -1) + 1
  return {
    ...{ sourceNext, sourceEpoch: 0, targetEnd: map.end ?? 0, sequences: new Map() },
    ...{ sourceStart: 0, targetStart: 0, sourceTopicId: IDS.theirs, targetTopicId: IDS.ours },
    openSegment: map.openSegment(),
  }
}
