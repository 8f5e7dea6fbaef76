/**
 * What the replicator writes as the metadata of an offset that it commits on the target, where the consumer itself has
 * written none: whose translation it is, and of what. So whoever reads a commit knows whether a consumer of the target
 * made it, and a stale instance sees that a newer one was there.
 *
 * An application's own metadata (Kafka Streams keeps its time there) is carried over untouched instead.
 */
export interface CommitStamp {
  replicatorId: string
  /** Of the instance that wrote it: one more with each start. */
  generation: number
  /** The source offset that was translated. */
  sourceOffset: number
}

const PREFIX = 'kafka-replicator:'
const PATTERN = /^kafka-replicator:([A-Za-z0-9._-]+):(\d+):(\d+)$/

export function stampText({ replicatorId, generation, sourceOffset }: CommitStamp): string {
  return `${PREFIX}${replicatorId}:${generation}:${sourceOffset}`
}

/** Undefined for metadata that no replicator wrote. */
export function readStamp(metadata: string): CommitStamp | undefined {
  const [, replicatorId, generation, sourceOffset] = PATTERN.exec(metadata) ?? []
  if (replicatorId === undefined) return undefined
  return { replicatorId, generation: Number(generation), sourceOffset: Number(sourceOffset) }
}

/** What goes with a translated offset: the application's own metadata, else our stamp. */
export function metadataFor(sourceMetadata: string, stamp: CommitStamp): string {
  return sourceMetadata === '' || readStamp(sourceMetadata) ? stampText(stamp) : sourceMetadata
}
