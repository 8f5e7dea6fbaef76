import { beforeEach, describe, expect, test } from 'vitest'
import { Origins } from '../../src/provenance/origins.js'
import type { PathProducers, ProducerSession } from '../../src/provenance/path-producers.js'
import type { ProvenanceRegistry } from '../../src/provenance/provenance-registry.js'

/** What the source's registry says, with what is claimed since it was last read. */
class FakeRegistry {
  readonly claimed = new Map<number, readonly string[]>()
  refreshes = 0
  fails = false
  private seen = new Map<number, readonly string[]>()

  async refresh(): Promise<void> {
    await Promise.resolve()
    if (this.fails) throw new Error('the source does not answer')
    this.refreshes++
    this.seen = new Map(this.claimed)
  }

  producer(producerId: number): { path: readonly string[] } | undefined {
    const path = this.seen.get(producerId)
    return path && { path }
  }
}

/** Gives each way a producer, and keeps which. */
class FakeProducers {
  readonly paths: string[] = []

  async forPath(path: readonly string[]): Promise<ProducerSession> {
    const way = path.join(' ')
    if (!this.paths.includes(way)) this.paths.push(way)
    return session(this.paths.indexOf(way))
  }
}

const session = (n: number): ProducerSession => ({ producerId: 100 + n, producerEpoch: 0 })
const NATIVE = session(0)

let registry: FakeRegistry
let producers: FakeProducers
beforeEach(() => {
  registry = new FakeRegistry()
  producers = new FakeProducers()
})

async function originsBetween(source: string, target: string): Promise<Origins> {
  const [said, given] = [registry as unknown as ProvenanceRegistry, producers as unknown as PathProducers]
  const origins = new Origins(said, given, { source, target })
  await origins.begin()
  return origins
}

describe('a batch from A on its way to B', () => {
  test('of a producer without an id is native, known from the beginning', async () => {
    const origins = await originsBetween('A', 'B')
    expect(origins.of(-1)).toEqual(NATIVE)
    expect(producers.paths).toEqual(['A'])
    expect(registry.refreshes).toBe(0)
  })

  test.each([
    ['that nobody has claimed is native', undefined, NATIVE, 'A'],
    ['that came from B is a loop', ['B'], 'loop', undefined],
    ['that came from C goes on under a producer of its way', ['C'], session(1), 'C A'],
    ['that came from C by way of D goes on too', ['C', 'D'], session(1), 'C D A'],
    ['that came from B by way of C is a loop', ['B', 'C'], 'loop', undefined],
    ['that came from C by way of B is a loop', ['C', 'B'], 'loop', undefined],
  ] as const)('of a producer %s', async (_what, path, origin, way) => {
    const origins = await originsBetween('A', 'B')
    if (path) registry.claimed.set(7, path)
    expect(origins.of(7)).toBeUndefined()
    await origins.learn(7)
    expect(origins.of(7)).toEqual(origin)
    if (way) expect(producers.paths).toContain(way)
    expect(producers.paths.some(other => other.includes('B'))).toBe(false)
  })
})

test('is judged only after the registry was read to its end', async () => {
  const origins = await originsBetween('A', 'B')
  const learning = origins.learn(7)
  registry.claimed.set(7, ['B']) // right before the end is asked for
  expect(origins.of(7)).toBeUndefined()
  await learning
  expect(origins.of(7)).toBe('loop')
  expect(registry.refreshes).toBe(1)
})

test('a registry that cannot be read leaves it open', async () => {
  const origins = await originsBetween('A', 'B')
  registry.fails = true
  await expect(origins.learn(7)).rejects.toThrow('does not answer')
  expect(origins.of(7)).toBeUndefined()
})

test('in a ring A → B → C → A each record stops before it would come home', async () => {
  const ring = ['A', 'B', 'C']
  for (const home of ring) {
    const visited = [home]
    let path: readonly string[] | undefined
    for (let hop = 0; hop < 10; hop++) {
      const source = ring[(ring.indexOf(home) + hop) % 3]!
      const target = ring[(ring.indexOf(home) + hop + 1) % 3]!
      registry = new FakeRegistry()
      producers = new FakeProducers()
      const origins = await originsBetween(source, target)
      if (path) registry.claimed.set(7, path)
      await origins.learn(7)
      const origin = origins.of(7)
      if (origin === 'loop') break
      path = producers.paths[(origin as ProducerSession).producerId - 100]!.split(' ')
      visited.push(target)
    }
    expect(visited).toHaveLength(3)
    expect(new Set(visited).size).toBe(3)
  }
})

test('of very many producers the native ones are forgotten and looked up again; loops and ways are kept', async () => {
  const origins = await originsBetween('A', 'B')
  registry.claimed.set(1, ['B']).set(2, ['C'])
  await origins.learn(1)
  await origins.learn(2)
  const through = origins.of(2)
  for (let producerId = 10; producerId < 100_010; producerId++) await origins.learn(producerId)
  expect([origins.of(10), origins.of(100_009)]).toEqual([undefined, NATIVE])
  expect([origins.of(1), origins.of(2), origins.of(-1)]).toEqual(['loop', through, NATIVE])
  await origins.learn(10)
  expect(origins.of(10)).toEqual(NATIVE)
})
