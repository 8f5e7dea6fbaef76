import { beforeAll, expect, test } from 'vitest'
import { startEngineProcess } from '../support/engine-process.js'
import { optionsFor } from '../support/start-replicator.js'
import { contentAndOffsetsOf, startTwoClusters, type TwoClusters } from '../support/two-clusters.js'

/** What one replicator may take at any time (issue 3), whatever the clusters do. */
const MEMORY_BYTES_MAX = 200 * 1024 * 1024

let clusters: TwoClusters

beforeAll(async () => {
  clusters = await startTwoClusters()
})

test('a target that hangs for 20 s under load costs no more memory', { timeout: 120_000 }, async () => {
  const { source, target } = clusters
  await source.client.createTopic('hangs', 4)
  const options = { id: 'hangs', topics: 'hangs' }
  const engine = await startEngineProcess(optionsFor(clusters, options))
  const load = { topic: 'hangs', partitions: 4, recordSize: 1_024, lingerMs: 5, batchSize: 100_000 }
  const loaded = source.client.load({ ...load, records: 300_000, ratePerSecond: 15_000 })
  await engine.untilCopied(10_000)

  await target.kafka.pause()
  await new Promise(resolve => setTimeout(resolve, 20_000))
  await target.kafka.unpause()
  await loaded
  await engine.untilCopied(300_000)
  await engine.kill()

  expect(await contentAndOffsetsOf(target, 'hangs')).toEqual(await contentAndOffsetsOf(source, 'hangs'))
  expect(engine.rssBytesMax).toBeLessThan(MEMORY_BYTES_MAX)
})
