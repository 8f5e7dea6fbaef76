import { beforeEach, describe, expect, test } from 'vitest'
import { ExitCode, UserError } from '../../src/errors.js'
import { PROVENANCE_TOPIC, ProvenanceRegistry } from '../../src/provenance/provenance-registry.js'
import { FakeClock, FakeCluster } from '../progress/fake-cluster.js'

const ENTRY = { path: ['a'], replicatorId: 'r1' }
const clock = new FakeClock()

let cluster: FakeCluster
beforeEach(() => {
  cluster = new FakeCluster('b')
})

async function openRegistry(notedId?: string | null): Promise<ProvenanceRegistry> {
  const registry = new ProvenanceRegistry(cluster.side(clock), clock)
  await registry.open(notedId)
  return registry
}

/** A registry that holds one claim, of producer 1. */
async function filledRegistry(): Promise<ProvenanceRegistry> {
  const registry = await openRegistry()
  await registry.ensure()
  await registry.claimProducers([{ producerId: 1, entry: ENTRY }])
  return registry
}

describe('a claim', () => {
  test('is read by all who read the registry later, and known at once to whoever made it', async () => {
    const ours = await filledRegistry()
    await ours.claimTopics([{ name: 'a.orders', entry: ENTRY }])
    for (const registry of [ours, await openRegistry()]) {
      expect(registry.producer(1)).toEqual(ENTRY)
      expect(registry.topicNamed('a.orders')).toEqual(ENTRY)
      expect([registry.producer(2), registry.topicNamed('orders')]).toEqual([undefined, undefined])
      expect([registry.knowsReplicator('r1'), registry.knowsReplicator('r2')]).toEqual([true, false])
    }
  })

  test('is written only where it is missing, or was another way', async () => {
    const registry = await filledRegistry()
    const longer = { ...ENTRY, path: ['c', 'a'] }
    await registry.claimProducers([1, 2].map(producerId => ({ producerId, entry: ENTRY })))
    await registry.claimProducers([{ producerId: 1, entry: longer }])
    await registry.claimProducers([{ producerId: 1, entry: longer }])
    expect(keysOf(cluster)).toEqual(['producer/1', 'producer/2', 'producer/1'])
  })

  test('that the cluster did not take is not believed', async () => {
    const registry = await filledRegistry()
    cluster.refuseWith = 29
    await expect(registry.claimProducers([{ producerId: 2, entry: ENTRY }])).rejects.toThrow('TOPIC_AUTHORIZATION')
    expect(registry.producer(2)).toBeUndefined()
  })

  test('of another version of this tool is refused, never read as if it were ours', async () => {
    await filledRegistry()
    cluster.writeForeign(PROVENANCE_TOPIC, 'producer/7', JSON.stringify({ v: 2, ...ENTRY }))
    await expect(openRegistry()).rejects.toThrow(/"producer\/7" in format 2, .* update the tool/)
  })
})

describe('a refresh', () => {
  test('reads what others have claimed meanwhile', async () => {
    const registry = await filledRegistry()
    await (await openRegistry()).claimProducers([{ producerId: 2, entry: ENTRY }])
    expect(registry.producer(2)).toBeUndefined()
    await registry.refresh()
    expect(registry.producer(2)).toEqual(ENTRY)
  })

  test('asked for during another one starts after it: what was claimed in between is seen', async () => {
    const registry = await filledRegistry()
    const other = await openRegistry()
    await other.claimProducers([{ producerId: 3, entry: ENTRY }]) // so that there is something to fetch
    const { held, letGo } = holdFetches(cluster)
    const first = registry.refresh()
    await held // what it will read is settled
    await other.claimProducers([{ producerId: 2, entry: ENTRY }])
    const second = registry.refresh()
    letGo()
    await first
    await second
    expect(registry.producer(2)).toEqual(ENTRY)
  })

  test('is shared by all who ask while one is under way', async () => {
    const registry = await filledRegistry()
    await (await openRegistry()).claimProducers([{ producerId: 3, entry: ENTRY }])
    cluster.asked.length = 0
    const { held, letGo } = holdFetches(cluster)
    const first = registry.refresh()
    await held
    const later = [1, 2, 3].map(() => registry.refresh())
    letGo()
    await Promise.all([first, ...later])
    expect(cluster.asked.filter(what => what === 'Metadata')).toHaveLength(2)
  })

  test('that fails does not keep the next one from being made', async () => {
    const registry = await filledRegistry()
    await (await openRegistry()).claimProducers([{ producerId: 3, entry: ENTRY }])
    cluster.beforeAnswer = () => Promise.reject(new Error('down'))
    const [first, second] = [registry.refresh(), registry.refresh()]
    await expect(first).rejects.toThrow('down')
    await expect(second).rejects.toThrow('down')
    cluster.beforeAnswer = async () => {}
    await registry.refresh()
    expect(registry.producer(1)).toEqual(ENTRY)
  })
})

describe('trust', () => {
  test('a cluster without a registry holds native records only, until somebody makes one', async () => {
    const registry = await openRegistry(null)
    expect([registry.topicId, registry.producer(1)]).toEqual([null, undefined])
    await filledRegistry()
    await registry.refresh()
    expect(registry.topicId).toBe(cluster.log(PROVENANCE_TOPIC).id)
    expect(registry.producer(1)).toEqual(ENTRY)
  })

  test('a registry is created once', async () => {
    const registry = await filledRegistry()
    const { topicId } = registry
    await registry.ensure()
    expect([registry.topicId, topicId]).toEqual([cluster.log(PROVENANCE_TOPIC).id, cluster.log(PROVENANCE_TOPIC).id])
  })

  test.each([
    ['is gone', () => cluster.logs.delete(PROVENANCE_TOPIC), /was deleted: it says which/],
    ['is another one now', () => recreate(), /was deleted and created again: it says which/],
  ])(
    'a registry that earlier lives relied on and that %s stops everything, with the way out',
    async (_what, change, message) => {
      const registry = await filledRegistry()
      const notedId = registry.topicId
      change()
      for (const attempt of [() => openRegistry(notedId), () => registry.refresh()]) {
        const error = await attempt().then(
          () => undefined,
          (thrown: unknown) => thrown,
        )
        expect(error).toBeInstanceOf(UserError)
        expect(error).toMatchObject({ exitCode: ExitCode.Protected, message: expect.stringMatching(message) })
        expect((error as UserError).fix).toContain('--repair-provenance')
      }
    },
  )

  test('is given anew where the operator wants it', async () => {
    const { topicId } = await filledRegistry()
    recreate()
    const registry = new ProvenanceRegistry(cluster.side(clock), clock)
    await registry.trustAnew()
    expect(registry.topicId).toBe(cluster.log(PROVENANCE_TOPIC).id)
    expect(registry.topicId).not.toBe(topicId)
    cluster.logs.delete(PROVENANCE_TOPIC)
    await registry.trustAnew()
    expect([registry.topicId, registry.producer(1)]).toEqual([null, undefined])
  })
})

function recreate(): void {
  cluster.logs.delete(PROVENANCE_TOPIC)
  cluster.create(PROVENANCE_TOPIC)
}

function keysOf({ logs }: FakeCluster): string[] {
  return logs.get(PROVENANCE_TOPIC)!.lines.map(line => line.split(' ')[0]!)
}

/** Lets no Fetch be answered until it is let go; `held` when the first one waits. */
function holdFetches(one: FakeCluster): { held: Promise<void>; letGo: () => void } {
  let letGo = () => {}
  const gate = new Promise<void>(resolve => {
    letGo = resolve
  })
  const held = new Promise<void>(resolve => {
    one.beforeAnswer = () => {
      resolve()
      return gate
    }
  })
  return { held, letGo }
}
