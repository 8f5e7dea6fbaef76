import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { systemClock } from '../../src/clock.js'
import {
  expectEqualOnce,
  PARTITIONS,
  proxiesOf,
  startLoad,
  startProxiedClusters,
  startReplicatorThroughProxies,
  untilRecordsFlow,
} from '../support/bad-network.js'
import { connectionTo } from '../support/start-replicator.js'
import { thoroughTest } from '../support/thorough.js'
import type { TwoClusters } from '../support/two-clusters.js'

/** A link that says nothing, or next to nothing, is told from one that is merely slow, and no record is lost on either. */

// They take 40 s at most, and with other tests beside them longer.
vi.setConfig({ testTimeout: 120_000 })

let clusters: TwoClusters

beforeAll(async () => {
  clusters = await startProxiedClusters()
})

afterEach(() => {
  for (const proxy of proxiesOf(clusters)) proxy.heal()
})

test('R08: packets vanish and sockets stay open; it is noticed, and 30 s after the end records flow', async () => {
  const proxies = proxiesOf(clusters)
  const loads = [await startLoad(clusters, 'silent-source'), await startLoad(clusters, 'silent-target')]
  const replicators = [await startBehindSource('silent-source'), await startBehindTarget('silent-target')]
  await Promise.all(replicators.map(one => untilRecordsFlow(one)))
  for (const proxy of proxies) proxy.blackhole()
  await systemClock.sleep(3_000)
  const copied = replicators.map(one => one.recordsCopied)
  await systemClock.sleep(5_000)
  expect(replicators.map(one => one.recordsCopied)).toEqual(copied)
  for (const proxy of proxies) {
    const { toBroker, toClient } = proxy.counts.swallowed
    expect(toBroker + toClient).toBeGreaterThan(0)
    proxy.heal()
  }
  const ms = await Promise.all(replicators.map(one => untilRecordsFlow(one, 60_000)))
  expect(Math.max(...ms)).toBeLessThan(30_000)

  for (const [n, topic] of ['silent-source', 'silent-target'].entries()) {
    await expectEqualOnce(clusters, replicators[n]!, topic, await loads[n]!.stopLoad())
  }
})

thoroughTest('R10: at 64 KB/s, on either side, it goes on over the connections that it has', async () => {
  const { source, target } = clusters
  for (const topic of ['slow-source', 'slow-target']) {
    await source.client.createTopic(topic, PARTITIONS)
    await source.client.load({ topic, partitions: PARTITIONS, records: 40_000, recordSize: 1_000 })
  }
  source.kafka.proxy.slow(64_000, 'toClient')
  target.kafka.proxy.slow(64_000, 'toBroker')
  const [slowSource, slowTarget] = [await startBehindSource('slow-source'), await startBehindTarget('slow-target')]
  await systemClock.sleep(2_000)
  const before = proxiesOf(clusters).map(({ counts }) => counts)
  await systemClock.sleep(24_000)

  for (const [n, { counts }] of proxiesOf(clusters).entries()) {
    expect(counts.connections).toBe(before[n]!.connections)
    const { toBroker, toClient } = counts.forwarded
    const forwarded = n === 0 ? toClient - before[n]!.forwarded.toClient : toBroker - before[n]!.forwarded.toBroker
    expect(forwarded).toBeGreaterThan(24 * 40_000)
    expect(forwarded).toBeLessThan(24 * 66_000)
  }
  // What has crossed is acknowledged, but for what is in flight.
  expect(slowTarget.recordsCopied).toBeGreaterThan(1_000)
  for (const proxy of proxiesOf(clusters)) proxy.heal()
  await expectEqualOnce(clusters, slowSource, 'slow-source', 40_000)
  await expectEqualOnce(clusters, slowTarget, 'slow-target', 40_000)
  for (const one of [slowSource, slowTarget]) expect(one.messages('partition-waiting')).toEqual([])
})

test('R11: the source is reached and the target is not: it says which, and goes on', async () => {
  const { proxy } = clusters.target.kafka
  const { stopLoad } = await startLoad(clusters, 'half-open')
  const replicator = await startReplicatorThroughProxies(clusters, { topics: 'half-open' })
  await untilRecordsFlow(replicator)
  proxy.refuse()
  proxy.cut()
  await replicator.untilEvent('partition-waiting')
  await replicator.until('it has tried to come back', () => proxy.counts.refused > 3)
  expect(replicator.messages('partition-waiting')).toEqual([
    expect.stringMatching(/^half-open-\d waits for the target: /),
  ])
  const { port } = proxy
  for (const { state, reason } of replicator.partitions('half-open')) {
    expect({ state, reason }).toEqual({ state: 'waiting', reason: expect.stringContaining(`127.0.0.1:${port}`) })
  }
  proxy.heal()
  await replicator.untilEvent('partition-resumed')

  await expectEqualOnce(clusters, replicator, 'half-open', await stopLoad())
})

function startBehindSource(topic: string) {
  const target = connectionTo(clusters.target, 'target')
  return startReplicatorThroughProxies(clusters, { topics: topic, target })
}

function startBehindTarget(topic: string) {
  const source = connectionTo(clusters.source, 'source')
  return startReplicatorThroughProxies(clusters, { topics: topic, source })
}
