import { beforeAll, expect, test } from 'vitest'
import { startEngineProcess } from '../support/engine-process.js'
import { optionsFor, startReplicator } from '../support/start-replicator.js'
import { contentAndOffsetsOf, startTwoClusters, type TwoClusters, uncommittedCounts } from '../support/two-clusters.js'

/** **no-loss, no-duplicate**: each record arrives once and in order, however often the replicator ends and how. */

let clusters: TwoClusters

beforeAll(async () => {
  clusters = await startTwoClusters()
})

test('stopped and started ten times in the middle of a load', { timeout: 120_000 }, async () => {
  const { loaded } = await startLoad('stopped', 60_000)
  const options = { id: 'ten-lives', topics: 'stopped' }
  for (let life = 0; life < 10; life++) {
    const replicator = await startReplicator(clusters, options)
    await replicator.until('it copies in this life', () => replicator.recordsCopied > 500)
    await replicator.stop()
  }
  await loaded
  await (await startReplicator(clusters, options)).untilCaughtUp('stopped')

  await expectEqual('stopped', 60_000)
})

test('killed with SIGKILL five times in the middle of a load', { timeout: 120_000 }, async () => {
  const { loaded } = await startLoad('killed', 50_000)
  const options = { id: 'five-kills', topics: 'killed' }
  for (let life = 0; life < 5; life++) {
    const engine = await startEngineProcess(optionsFor(clusters, options))
    await engine.untilCopied(700)
    await engine.kill()
  }
  await loaded
  await (await startReplicator(clusters, options)).untilCaughtUp('killed')

  await expectEqual('killed', 50_000)
})

test('a refused first batch holds its partition, and what follows it does not overtake it', async () => {
  const { source, target } = clusters
  const record = (size: number) => ({ partition: 0, value: 'x'.repeat(size) })
  await source.client.createTopic('refused', 1)
  await target.client.createTopic('refused', 1, { 'max.message.bytes': '1000' })
  for (const size of [5_000, 10, 10]) await source.client.produce('refused', [record(size)])

  const options = { id: 'refused', topics: { include: ['refused'], copyConfigurations: false } }
  const first = await startReplicator(clusters, options)
  expect(await first.untilHeld('refused')).toMatch(/offsets 0-0 .*larger than its topic's max\.message\.bytes/)
  expect(await first.replicator.ended).toMatchObject({ exitCode: 5 })
  expect(await uncommittedCounts(target, 'refused')).toEqual([0])

  await target.client.alterConfig('refused', { delete: ['max.message.bytes'] })
  await (await startReplicator(clusters, options)).untilCaughtUp('refused')
  expect(await contentAndOffsetsOf(target, 'refused')).toEqual(await contentAndOffsetsOf(source, 'refused'))
})

/** A load that goes on for about 15 s while the replicator comes and goes. */
async function startLoad(topic: string, records: number): Promise<{ loaded: Promise<unknown> }> {
  const { client } = clusters.source
  await client.createTopic(topic, 4)
  const request = { topic, partitions: 4, records, recordSize: 200, ratePerSecond: records / 15, lingerMs: 2 }
  return { loaded: client.load(request) }
}

async function expectEqual(topic: string, records: number): Promise<void> {
  const { source, target } = clusters
  expect(await contentAndOffsetsOf(target, topic)).toEqual(await contentAndOffsetsOf(source, topic))
  const counts = await uncommittedCounts(target, topic)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(records)
}
