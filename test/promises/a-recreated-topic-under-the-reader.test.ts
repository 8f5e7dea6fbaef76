import { beforeAll, expect, test } from 'vitest'
import { waitUntil } from '../../src/local-kafka/wait-until.js'
import { startReplicator } from '../support/start-replicator.js'
import { firstUnlessThorough } from '../support/thorough.js'
import { type Side, startSide, type TwoClusters, valuesOf } from '../support/two-clusters.js'

/**
 * A topic is deleted, created and filled beyond where its reader stood, all within a second: by their offsets the new
 * records would fit. 4.2.0 is read by topic ids, 2.8.1 by names.
 */

const ROUNDS = 6

let sources: Record<string, Side>
let target: Side

beforeAll(async () => {
  const [old, present, copy] = await Promise.all([
    startSide({ name: 'old', version: '2.8.1' }),
    startSide({ name: 'present', version: '4.2.0' }),
    startSide({ name: 'copy' }),
  ])
  sources = { '2.8.1': old, '4.2.0': present }
  target = copy
})

test.each(firstUnlessThorough(['4.2.0', '2.8.1'] as const))(
  '%s: not one of its records reaches the target',
  { timeout: 240_000 },
  async version => {
    const clusters: TwoClusters = { source: sources[version] as Side, target }
    for (let round = 1; round <= ROUNDS; round++) {
      const topic = `again-${version}-${round}`
      // Half of them are quiet when it happens, the others busy.
      await recreatedWhileRead(clusters, topic, round % 2 === 0)
    }
  },
)

async function recreatedWhileRead(clusters: TwoClusters, topic: string, isBusy: boolean): Promise<void> {
  const { source, target } = clusters
  await source.client.createTopic(topic, 1)
  await write(source, topic, 'old', 3)
  const replicator = await startReplicator(clusters, { topics: topic })
  await replicator.untilCaughtUp(topic)
  for (let burst = 0; isBusy && burst < 20; burst++) await write(source, topic, 'old', 10)
  const end = (await source.client.endOffsets(topic))[0]?.end ?? 0n

  await source.client.deleteTopic(topic)
  await createAgain(source, topic)
  await write(source, topic, 'new', Number(end) + 20)

  expect(await replicator.untilHeld(topic)).toContain(`source topic ${topic} was deleted and created again`)
  expect(await replicator.replicator.ended).toMatchObject({ exitCode: 5 })
  const values = await valuesOf(target, topic)
  expect(values.filter(value => !value?.startsWith('old'))).toEqual([])
  expect(values.length).toBeGreaterThanOrEqual(3)
}

function write({ client }: Side, topic: string, word: string, count: number): Promise<unknown> {
  const records = Array.from({ length: count }, (_, n) => ({ partition: 0, value: `${word} ${n}` }))
  return client.produce(topic, records)
}

async function createAgain({ client }: Side, topic: string): Promise<void> {
  const create = () =>
    client.createTopic(topic, 1).then(
      () => true,
      () => undefined,
    )
  await waitUntil(create, { timeoutMs: 10_000, intervalMs: 10 })
}
