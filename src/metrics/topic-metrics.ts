import type { ReplicatorSnapshot, TopicSnapshot } from '../replication/snapshot.js'
import { latencyMs } from './latency.js'
import { heading, label } from './sample.js'

interface TopicMetric {
  name: string
  help: string
  /** Undefined or null where it is not known: then no sample is given, never 0. */
  of(topic: TopicSnapshot, at: number): number | null | undefined
}

const TOPIC_METRICS: readonly TopicMetric[] = [
  {
    name: 'replicator_latency_seconds',
    help: 'From the time of a record until the target had it, the longest of the partitions that copied within the last minute (MSK: ReplicationLatency).',
    of: (topic, at) => {
      const longest = topicLatencyMs(topic, at)
      return longest === undefined ? undefined : longest / 1000
    },
  },
  {
    name: 'replicator_retention_headroom_seconds',
    help: 'At least so long does the source keep the first record that is not copied yet, before retention deletes it.',
    of: ({ retentionHeadroomSeconds }) => retentionHeadroomSeconds,
  },
]

/** Milliseconds of the slowest partition that copied within the last minute. */
export function topicLatencyMs({ partitions }: TopicSnapshot, at: number): number | undefined {
  const known = partitions.flatMap(partition => latencyMs(partition, at) ?? [])
  return known.length === 0 ? undefined : Math.max(...known)
}

/** What is known of whole topics. */
export function topicMetrics(snapshots: readonly ReplicatorSnapshot[]): string[] {
  return TOPIC_METRICS.flatMap(({ name, help, of }) => [
    ...heading(name, 'gauge', help),
    ...snapshots.flatMap(({ at, replicatorName, topics }) =>
      topics.flatMap(topic => {
        const value = of(topic, at)
        if (value === null || value === undefined) return []
        return [`${name}{${label('replicator', replicatorName)},${label('topic', topic.sourceTopic)}} ${value}`]
      }),
    ),
  ])
}
