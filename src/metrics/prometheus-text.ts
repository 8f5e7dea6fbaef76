import type { PartitionSnapshot, PartitionState, ReplicatorSnapshot } from '../replication/snapshot.js'
import { clusterMetrics } from './cluster-metrics.js'
import { groupMetrics } from './group-metrics.js'
import { logMetrics } from './log-metrics.js'
import { heading, label } from './sample.js'
import { topicMetrics } from './topic-metrics.js'

interface Metric {
  name: string
  type: 'gauge' | 'counter'
  help: string
  /** The value for one partition; null where it is not known: then no sample is given, never 0. */
  of(partition: PartitionSnapshot): number | null
}

const PARTITION_METRICS: readonly Metric[] = [
  {
    name: 'replicator_lag_records',
    type: 'gauge',
    help: 'Source offsets still to pass, up to the last stable offset.',
    of: ({ lag }) => lag,
  },
  {
    name: 'replicator_source_end_offset',
    type: 'gauge',
    help: 'Last stable offset of the source partition.',
    of: ({ sourceEnd }) => sourceEnd,
  },
  {
    name: 'replicator_copied_offset',
    type: 'gauge',
    help: 'Next source offset to copy; all before it is acknowledged by the target.',
    of: ({ copied }) => copied,
  },
  {
    name: 'replicator_gap_offsets',
    type: 'gauge',
    help: 'Source offsets that will never be on the target: recorded gaps since the first life.',
    of: ({ gapOffsets }) => gapOffsets,
  },
  {
    name: 'replicator_records_total',
    type: 'counter',
    help: 'Records copied since the start of this process.',
    of: ({ recordsCopied }) => recordsCopied,
  },
  {
    name: 'replicator_bytes_total',
    type: 'counter',
    help: 'Bytes of record batches copied since the start of this process.',
    of: ({ bytesCopied }) => bytesCopied,
  },
  {
    name: 'replicator_bytes_read_total',
    type: 'counter',
    help: 'Bytes of record batches read since the start of this process, with those that the loop filter drops (MSK: ReplicatorBytesInPerSec).',
    of: ({ bytesRead }) => bytesRead,
  },
]

const STATES: readonly PartitionState[] = ['starting', 'copying', 'caught-up', 'waiting', 'held', 'ignored']

/** The metrics of all replicators in this process, in the text format of Prometheus (version 0.0.4). */
export function prometheusText(snapshots: readonly ReplicatorSnapshot[]): string {
  const lines: string[] = []
  for (const metric of PARTITION_METRICS) {
    lines.push(...heading(metric.name, metric.type, metric.help))
    for (const { labels, partition } of partitionsOf(snapshots)) {
      const value = metric.of(partition)
      if (value !== null) lines.push(`${metric.name}{${labels}} ${value}`)
    }
  }
  lines.push(...heading('replicator_partitions', 'gauge', 'Partitions by state.'))
  for (const { replicatorName, topics } of snapshots) {
    const all = topics.flatMap(({ partitions }) => partitions)
    for (const state of STATES) {
      const count = all.filter(partition => partition.state === state).length
      lines.push(`replicator_partitions{${label('replicator', replicatorName)},state="${state}"} ${count}`)
    }
  }
  lines.push(...topicMetrics(snapshots), ...groupMetrics(snapshots))
  lines.push(...clusterMetrics(snapshots), ...logMetrics(snapshots))
  return `${lines.join('\n')}\n`
}

function* partitionsOf(snapshots: readonly ReplicatorSnapshot[]) {
  for (const { replicatorName, topics } of snapshots) {
    for (const { sourceTopic, partitions } of topics) {
      const common = `${label('replicator', replicatorName)},${label('topic', sourceTopic)}`
      for (const partition of partitions) yield { labels: `${common},partition="${partition.partition}"`, partition }
    }
  }
}
