import type { GroupState } from '../groups/group-state.js'
import type { GroupsSnapshot, GroupTopicSnapshot } from '../groups/group-sync.js'
import type { ReplicatorSnapshot } from '../replication/snapshot.js'
import { heading, label } from './sample.js'

interface GroupMetric {
  name: string
  help: string
  /** One value for each side; null where it is not known. */
  of(topic: GroupTopicSnapshot): { source: number | null; target: number | null }
}

const GROUP_METRICS: readonly GroupMetric[] = [
  {
    name: 'replicator_group_offset_lag_sum',
    help: 'Offsets that a group has not consumed of a topic, all partitions together (MSK: SumOffsetLag), on the source by its offsets there, on the target by those that it would begin with.',
    of: ({ source, target }) => ({ source: source.sumOffsetLag, target: target.sumOffsetLag }),
  },
  {
    name: 'replicator_group_offset_lag_max',
    help: 'The same of the partition where it is most (MSK: MaxOffsetLag).',
    of: ({ source, target }) => ({ source: source.maxOffsetLag, target: target.maxOffsetLag }),
  },
]

const GROUP_STATES: readonly GroupState[] = [
  'synced',
  'syncing',
  'waiting-for-copy',
  'active-on-target',
  'ahead-on-target',
  'reset-on-source',
  'no-mapping',
  'failed',
  'unknown',
]

/** Samples only of replicators that bring groups over: no sample is not the same as 0. */
export function groupMetrics(all: readonly ReplicatorSnapshot[]): string[] {
  const snapshots = all.filter(({ groups }) => groups !== undefined)
  if (snapshots.length === 0) return []
  const each = (sample: (name: string, groups: GroupsSnapshot) => string[]) =>
    snapshots.flatMap(({ replicatorName, groups }) =>
      groups ? sample(label('replicator', replicatorName), groups) : [],
    )
  return [
    ...heading('replicator_groups', 'gauge', 'Consumer groups that are brought over (MSK: ConsumerGroupCount).'),
    ...each((name, { count }) => [`replicator_groups{${name}} ${count}`]),
    ...heading(
      'replicator_group_offset_sync_failures_total',
      'counter',
      'Attempts to bring offsets over that failed since the start of this process (MSK: ConsumerGroupOffsetSyncFailure).',
    ),
    ...each((name, { failures }) => [`replicator_group_offset_sync_failures_total{${name}} ${failures}`]),
    ...heading('replicator_group_topics', 'gauge', 'Topics of groups by state.'),
    ...each((name, { topics }) =>
      GROUP_STATES.map(state => {
        const count = topics.filter(topic => topic.state === state).length
        return `replicator_group_topics{${name},state="${state}"} ${count}`
      }),
    ),
    ...GROUP_METRICS.flatMap(metric => [
      ...heading(metric.name, 'gauge', metric.help),
      ...each((name, { topics }) => topics.flatMap(topic => groupSamples(metric, name, topic))),
    ]),
  ]
}

function groupSamples(metric: GroupMetric, name: string, topic: GroupTopicSnapshot): string[] {
  const labels = `${name},${label('group', topic.group)},${label('topic', topic.sourceTopic)}`
  return Object.entries(metric.of(topic)).flatMap(([side, value]) =>
    value === null ? [] : [`${metric.name}{${labels},cluster="${side}"} ${value}`],
  )
}
