import type { KafkaCluster, LogDelivery, ReplicationInfo } from '../config/types.js'
import type { Clusters } from './world.js'

/** The topic of the walk-through, which the demo copies. */
export const TOPIC = 'customer'
export const PARTITIONS = 3
export const REPLICATOR = 'demo'
/** The application of the walk-through, which changes sides. */
export const GROUP = 'msk-consumer'

/** The three files of `create-replicator` for two clusters, by file name. */
export function demoFiles({ source, target }: Clusters): Record<string, string> {
  const clusters: KafkaCluster[] = [source, target].map(({ clusterId, bootstrapServers }) => ({
    ApacheKafkaCluster: { ApacheKafkaClusterId: clusterId, BootstrapBrokerString: bootstrapServers },
  }))
  const info: ReplicationInfo[] = [
    {
      SourceKafkaClusterId: source.clusterId,
      TargetKafkaClusterId: target.clusterId,
      TargetCompressionType: 'NONE',
      TopicReplication: {
        TopicsToReplicate: [TOPIC],
        TopicNameConfiguration: { Type: 'IDENTICAL' },
        StartingPosition: { Type: 'EARLIEST' },
      },
      ConsumerGroupReplication: { ConsumerGroupsToReplicate: ['.*'] },
    },
  ]
  const logs: LogDelivery = { ReplicatorLogDelivery: { CloudWatchLogs: { Enabled: false } } }
  return {
    'kafka-clusters.json': briefJson(clusters),
    'replication-info.json': briefJson(info),
    'log-delivery.json': briefJson(logs),
  }
}

/** Objects that fit are on one line: the files are shown on a terminal. */
const LINE_MAX = 72

/** JSON that a person reads at a glance, with a line end. */
export function briefJson(value: unknown): string {
  return `${brief(value, '')}\n`
}

function brief(value: unknown, indent: string): string {
  const flat = JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ')
  const isLeaf = typeof value !== 'object' || value === null
  if (isLeaf || indent.length + flat.length <= LINE_MAX) return flat
  const deeper = `${indent}  `
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  const items = Array.isArray(value)
    ? value.map(item => brief(item, deeper))
    : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${brief(item, deeper)}`)
  return `${open}\n${items.map(item => `${deeper}${item}`).join(',\n')}\n${indent}${close}`
}
