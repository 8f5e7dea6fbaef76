import type { ClusterSnapshot, ReplicatorSnapshot } from '../replication/snapshot.js'
import { heading, label } from './sample.js'

interface ClusterMetric {
  name: string
  type: 'gauge' | 'counter'
  help: string
  /** Null where it is not known: then no sample is given. */
  of(cluster: ClusterSnapshot): number | null
}

const CLUSTER_METRICS: readonly ClusterMetric[] = [
  {
    name: 'replicator_cluster_up',
    type: 'gauge',
    help: 'Whether any of the brokers has answered within the last 45 s: 1 or 0 (MSK: KafkaClusterPingSuccessCount).',
    of: pingOf,
  },
  {
    name: 'replicator_cluster_auth_errors_total',
    type: 'counter',
    help: 'Connections that the cluster did not let in, or that did not trust it, since the start of this process (MSK: AuthError).',
    of: ({ authErrors }) => authErrors,
  },
  {
    name: 'replicator_cluster_throttle_seconds',
    type: 'gauge',
    help: 'The longest that the brokers throttled a fetch or produce request within the last minute (MSK: ThrottleTime).',
    of: ({ throttleMsMax }) => (throttleMsMax === null ? null : throttleMsMax / 1000),
  },
]

/** 1 for a cluster that answers, 0 for one that does not; null before its first answer. */
export function pingOf({ isAnswering }: ClusterSnapshot): number | null {
  return isAnswering === null ? null : Number(isAnswering)
}

/** How both clusters serve each replicator; no samples until it has reached them. */
export function clusterMetrics(snapshots: readonly ReplicatorSnapshot[]): string[] {
  return CLUSTER_METRICS.flatMap(({ name, type, help, of }) => [
    ...heading(name, type, help),
    ...snapshots.flatMap(({ replicatorName, clusters }) =>
      clusters.flatMap(cluster => {
        const value = of(cluster)
        const labels = [
          label('replicator', replicatorName),
          label('cluster', cluster.side),
          label('alias', cluster.alias),
        ]
        return value === null ? [] : [`${name}{${labels.join()}} ${value}`]
      }),
    ),
  ])
}
