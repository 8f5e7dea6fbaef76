import { beforeEach, describe, expect, test } from 'vitest'
import { ProgressStore } from '../../src/progress/progress-store.js'
import { StateTopic, stateTopicName } from '../../src/progress/state-topic.js'
import { PathProducers } from '../../src/provenance/path-producers.js'
import { PROVENANCE_TOPIC, ProvenanceRegistry } from '../../src/provenance/provenance-registry.js'
import { reclaimFromNotes } from '../../src/provenance/reclaim-from-notes.js'
import { FakeClock, FakeCluster } from '../progress/fake-cluster.js'

const clock = new FakeClock()

let target: FakeCluster
beforeEach(() => {
  target = new FakeCluster('b')
})

/** One life of a replicator, or one of two instances of it. */
async function life(replicatorId = 'r1') {
  const side = target.side(clock)
  const topic = new StateTopic(stateTopicName(replicatorId), side, clock)
  await topic.ensure(side.admin)
  const store = new ProgressStore(topic)
  await store.load()
  const registry = new ProvenanceRegistry(side, clock)
  await registry.open(undefined)
  await registry.ensure()
  return { store, registry, producers: new PathProducers(store, registry, side, replicatorId, clock) }
}

describe('the producer of a way', () => {
  test('is the same in every life', async () => {
    const first = await (await life()).producers.forPath(['a'])
    const { producers } = await life()
    expect(await producers.forPath(['a'])).toEqual(first)
    expect([...producers.ids]).toEqual([first.producerId])
    expect(target.asked.filter(what => what === 'InitProducerId')).toHaveLength(1)
  })

  test('is another one for another way, also where the same clusters lie on it', async () => {
    const { producers } = await life()
    const ids = new Set<number>()
    for (const path of [['a'], ['c', 'a'], ['a', 'c'], ['ca']]) ids.add((await producers.forPath(path)).producerId)
    expect(ids.size).toBe(4)
    expect([...producers.ids]).toEqual([...ids])
  })

  test('is allocated once, however many batches ask at once', async () => {
    const { producers } = await life()
    const [first, second] = await Promise.all([producers.forPath(['a']), producers.forPath(['a'])])
    expect(second).toBe(first)
    expect(target.asked.filter(what => what === 'InitProducerId')).toHaveLength(1)
  })

  test('is claimed before it is noted, and noted before anybody may use it', async () => {
    const { producers, store } = await life()
    const order: string[] = []
    target.beforeAppend = topic => order.push(topic)
    const { producerId } = await producers.forPath(['c', 'a'])
    expect(order).toEqual([PROVENANCE_TOPIC, stateTopicName('r1')])
    expect(store.producers).toEqual([{ producerId, producerEpoch: 0, path: ['c', 'a'] }])
    expect((await life()).registry.producer(producerId)).toEqual({ path: ['c', 'a'], replicatorId: 'r1' })
  })

  test('is the same for two instances that allocate at once', async () => {
    const [one, two] = [await life(), await life()]
    const [first, second] = await Promise.all([one.producers.forPath(['a']), two.producers.forPath(['a'])])
    expect(second).toEqual(first)
    expect(await (await life()).producers.forPath(['a'])).toEqual(first)
    // Both ids are claimed, so that neither could ever be taken for native.
    expect(target.asked.filter(what => what === 'InitProducerId')).toHaveLength(2)
    expect(target.log(PROVENANCE_TOPIC).lines).toHaveLength(2)
  })

  test('that could not be claimed is not used, and is tried anew', async () => {
    const { producers, store } = await life()
    target.refuseWith = 29
    await expect(producers.forPath(['a'])).rejects.toThrow('TOPIC_AUTHORIZATION')
    expect([[...producers.ids], store.producers]).toEqual([[], []])
    target.refuseWith = 0
    expect(await producers.forPath(['a'])).toMatchObject({ producerEpoch: 0 })
  })
})

test('what an earlier life has noted is claimed again only where the registry does not hold it', async () => {
  const { producerId } = await (await life()).producers.forPath(['a'])
  await (await life()).producers.claimAll()
  expect(target.log(PROVENANCE_TOPIC).lines).toHaveLength(1)
  target.logs.delete(PROVENANCE_TOPIC)
  const { producers, registry } = await life()
  expect(registry.producer(producerId)).toBeUndefined()
  await producers.claimAll()
  expect(registry.producer(producerId)).toEqual({ path: ['a'], replicatorId: 'r1' })
})

test('a registry is written again from the notes of all replicators that write to the cluster', async () => {
  const first = await (await life('r1')).producers.forPath(['a'])
  const second = await (await life('r2')).producers.forPath(['c'])
  target.logs.delete(PROVENANCE_TOPIC)
  target.create('orders')
  const side = target.side(clock)
  const registry = new ProvenanceRegistry(side, clock)
  await registry.trustAnew()
  await reclaimFromNotes(side, registry, clock)
  expect(registry.producer(first.producerId)).toEqual({ path: ['a'], replicatorId: 'r1' })
  expect(registry.producer(second.producerId)).toEqual({ path: ['c'], replicatorId: 'r2' })
})
