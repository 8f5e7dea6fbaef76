import { beforeAll, expect, test } from 'vitest'
import { waitUntil } from '../../src/local-kafka/wait-until.js'
import { startReplicator } from '../support/start-replicator.js'
import { type Side, startTwoClusters, type TwoClusters, valuesOf } from '../support/two-clusters.js'

/** A topic that was deleted and created again has other records under the same offsets: they are never mixed. */

let clusters: TwoClusters

beforeAll(async () => {
  clusters = await startTwoClusters()
})

test.each(['source', 'target'] as const)('on the %s, while the replicator is stopped', async side => {
  const topic = `stopped-${side}`
  await copied(topic)
  const first = await start(topic)
  await first.untilCaughtUp(topic)
  await first.stop()

  await recreate(clusters[side], topic)
  if (side === 'source') await write(topic, 'new 1', 'new 2', 'new 3')
  else
    await clusters.target.client.produce(
      topic,
      [1, 2, 3].map(n => ({ partition: 0, value: `foreign ${n}` })),
    )

  const second = await start(topic)
  expect(await second.untilHeld(topic)).toContain(`${side} topic ${topic} was deleted and created again`)
  expect(await second.replicator.ended).toMatchObject({ exitCode: 5 })
  const kept = side === 'source' ? ['old 1', 'old 2'] : ['foreign 1', 'foreign 2', 'foreign 3']
  expect(await valuesOf(clusters.target, topic)).toEqual(kept)
})

test('on the source, while the replicator runs', async () => {
  await copied('running-source')
  const replicator = await start('running-source')
  await replicator.untilCaughtUp('running-source')
  await recreate(clusters.source, 'running-source')
  // More than there was: offset 2, where copying would go on, exists in the new topic too.
  await write('running-source', 'new 1', 'new 2', 'new 3', 'new 4')

  expect(await replicator.untilHeld('running-source')).toContain('source topic running-source was deleted and created')
  expect(await valuesOf(clusters.target, 'running-source')).toEqual(['old 1', 'old 2'])
})

test('on the target, while the replicator runs: its next round finds it', async () => {
  await copied('running-target')
  const replicator = await start('running-target', 2_000)
  await replicator.untilCaughtUp('running-target')
  await recreate(clusters.target, 'running-target')
  await write('running-target', 'old 3')
  expect(await replicator.untilHeld('running-target')).toContain('target topic running-target was deleted and created')
})

async function copied(topic: string): Promise<void> {
  await clusters.source.client.createTopic(topic, 1)
  await write(topic, 'old 1', 'old 2')
}

function start(topic: string, discoveryMs?: number) {
  return startReplicator(clusters, { id: topic, topics: topic, ...(discoveryMs ? { discoveryMs } : {}) })
}

function write(topic: string, ...values: string[]) {
  return clusters.source.client.produce(
    topic,
    values.map(value => ({ partition: 0, value })),
  )
}

async function recreate({ client }: Side, topic: string): Promise<void> {
  await client.deleteTopic(topic)
  // The deletion goes on for a moment after its answer.
  await waitUntil(
    () =>
      client.createTopic(topic, 1).then(
        () => true,
        () => undefined,
      ),
    {
      timeoutMs: 10_000,
      intervalMs: 100,
    },
  )
}
