import { readdirSync } from 'node:fs'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { PRODUCE } from '../../src/wire/messages/produce.js'
import {
  expectEqualOnce,
  proxiesOf,
  startLoad,
  startProxiedClusters,
  startReplicatorThroughProxies,
  untilRecordsFlow,
} from '../support/bad-network.js'
import { thoroughTest } from '../support/thorough.js'
import type { TwoClusters } from '../support/two-clusters.js'

/** Whatever the network does to connections, each record arrives once and in order, and copying goes on by itself. */

// They take a few seconds each, and with other tests beside them many times that.
vi.setConfig({ testTimeout: 120_000 })

let clusters: TwoClusters

beforeAll(async () => {
  clusters = await startProxiedClusters()
})

afterEach(() => {
  for (const proxy of proxiesOf(clusters)) proxy.heal()
})

test('R07: the target appends, and the answer is lost, ten times', async () => {
  const { proxy } = clusters.target.kafka
  const { stopLoad } = await startLoad(clusters, 'ack-lost')
  const replicator = await startReplicatorThroughProxies(clusters, { topics: 'ack-lost' })
  const before = proxy.counts.answersDropped
  for (let time = 0; time < 10; time++) {
    await untilRecordsFlow(replicator)
    await proxy.dropNextAnswer(PRODUCE.key)
  }

  await expectEqualOnce(clusters, replicator, 'ack-lost', await stopLoad())
  expect(proxy.counts.answersDropped).toBe(before + 10)
})

test('connections are cut on both sides, again and again', async () => {
  const { stopLoad } = await startLoad(clusters, 'cut')
  const replicator = await startReplicatorThroughProxies(clusters, { topics: 'cut' })
  for (let time = 0; time < 4; time++) {
    for (const proxy of proxiesOf(clusters)) {
      await untilRecordsFlow(replicator)
      proxy.cut()
    }
  }

  await expectEqualOnce(clusters, replicator, 'cut', await stopLoad())
  for (const proxy of proxiesOf(clusters)) expect(proxy.counts.cut).toBeGreaterThanOrEqual(4)
})

test('R09: every connection is reset each second for 20 s, and nothing spins or leaks', async () => {
  const { stopLoad } = await startLoad(clusters, 'rst-storm', { ratePerSecond: 500 })
  const replicator = await startReplicatorThroughProxies(clusters, { topics: 'rst-storm' })
  await untilRecordsFlow(replicator)
  const before = proxiesOf(clusters).map(({ counts }) => counts)
  const filesBefore = openFiles()
  const cpuBefore = process.cpuUsage()
  for (let second = 0; second < 20; second++) {
    await systemClock.sleep(1_000)
    for (const proxy of proxiesOf(clusters)) proxy.reset()
  }
  const cpu = process.cpuUsage(cpuBefore)

  await untilRecordsFlow(replicator)
  await expectEqualOnce(clusters, replicator, 'rst-storm', await stopLoad())
  for (const [n, { counts }] of proxiesOf(clusters).entries()) {
    expect(counts.reset - before[n]!.reset).toBeGreaterThanOrEqual(20)
    // Each second each connection comes back once, and a try or two may have met the reset.
    expect(counts.connections - before[n]!.connections).toBeLessThan(20 * 15)
  }
  // All of this process: the proxies, this test, and the replicator at 500 records a second.
  expect((cpu.user + cpu.system) / 1e6).toBeLessThan(20 * 0.3)
  await replicator.until('no more files are open than before', () => openFiles() <= filesBefore)
})

thoroughTest('packets arrive late, when their sender has already given up and asked how far it was', async () => {
  const { proxy } = clusters.target.kafka
  const { stopLoad } = await startLoad(clusters, 'late')
  const replicator = await startReplicatorThroughProxies(clusters, { topics: 'late' })
  for (let time = 0; time < 10; time++) {
    await untilRecordsFlow(replicator)
    proxy.hold('toBroker')
    await systemClock.sleep(200)
    const copied = replicator.recordsCopied
    proxy.resetClients()
    await systemClock.sleep(400)
    expect(replicator.recordsCopied).toBe(copied)
    proxy.heal()
  }

  await expectEqualOnce(clusters, replicator, 'late', await stopLoad())
  expect(proxy.counts.late.toBroker).toBeGreaterThan(10_000)
})

thoroughTest('both clusters are far away: 100 ms there and back', async () => {
  const { stopLoad } = await startLoad(clusters, 'far')
  for (const proxy of proxiesOf(clusters)) proxy.delay(50)
  const replicator = await startReplicatorThroughProxies(clusters, { topics: 'far' })
  await untilRecordsFlow(replicator)
  await systemClock.sleep(5_000)

  await expectEqualOnce(clusters, replicator, 'far', await stopLoad())
  expect(replicator.messages('partition-waiting')).toEqual([])
})

function openFiles(): number {
  return readdirSync('/proc/self/fd').length
}
