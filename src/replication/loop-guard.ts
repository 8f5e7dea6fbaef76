import type { Clock } from '../clock.js'
import { ExitCode, UserError } from '../errors.js'
import { ProgressStore } from '../progress/progress-store.js'
import { STATE_TOPIC_PREFIX, StateTopic } from '../progress/state-topic.js'
import type { ClusterSide } from '../topics/topic-sync.js'

/**
 * With identical names in both directions, what one replicator copies the other would copy back, for ever. Until
 * batches are recognised by who wrote them (design, section 4), the second of two such replicators does not start.
 *
 * Looks on the source for the notes of replicators that write there: throws UserError (5) if one of them copies, under
 * identical names, from the cluster that is our target.
 */
export async function refuseLoop(source: ClusterSide, target: ClusterSide, clock: Clock): Promise<void> {
  const { topics } = await source.cluster.metadata(null)
  const stateTopics = topics.filter(topic => topic.errorCode === 0 && topic.name.startsWith(STATE_TOPIC_PREFIX))
  source.leaders.learn(stateTopics)
  for (const { name } of stateTopics) {
    const store = new ProgressStore(new StateTopic(name, source, clock))
    await store.load()
    const { session } = store
    if (session?.naming !== 'identical' || session.sourceClusterId !== target.cluster.clusterId) continue
    throw new UserError(
      `Another replicator copies ${target.cluster.alias} → ${source.cluster.alias} under identical names; copying back would repeat every record for ever.`,
      {
        exitCode: ExitCode.Protected,
        fix: `Delete that replicator first (it notes its progress in ${name} on ${source.cluster.alias}), or use PREFIXED_WITH_SOURCE_CLUSTER_ALIAS.`,
      },
    )
  }
}
