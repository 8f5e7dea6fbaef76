import { expect, test } from 'vitest'
import { cloudWatchData } from '../../src/metrics/cloudwatch-data.ts'
import { clusterSnapshot, partitionSnapshot, replicatorSnapshot } from '../support/replicator-snapshot.ts'

const topic = (sourceTopic: string, ...partitions: ReturnType<typeof partitionSnapshot>[]) => ({
  ...{ sourceTopic, targetTopic: sourceTopic },
  partitions,
})

/** `name{dimensions} value unit`, one line each. */
function linesOf(...readings: Parameters<typeof cloudWatchData>): string[] {
  return cloudWatchData(...readings).map(({ MetricName, Dimensions = [], Value, Unit }) => {
    const dimensions = Dimensions.map(({ Name, Value }) => `${Name}=${Value}`).join(',')
    return `${MetricName}{${dimensions}} ${Value} ${Unit}`
  })
}

test('names, units and dimensions are those of MSK Replicator', () => {
  const groups = { count: 4, failures: 3, isFrozen: false, topics: [] }
  const before = replicatorSnapshot({ at: 0, groups: { ...groups, failures: 1 } })
  const held = partitionSnapshot({ partition: 1, state: 'held', lag: 5, bytesCopied: 500, bytesRead: 600 })
  const now = replicatorSnapshot({ at: 10_000, groups, topics: [topic('orders', partitionSnapshot(), held)] })
  expect(linesOf(now, before)).toEqual([
    'MessageLag{ReplicatorName=orders-dr,Topic=orders} 8 Count',
    'ReplicatorThroughput{ReplicatorName=orders-dr,Topic=orders} 50 Bytes/Second',
    'MessageLag{ReplicatorName=orders-dr} 8 Count',
    'ReplicatorThroughput{ReplicatorName=orders-dr} 50 Bytes/Second',
    'ReplicatorBytesInPerSec{ReplicatorName=orders-dr} 60 Bytes/Second',
    'ReplicationFailures{ReplicatorName=orders-dr} 1 Count',
    'ReplicatorFailure{ReplicatorName=orders-dr} 1 Count',
    'TopicCount{ReplicatorName=orders-dr} 1 Count',
    'ConsumerGroupCount{ReplicatorName=orders-dr} 4 Count',
    'ConsumerGroupOffsetSyncFailure{ReplicatorName=orders-dr} 2 Count',
  ])
})

test('latency is the longest of a topic and of all; headroom is told by topic', () => {
  const at = 1_700_000_000_000
  const copied = (ms: number) => partitionSnapshot({ lastCopied: { first: at - ms, newest: at, at } })
  const slow = { ...topic('slow', copied(500), copied(2_000)), retentionHeadroomSeconds: 60 }
  const lines = linesOf(replicatorSnapshot({ at, topics: [slow, topic('fast', copied(7))] }), undefined)
  expect(lines.filter(line => /Latency|Headroom/.test(line))).toEqual([
    'ReplicationLatency{ReplicatorName=orders-dr,Topic=slow} 2000 Milliseconds',
    'RetentionHeadroomSeconds{ReplicatorName=orders-dr,Topic=slow} 60 Seconds',
    'ReplicationLatency{ReplicatorName=orders-dr,Topic=fast} 7 Milliseconds',
    'ReplicationLatency{ReplicatorName=orders-dr} 2000 Milliseconds',
  ])
})

test('what is not known is left out: no lag of a topic with an unknown partition, no rate at the first reading', () => {
  const now = replicatorSnapshot({
    topics: [topic('known', partitionSnapshot()), topic('unknown', partitionSnapshot({ lag: null }))],
  })
  const names = linesOf(now, undefined)
  expect(names.filter(line => line.startsWith('MessageLag'))).toEqual([
    'MessageLag{ReplicatorName=orders-dr,Topic=known} 3 Count',
  ])
  expect(names.filter(line => line.startsWith('ReplicatorThroughput'))).toEqual([])
  const none = linesOf(replicatorSnapshot({ topics: [] }), undefined)
  expect(none).toEqual(['TopicCount{ReplicatorName=orders-dr} 0 Count'])
})

test('each cluster by its alias: refused connections since the reading before, the longest throttling, whether it answers', () => {
  const source = clusterSnapshot('source', { authErrors: 5, throttleMsMax: 250 })
  const target = clusterSnapshot('target', { isAnswering: false, throttleMsMax: null })
  const before = replicatorSnapshot({ clusters: [{ ...source, authErrors: 3 }, target], topics: [] })
  const now = replicatorSnapshot({ clusters: [source, target], topics: [] })
  const lines = (...readings: Parameters<typeof cloudWatchData>) =>
    linesOf(...readings).filter(line => line.includes('ClusterAlias'))
  expect(lines(now, before)).toEqual([
    'AuthError{ReplicatorName=orders-dr,ClusterAlias=source-1} 2 Count',
    'ThrottleTime{ReplicatorName=orders-dr,ClusterAlias=source-1} 250 Milliseconds',
    'KafkaClusterPingSuccessCount{ReplicatorName=orders-dr,ClusterAlias=source-1} 1 Count',
    'AuthError{ReplicatorName=orders-dr,ClusterAlias=target-1} 0 Count',
    'KafkaClusterPingSuccessCount{ReplicatorName=orders-dr,ClusterAlias=target-1} 0 Count',
  ])
  const unknown = replicatorSnapshot({
    clusters: [clusterSnapshot('source', { isAnswering: null, throttleMsMax: null })],
  })
  expect(lines(unknown, undefined)).toEqual([])
})

test('the lag of all groups together is told by cluster; nothing where one of them is not known', () => {
  const names = { group: 'app', sourceTopic: 'orders', targetTopic: 'orders', state: 'synced' } as const
  const lags = (sumOffsetLag: number | null, maxOffsetLag: number | null) => ({ sumOffsetLag, maxOffsetLag })
  const groupTopics = [
    { ...names, source: lags(7, 4), target: lags(1, 1) },
    { ...names, source: lags(2, 2), target: lags(null, null) },
  ]
  const groups = { count: 1, failures: 0, isFrozen: false, topics: groupTopics }
  const clusters = [clusterSnapshot('source'), clusterSnapshot('target')]
  expect(linesOf(replicatorSnapshot({ clusters, groups }), undefined).filter(line => /OffsetLag/.test(line))).toEqual([
    'MaxOffsetLag{ReplicatorName=orders-dr,ClusterAlias=source-1} 4 Count',
    'SumOffsetLag{ReplicatorName=orders-dr,ClusterAlias=source-1} 9 Count',
  ])
})
