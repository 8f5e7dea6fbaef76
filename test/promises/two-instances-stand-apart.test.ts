import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { startEngineProcess } from '../support/engine-process.js'
import { optionsFor, RunningReplicator, startReplicator } from '../support/start-replicator.js'
import { contentAndOffsetsOf, startTwoClusters, type TwoClusters, uncommittedCounts } from '../support/two-clusters.js'

/** The same replicator started twice by mistake: nothing doubled, nothing lost, and one says why it ends. */

const RECORDS = 20_000

let clusters: TwoClusters
beforeAll(async () => {
  clusters = await startTwoClusters()
})

test('started at the same moment, under load: one stands down, every record is there once', async () => {
  const topic = 'at-once'
  await clusters.source.client.createTopic(topic, 3)
  const load = clusters.source.client.load({
    topic,
    partitions: 3,
    records: RECORDS,
    recordSize: 200,
    ratePerSecond: 2_000,
  })
  const options = { id: randomUUID(), topics: topic }
  const both = [new RunningReplicator(clusters, options), new RunningReplicator(clusters, options)] as const
  const started = await Promise.allSettled(both.map(({ replicator }) => replicator.start()))

  const ended = await Promise.race(
    both.map(async ({ replicator }, n) =>
      started[n]?.status === 'fulfilled' ? { ...(await replicator.ended), n } : { exitCode: 5, reason: 'refused', n },
    ),
  )
  expect(ended).toMatchObject({ exitCode: 5 })
  const stays = both[1 - ended.n] as RunningReplicator
  await load
  await stays.untilCaughtUp(topic)
  expect(stays.replicator.snapshot().state).toBe('running')
  expect(await contentAndOffsetsOf(clusters.target, topic)).toEqual(await contentAndOffsetsOf(clusters.source, topic))
  expect((await uncommittedCounts(clusters.target, topic)).reduce((sum, count) => sum + count)).toBe(RECORDS)
  await stays.stop()
})

test('a second one is refused with 5 while the first runs, and says where that is', async () => {
  const topic = 'second'
  await clusters.source.client.createTopic(topic, 1)
  const options = { id: randomUUID(), topics: topic }
  const first = await startReplicator(clusters, options)
  const second = new RunningReplicator(clusters, options)
  await expect(second.replicator.start()).rejects.toMatchObject({
    exitCode: 5,
    message: expect.stringMatching(/already runs: host .*, process \d+, started/),
  })
  expect(first.replicator.snapshot().state).toBe('running')
})

test('one that was killed is taken over from at once, without waiting for it', async () => {
  const topic = 'killed'
  await clusters.source.client.createTopic(topic, 1)
  const options = { id: randomUUID(), topics: topic }
  const killed = await startEngineProcess(optionsFor(clusters, options))
  await killed.kill()
  const next = new RunningReplicator(clusters, options)
  await next.replicator.start()
  await next.stop()
})
