import type { TopicMetadata } from '../wire/messages/metadata.js'

/** A source topic that is selected, on its way through a round. */
export interface SelectedTopic {
  source: TopicMetadata
  targetTopic: string
  /** The source's own; undefined where configurations are not copied. */
  overrides: ReadonlyMap<string, string> | undefined
  /** Undefined while it is not there. */
  target: TopicMetadata | undefined
}

/** Whether the target has all that is needed to copy every partition. */
export function isReady({ source, target }: SelectedTopic): boolean {
  return target !== undefined && target.partitions.length >= source.partitions.length
}
