import { expect } from 'vitest'
import type { TcpProxy } from '../../src/local-kafka/tcp-proxy.js'
import { connectionTo, type RunningReplicator, startReplicator, type TestOptions } from './start-replicator.js'
import {
  contentAndOffsetsOf,
  type Side,
  startTwoClusters,
  type TwoClusters,
  uncommittedCounts,
} from './two-clusters.js'

/** Two clusters that a replicator reaches through a proxy each; loads and outside clients reach them directly. */
export async function startProxiedClusters(): Promise<TwoClusters> {
  return startTwoClusters({ source: { proxied: true }, target: { proxied: true } })
}

export function startReplicatorThroughProxies(clusters: TwoClusters, options: TestOptions): Promise<RunningReplicator> {
  return startReplicator(clusters, {
    source: proxiedConnectionTo(clusters.source, 'source'),
    target: proxiedConnectionTo(clusters.target, 'target'),
    ...options,
  })
}

function proxiedConnectionTo(side: Side, alias: string): NonNullable<TestOptions['source']> {
  return { ...connectionTo(side, alias), bootstrapBrokers: [side.kafka.proxiedBootstrapServers] }
}

/** Several partitions, and so more than one connection to the target. */
export const PARTITIONS = 4

/** Longer than any test. */
const LOAD_SECONDS = 600

/** Writes until it is told to stop, directly to the source; answers how many records it was. */
export async function startLoad(
  { source }: TwoClusters,
  topic: string,
  { ratePerSecond = 2_000, recordSize = 200 } = {},
): Promise<{ stopLoad(): Promise<number> }> {
  await source.client.createTopic(topic, PARTITIONS)
  const records = LOAD_SECONDS * ratePerSecond
  const loading = source.client.load({ topic, partitions: PARTITIONS, records, recordSize, ratePerSecond, lingerMs: 2 })
  return {
    stopLoad: async () => {
      await source.client.endLoad(topic)
      return (await loading).records
    },
  }
}

/** Everything arrives once and in order, for consumers of uncommitted records too; nothing was held or given up. */
export async function expectEqualOnce(
  { source, target }: TwoClusters,
  replicator: RunningReplicator,
  topic: string,
  records: number,
): Promise<void> {
  await replicator.untilCaughtUp(topic)
  expect(await contentAndOffsetsOf(target, topic)).toEqual(await contentAndOffsetsOf(source, topic))
  const counts = await uncommittedCounts(target, topic)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(records)
  expect(replicator.messages('partition-held')).toEqual([])
}

/** Resolves when more records have arrived than when it was called; answers how long that took. */
export async function untilRecordsFlow(replicator: RunningReplicator, patienceMs?: number): Promise<number> {
  const startedAt = performance.now()
  const before = replicator.partitions(replicator.replicator.options.topics.include[0]!).map(one => one.recordsCopied)
  await replicator.until(
    'records flow on every partition',
    () => {
      const now = replicator.partitions(replicator.replicator.options.topics.include[0]!)
      return now.length === PARTITIONS && now.every((one, n) => one.recordsCopied > (before[n] ?? 0))
    },
    patienceMs,
  )
  return performance.now() - startedAt
}

export const proxiesOf = ({ source, target }: TwoClusters): TcpProxy[] => [source.kafka.proxy, target.kafka.proxy]
