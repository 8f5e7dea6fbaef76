import { beforeAll, expect, test } from 'vitest'
import { startReplicator } from '../support/start-replicator.js'
import { contentAndOffsetsOf, startTwoClusters, type TwoClusters } from '../support/two-clusters.js'

/** A broker that goes away, however it does, is waited for; then copying goes on by itself. */

let clusters: TwoClusters

beforeAll(async () => {
  clusters = await startTwoClusters()
})

test('both brokers restart under load, cleanly and killed', { timeout: 120_000 }, async () => {
  const { source, target } = clusters
  await source.client.createTopic('restarts', 4)
  const replicator = await startReplicator(clusters, { topics: 'restarts' })
  const { stopLoad } = startLoad('restarts')
  const flows = () => {
    const before = replicator.recordsCopied
    return replicator.until('records flow', () => replicator.recordsCopied > before + 100)
  }

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    for (const side of [target, source]) {
      await flows()
      await side.kafka.restart({ signal })
    }
  }
  await flows()
  await stopLoad()
  await replicator.untilCaughtUp('restarts')

  await expectEqual('restarts')
  expect(replicator.messages('partition-held')).toEqual([])
})

/** Writes until it is told to stop. */
function startLoad(topic: string): { stopLoad(): Promise<void> } {
  let stopping = false
  const request = { topic, partitions: 4, records: 3_000, recordSize: 200, lingerMs: 5, ratePerSecond: 1_500 }
  const loading = (async () => {
    for (let seed = 0; !stopping; seed++) await clusters.source.client.load({ ...request, seed })
  })()
  return {
    stopLoad: () => {
      stopping = true
      return loading
    },
  }
}

async function expectEqual(topic: string): Promise<void> {
  expect(await contentAndOffsetsOf(clusters.target, topic)).toEqual(await contentAndOffsetsOf(clusters.source, topic))
}
