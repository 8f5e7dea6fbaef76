import type { ClusterConnectionOptions } from '../../clusters/connection-options.js'
import type { ReplicatorOptions } from '../../replication/replicator-options.js'

/** The two replicators of a migration: from the old cluster to the new one, and back. */
export interface Ways {
  there: ReplicatorOptions
  back: ReplicatorOptions
}

/** Why two replicators do not let applications move in any order, in a sentence; undefined where they do. */
export function whyNotBothWays({ there, back }: Ways): string | undefined {
  if (!isSame(there.source, back.target) || !isSame(there.target, back.source)) {
    return `${back.name} is not the way back of ${there.name}: one goes ${wayOf(there)}, the other ${wayOf(back)}`
  }
  for (const { name, groups, topics } of [there, back]) {
    if (topics.naming !== 'identical')
      return `${name} does not keep the names of topics (TopicNameConfiguration IDENTICAL)`
    if (!groups.synchronise) return `${name} does not synchronise consumer groups (SynchroniseConsumerGroupOffsets)`
    if (groups.mode !== 'enhanced') return `${name} moves groups one way only (ConsumerGroupOffsetSyncMode ENHANCED)`
  }
  return undefined
}

function wayOf({ source, target }: ReplicatorOptions): string {
  return `from ${source.alias} to ${target.alias}`
}

/** Two files may call one cluster by different names; its own id says more. */
function isSame(one: ClusterConnectionOptions, other: ClusterConnectionOptions): boolean {
  const [id, otherId] = [one.expectedClusterId, other.expectedClusterId]
  return id !== undefined && otherId !== undefined ? id === otherId : one.reference === other.reference
}
