/** A topic as one side knows it. */
export interface KnownTopic {
  partitions: number
  /** Hex; changes when a topic is deleted and created again. */
  topicId: string
}

/** What has to be done on the target so that a source topic can be copied. */
export type TopicAction =
  | { action: 'create'; partitions: number }
  | { action: 'grow'; from: number; partitions: number }
  | { action: 'none' }

/** The target has at least the source's partitions, so that each record keeps its partition; it is never made smaller. */
export function planTopic(source: KnownTopic, target: KnownTopic | undefined): TopicAction {
  if (target === undefined) return { action: 'create', partitions: source.partitions }
  if (target.partitions < source.partitions) {
    return { action: 'grow', from: target.partitions, partitions: source.partitions }
  }
  return { action: 'none' }
}

/** MSK Replicator creates its topics with 3 replicas; a smaller cluster gets as many as it has brokers. */
export function replicationFactorFor(brokers: number): number {
  return Math.max(1, Math.min(3, brokers))
}
