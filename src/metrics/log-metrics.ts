import type { LogSinkSnapshot, ReplicatorSnapshot } from '../replication/snapshot.js'
import { heading, label } from './sample.js'

interface LogMetric {
  name: string
  type: 'gauge' | 'counter'
  help: string
  of(sink: LogSinkSnapshot): number
}

const LOG_METRICS: readonly LogMetric[] = [
  {
    name: 'replicator_log_records_delivered_total',
    type: 'counter',
    help: 'Log records that a sink has taken since the start of this process.',
    of: ({ delivered }) => delivered,
  },
  {
    name: 'replicator_log_records_dropped_total',
    type: 'counter',
    help: 'Log records lost since the start of this process, since a sink was down or too many came at once.',
    of: ({ dropped }) => dropped,
  },
  {
    name: 'replicator_log_records_waiting',
    type: 'gauge',
    help: 'Log records that wait to be sent.',
    of: ({ waiting }) => waiting,
  },
]

/** Log delivery, of those that have any; nothing where none has. */
export function logMetrics(snapshots: readonly ReplicatorSnapshot[]): string[] {
  const sinks = snapshots.flatMap(({ replicatorName, logSinks = [] }) =>
    logSinks.map(sink => ({ labels: `${label('replicator', replicatorName)},${label('sink', sink.sink)}`, sink })),
  )
  if (sinks.length === 0) return []
  return LOG_METRICS.flatMap(({ name, type, help, of }) => [
    ...heading(name, type, help),
    ...sinks.map(({ labels, sink }) => `${name}{${labels}} ${of(sink)}`),
  ])
}
