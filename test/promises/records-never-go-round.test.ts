import { beforeAll, expect, test } from 'vitest'
import { Cluster } from '../../src/clusters/cluster.js'
import { PROVENANCE_TOPIC } from '../../src/provenance/provenance-registry.js'
import { startEngineProcess } from '../support/engine-process.js'
import {
  connectionTo,
  optionsFor,
  type RunningReplicator,
  startReplicator,
  type TestOptions,
} from '../support/start-replicator.js'
import { thoroughTest } from '../support/thorough.js'
import { type Side, startSide, type TwoClusters, valuesOf } from '../support/two-clusters.js'

let a: Side
let b: Side
let c: Side
beforeAll(async () => {
  ;[a, b, c] = await Promise.all([startSide({ name: 'a' }), startSide({ name: 'b' }), startSide({ name: 'c' })])
})

const way = (source: Side, target: Side): TwoClusters => ({ source, target })

test('identical names in both directions: every record once on each side, also after restarts and kills', async () => {
  const topic = 'both-ways'
  for (const { client } of [a, b]) await client.createTopic(topic, 2)
  const there = { id: 'there', topics: topic }
  const back = { id: 'back', topics: topic }
  const start = () => Promise.all([startReplicator(way(a, b), there), startReplicator(way(b, a), back)])

  let running = await start()
  await Promise.all([send(a, topic, 'a', 0, 300), send(b, topic, 'b', 0, 300)])
  await untilStill(topic, [a, b], 600)
  await Promise.all(running.map(replicator => replicator.stop()))

  await Promise.all([send(a, topic, 'a', 300, 300), send(b, topic, 'b', 300, 300)])
  const killed = await startEngineProcess(optionsFor(way(a, b), there))
  await killed.kill()
  running = await start()
  await untilStill(topic, [a, b], 1_200)

  const expected = [...numbered('a', 600), ...numbered('b', 600)].sort()
  for (const side of [a, b]) expect((await valuesOf(side, topic)).sort()).toEqual(expected)
  await Promise.all(running.map(replicator => replicator.stop()))
})

thoroughTest('a ring of three: every record exactly once on every cluster', async () => {
  const topic = 'ring'
  for (const { client } of [a, b, c]) await client.createTopic(topic, 1)
  const ring = [way(a, b), way(b, c), way(c, a)]
  const start = () =>
    Promise.all(ring.map((clusters, n) => startReplicator(clusters, { id: `ring-${n}`, topics: topic })))

  const running = await start()
  const names = ['a', 'b', 'c']
  await Promise.all([a, b, c].map((side, n) => send(side, topic, names[n] as string, 0, 100)))
  await untilStill(topic, [a, b, c], 300)
  await running[1]?.stop()
  await send(a, topic, 'a', 100, 50)
  const again = await startReplicator(way(b, c), { id: 'ring-1', topics: topic })
  await untilStill(topic, [a, b, c], 350)
  const expected = [...numbered('a', 150), ...numbered('b', 100), ...numbered('c', 100)].sort()
  for (const side of [a, b, c]) expect((await valuesOf(side, topic)).sort()).toEqual(expected)
  await Promise.all([running[0]?.stop(), running[2]?.stop(), again.stop()])
})

thoroughTest(
  'prefixed names in a ring of three, all topics: no chains are built, every copy is there once',
  async () => {
    for (const { client } of [a, b, c]) await client.createTopic('prefixed', 1)
    await Promise.all([a, b, c].map((side, n) => send(side, 'prefixed', ['a', 'b', 'c'][n] as string, 0, 10)))
    const ring: [Side, string, Side, string][] = [
      [a, 'A', b, 'B'],
      [b, 'B', a, 'A'],
      [b, 'B', c, 'C'],
      [c, 'C', a, 'A'],
    ]
    const topics = { include: ['.*prefixed'], naming: 'prefixed' as const }
    const start = ([source, from, target, to]: (typeof ring)[number]) => {
      const clusters = way(source, target)
      const aliases = { source: connectionTo(source, from), target: connectionTo(target, to) }
      return startReplicator(clusters, { id: `prefixed-${from}-${to}`, topics, ...aliases, discoveryMs: 1_000 })
    }
    const running = await Promise.all(ring.map(start))
    await untilStill('A.prefixed', [b], 10)
    await untilStill('B.A.prefixed', [c], 10)
    await new Promise(resolve => setTimeout(resolve, 3_000)) // some more rounds
    expect(await topicsOf(a)).toEqual(['B.prefixed', 'C.B.prefixed', 'C.prefixed', 'prefixed'])
    expect(await topicsOf(b)).toEqual(['A.C.prefixed', 'A.prefixed', 'prefixed'])
    expect(await topicsOf(c)).toEqual(['B.A.prefixed', 'B.prefixed', 'prefixed'])
    await Promise.all(running.map(replicator => replicator.stop()))
  },
)

test('a registry that was deleted stops the next start with 5, and --repair-provenance mends it', async () => {
  const topic = 'registry'
  for (const { client } of [a, b]) await client.createTopic(topic, 1)
  const there: TestOptions = { id: 'registry-there', topics: topic }
  const back: TestOptions = { id: 'registry-back', topics: topic }
  const first = await Promise.all([startReplicator(way(a, b), there), startReplicator(way(b, a), back)])
  await send(a, topic, 'a', 0, 10)
  await untilStill(topic, [a, b], 10)
  await Promise.all(first.map(replicator => replicator.stop()))

  await b.client.deleteTopic(PROVENANCE_TOPIC)
  const refusal = { exitCode: 5, message: expect.stringContaining(PROVENANCE_TOPIC) }
  await expect(startReplicator(way(a, b), there)).rejects.toMatchObject(refusal)
  await expect(startReplicator(way(b, a), back)).rejects.toMatchObject(refusal)

  const mended = [
    await startReplicator(way(a, b), { ...there, repairProvenance: true }),
    await startReplicator(way(b, a), { ...back, repairProvenance: true }),
  ]
  await Promise.all([send(a, topic, 'a', 10, 10), send(b, topic, 'b', 0, 10)])
  await untilStill(topic, [a, b], 30)
  await Promise.all(mended.map(replicator => replicator.stop()))
  const usual: RunningReplicator = await startReplicator(way(b, a), back)
  await usual.stop()
})

test('notes that were deleted stop the next start with 5: it would copy everything a second time', async () => {
  const topic = 'lost-notes'
  await a.client.createTopic(topic, 1)
  await send(a, topic, 'a', 0, 5)
  const first = await startReplicator(way(a, b), { id: 'lost-notes', topics: topic })
  await first.untilCaughtUp(topic)
  await first.stop()
  await b.client.deleteTopic('__kafka_replicator_state_lost-notes')
  await expect(startReplicator(way(a, b), { id: 'lost-notes', topics: topic })).rejects.toMatchObject({
    exitCode: 5,
    message: expect.stringContaining('a second time'),
  })
})

async function topicsOf(side: Side): Promise<string[]> {
  const cluster = new Cluster(connectionTo(side, 'any'))
  const { topics } = await cluster.metadata(null)
  await cluster.close()
  return topics
    .map(({ name }) => name)
    .filter(name => name.endsWith('prefixed'))
    .sort()
}

function send({ client }: Side, topic: string, name: string, from: number, count: number): Promise<unknown> {
  const values = numbered(name, from + count).slice(from)
  return client.produce(
    topic,
    values.map((value, n) => ({ partition: topic === 'both-ways' ? n % 2 : 0, value: Buffer.from(value) })),
  )
}

function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${name}${String(n).padStart(4, '0')}`)
}

/** Waits until each side holds so many records, and then for a while that no more come. */
async function untilStill(topic: string, sides: Side[], records: number): Promise<void> {
  const counts = () => Promise.all(sides.map(async side => (await valuesOf(side, topic)).length))
  await expect.poll(counts, { timeout: 45_000, interval: 250 }).toEqual(sides.map(() => records))
  await new Promise(resolve => setTimeout(resolve, 2_000))
  expect(await counts()).toEqual(sides.map(() => records))
}
