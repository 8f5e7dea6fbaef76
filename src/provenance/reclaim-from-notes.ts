import type { Clock } from '../clock.js'
import type { ClusterSide } from '../clusters/cluster-side.js'
import { ProgressStore } from '../progress/progress-store.js'
import { STATE_TOPIC_PREFIX, StateTopic } from '../progress/state-topic.js'
import type { ProvenanceRegistry } from './provenance-registry.js'

/**
 * Writes into a cluster's registry again what the notes of all replicators that write there still say
 * (`--repair-provenance`). What replicators wrote that were deleted since cannot be told any more.
 */
export async function reclaimFromNotes(side: ClusterSide, registry: ProvenanceRegistry, clock: Clock): Promise<void> {
  const { topics } = await side.cluster.metadata(null)
  const stateTopics = topics.filter(({ name, errorCode }) => errorCode === 0 && name.startsWith(STATE_TOPIC_PREFIX))
  side.leaders.learn(stateTopics)
  for (const { name } of stateTopics) {
    const topic = new StateTopic(name, side, clock)
    const store = new ProgressStore(topic)
    await store.load()
    const replicatorId = name.slice(STATE_TOPIC_PREFIX.length)
    const claims = store.producers.map(({ producerId, path }) => ({ producerId, entry: { path, replicatorId } }))
    topic.close()
    if (claims.length === 0) continue
    await registry.ensure()
    await registry.claimProducers(claims)
  }
}
