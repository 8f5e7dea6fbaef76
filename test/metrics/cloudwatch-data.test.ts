import { expect, test } from 'vitest'
import { cloudWatchData } from '../../src/metrics/cloudwatch-data.ts'
import { partitionSnapshot, replicatorSnapshot } from '../support/replicator-snapshot.ts'

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
  const held = partitionSnapshot({ partition: 1, state: 'held', lag: 5, bytesCopied: 500 })
  const now = replicatorSnapshot({ at: 10_000, groups, topics: [topic('orders', partitionSnapshot(), held)] })
  expect(linesOf(now, before)).toEqual([
    'MessageLag{ReplicatorName=orders-dr,Topic=orders} 8 Count',
    'ReplicatorThroughput{ReplicatorName=orders-dr,Topic=orders} 50 Bytes/Second',
    'MessageLag{ReplicatorName=orders-dr} 8 Count',
    'ReplicatorThroughput{ReplicatorName=orders-dr} 50 Bytes/Second',
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
