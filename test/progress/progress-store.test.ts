import { beforeEach, describe, expect, test } from 'vitest'
import type { GapNote, InstanceNote, PartitionNote, ReplicatorNote, StatusNote } from '../../src/progress/notes.js'
import { ProgressStore } from '../../src/progress/progress-store.js'
import { StateTopic, stateTopicName } from '../../src/progress/state-topic.js'
import { FakeClock, FakeCluster } from './fake-cluster.js'

const NAME = stateTopicName('x')
const NOTE: PartitionNote = {
  ...{ sourceNext: 10, sourceEpoch: 4, targetEnd: 9 },
  sequences: new Map([
    [5, 7],
    [6, 2 ** 31 - 1],
  ]),
  ...{ sourceStart: 3, targetStart: 2, sourceTopicId: 'aa', targetTopicId: 'bb' },
  openSegment: { number: 2, bytes: Buffer.from([0, 255, 7]) },
}
const REPLICATOR: ReplicatorNote = {
  ...{ sourceClusterId: 's', naming: 'identical' as const },
  ...{ sourceRegistry: null, targetRegistry: 'ff' },
}
const GAP: GapNote = {
  ...{ kind: 'poison' as const, sourceTopic: 'a', partition: 2, from: 7, to: 8 },
  ...{ sourceTopicId: 'aa', targetTopicId: 'bb', reason: 'too large', at: 99 },
}

const instance = (id: string, generation = 1): InstanceNote => ({
  ...{ id, generation },
  ...{ host: 'h', processId: 1, startedAt: 5 },
})
const running = (id: string, at = 123): StatusNote => ({ state: 'running', at, instance: instance(id) })

let cluster: FakeCluster
let store: ProgressStore
beforeEach(async () => {
  cluster = new FakeCluster('target')
  cluster.create(NAME)
  store = await nextLife()
})

test('the state topic of a replicator is an internal one that bears its id', () => {
  expect(stateTopicName('0a1b-2c')).toBe('__kafka_replicator_state_0a1b-2c')
})

test('what one life notes, the next one reads', async () => {
  await store.saveReplicator(REPLICATOR)
  await store.saveProducer({ producerId: 5, producerEpoch: 0, path: ['s'] })
  await store.saveDiscovered({ at: 99 })
  await store.saveStatus(running('one'))
  await store.savePartitions([{ sourceTopic: 'a/b', partition: 2, note: { ...NOTE, held: 'no right' } }])

  const next = await nextLife()
  expect(next.replicator).toEqual(REPLICATOR)
  expect(next.producers).toEqual([{ producerId: 5, producerEpoch: 0, path: ['s'] }])
  expect(next.status).toEqual(running('one'))
  expect(next.hasDiscovered).toBe(true)
  expect(next.partition('a/b', 2)).toEqual({ ...NOTE, held: 'no right' })
})

test('of one that is no more stays what others need, and nothing that was said or asked', async () => {
  await store.saveReplicator(REPLICATOR)
  await store.saveStatus(running('one'))
  await store.saveControl({ groupSync: 'frozen', copying: 'on', fencedTopics: [], by: 'failback r-1', at: 5 })
  await store.savePartitions([{ sourceTopic: 'a', partition: 2, note: NOTE }])
  await store.retire(REPLICATOR)

  const next = await nextLife()
  expect(next.replicator).toEqual({ ...REPLICATOR, isDeleted: true })
  expect([next.status, next.control]).toEqual([undefined, undefined])
  expect(next.partition('a', 2)).toEqual(NOTE)
})

test('an empty topic means that there was no life before', () => {
  expect([store.replicator, store.status, store.partition('a', 0)]).toEqual([undefined, undefined, undefined])
  expect([store.producers, store.gaps, store.segments('aa', 'a', 0)]).toEqual([[], [], new Map()])
  expect([store.hasDiscovered, store.knowsTopic('a')]).toEqual([false, false])
})

test('the newest note of a partition counts, and partitions are told apart', async () => {
  await store.savePartitions([0, 1].map(partition => ({ sourceTopic: 'a', partition, note: NOTE })))
  await store.savePartitions([{ sourceTopic: 'a', partition: 1, note: { ...NOTE, sourceNext: 11 } }])
  expect(store.partition('a', 0)?.sourceNext).toBe(10)
  expect(store.partition('a', 1)?.sourceNext).toBe(11)
  expect([store.knowsTopic('a'), store.knowsTopic('b')]).toEqual([true, false])
})

test('what the target did not take is not believed', async () => {
  cluster.refuseWith = 6
  await expect(store.saveReplicator(REPLICATOR)).rejects.toThrow('NOT_LEADER')
  expect(store.replicator).toBeUndefined()
})

describe('producers', () => {
  test('where two instances have allocated one for the same way at once, the first in the log is it, for both', async () => {
    const other = await nextLife()
    await other.saveProducer({ producerId: 9, producerEpoch: 0, path: ['a', 's'] })
    await store.saveProducer({ producerId: 5, producerEpoch: 0, path: ['a', 's'] })
    await store.saveProducer({ producerId: 6, producerEpoch: 0, path: ['s'] })
    const expected = [
      { producerId: 9, producerEpoch: 0, path: ['a', 's'] },
      { producerId: 6, producerEpoch: 0, path: ['s'] },
    ]
    for (const one of [store, other, await nextLife()]) {
      await one.load()
      expect(one.producers).toEqual(expected)
    }
  })
})

describe('segments of the offset map', () => {
  const row = { sourceTopic: 'a', partition: 0, note: NOTE }
  const [first, second] = [0, 1].map(number => ({ number, bytes: Buffer.from([number, 128, 255]) }))

  test('come back as they were, by number', async () => {
    await store.savePartitions([{ ...row, closed: [first!, second!] }])
    const kept = (await nextLife()).segments('aa', 'a', 0)
    expect(kept).toEqual(
      new Map([
        [0, first!.bytes],
        [1, second!.bytes],
      ]),
    )
  })

  test('are there before the note that speaks of them, and what it no longer speaks of goes after it', async () => {
    await store.savePartitions([{ ...row, closed: [second!], pruned: [0], gap: GAP }])
    const keys = cluster.log(NAME).lines.map(line => line.split(' ')[0])
    expect(keys).toEqual(['map/aa/a/0/1', 'gap/a/2/7/poison', 'partition/a/0', 'map/aa/a/0/0'])
    expect(cluster.log(NAME).lines.at(-1)).toBe('map/aa/a/0/0 null')
    expect((await nextLife()).segments('aa', 'a', 0)).toEqual(new Map([[1, second!.bytes]]))
  })

  test('belong to one topic of that name, and to one partition', async () => {
    await store.savePartitions([
      { ...row, closed: [first!] },
      { ...row, partition: 1, closed: [second!] },
      { ...row, sourceTopic: 'a/0', closed: [second!] },
    ])
    const next = await nextLife()
    expect([...next.segments('aa', 'a', 0).keys()]).toEqual([0])
    expect([...next.segments('aa', 'a', 1).keys()]).toEqual([1])
    expect(next.segments('cc', 'a', 0).size).toBe(0)
  })
})

test('a gap and the progress behind it are stored in one write: never one without the other', async () => {
  const note = { ...NOTE, sourceNext: 8 }
  cluster.refuseWith = 6
  await expect(store.savePartitions([{ sourceTopic: 'a', partition: 2, note, gap: GAP }])).rejects.toThrow()
  expect([store.gaps, store.partition('a', 2)]).toEqual([[], undefined])
  cluster.refuseWith = 0
  let appends = 0
  cluster.beforeAppend = () => appends++
  await store.savePartitions([{ sourceTopic: 'a', partition: 2, note, gap: GAP }])
  expect(appends).toBe(1)
  const next = await nextLife()
  expect(next.gaps).toEqual([GAP])
  expect(next.partition('a', 2)?.sourceNext).toBe(8)
})

test('gaps are kept side by side: of several places, and of several kinds at one', async () => {
  const gaps = [GAP, { ...GAP, from: 20, to: 30 }, { ...GAP, kind: 'truncated' as const }, { ...GAP, partition: 3 }]
  for (const gap of gaps) await store.savePartitions([{ sourceTopic: 'a', partition: gap.partition, note: NOTE, gap }])
  expect((await nextLife()).gaps).toEqual(gaps)
})

describe('other instances', () => {
  test('our own status alone tells nothing, and the topic is not read for it', async () => {
    cluster.asked.length = 0
    expect(await store.saveStatus(running('one', 1))).toEqual([])
    expect(await store.saveStatus(running('one', 2))).toEqual([])
    expect(cluster.asked).toEqual([])
  })

  test('what another one has said meanwhile is answered once, in the order of the log, ours as the last', async () => {
    const other = await nextLife()
    await store.saveStatus(running('one', 1))
    expect(await other.saveStatus(running('two', 2))).toEqual([running('one', 1), running('two', 2)])
    expect(await store.saveStatus(running('one', 3))).toEqual([running('two', 2), running('one', 3)])
    expect(await store.saveStatus(running('one', 4))).toEqual([])
    cluster.beforeAppend = () => {
      cluster.beforeAppend = () => {}
      cluster.writeForeign(NAME, 'status', JSON.stringify({ v: 2, ...running('three', 5) }))
    }
    expect(await store.saveStatus(running('one', 6))).toEqual([running('three', 5), running('one', 6)])
    expect(store.status?.instance.id).toBe('one')
  })

  test('while waiting for a sign of life, all that is said is heard in order', async () => {
    const other = await nextLife()
    await other.saveStatus(running('two', 1))
    await other.saveStatus({ ...running('two', 2), state: 'stopped' })
    expect((await store.newStatuses()).map(({ state }) => state)).toEqual(['running', 'stopped'])
    expect(await store.newStatuses()).toEqual([])
    expect(store.status).toEqual({ ...running('two', 2), state: 'stopped' })
  })
})

describe('notes of another version of this tool', () => {
  test.each([
    [3, /"replicator" has format 3, this version knows 2: update the tool/],
    [1, /"replicator" has format 1, this version knows 2: it was written by an older version/],
  ])('are refused with the way out, never read as if they were ours: format %i', async (v, message) => {
    cluster.writeForeign(NAME, 'replicator', JSON.stringify({ v, ...REPLICATOR }))
    await expect(nextLife().then(({ replicator }) => replicator)).rejects.toThrow(message)
  })
})

async function nextLife(): Promise<ProgressStore> {
  const clock = new FakeClock()
  const topic = new StateTopic(NAME, cluster.side(clock), clock)
  await topic.exists()
  const opened = new ProgressStore(topic)
  await opened.load()
  return opened
}
