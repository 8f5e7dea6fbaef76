/**
 * What the engine tells the world. Terminal, log delivery and metrics listen; the engine itself never prints.
 * Each event has a stable code for scripts, a sentence for people and the facts as data.
 */
export interface ReplicationEvent {
  code: EventCode
  level: 'info' | 'warn' | 'error'
  /** One sentence for a person: what happened, where, and the likely cause or what happens next. */
  message: string
  /** The facts, for machines: topic, partition, offsets, broker, … Never record contents, never credentials. */
  data: Record<string, string | number | boolean | null>
}

export type EventCode =
  | 'replicator-started'
  | 'replicator-stopped'
  | 'replicator-updated'
  | 'topic-discovered'
  | 'topic-created'
  | 'topic-config-copied'
  | 'topic-failed'
  | 'no-topic-matches'
  | 'topic-quota-exceeded'
  | 'partitions-added'
  | 'acls-copied'
  | 'acls-not-copied'
  | 'partition-resumed'
  | 'partition-waiting'
  | 'partition-held'
  | 'source-topic-gone'
  | 'partition-ignored'
  | 'partition-restarted'
  | 'gap-recorded'
  | 'target-lost-tail'
  | 'offset-map-lost'
  | 'groups-unknown'
  | 'group-active'
  | 'group-reset'
  | 'group-failed'
  | 'counterpart-missing'
  | 'groups-frozen'
  | 'groups-committed'
  | 'log-delivery-failed'
  | 'log-delivery-restored'
  | 'log-delivery-changed'
  | 'cluster-unreachable'
  | 'progress-failed'

export type EventListener = (event: ReplicationEvent) => void
