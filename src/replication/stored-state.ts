import { systemClock } from '../clock.js'
import { Cluster } from '../clusters/cluster.js'
import { Leaders } from '../clusters/leaders.js'
import { TopicAdmin } from '../clusters/topic-admin.js'
import type { StatusNote } from '../progress/notes.js'
import { ProgressStore } from '../progress/progress-store.js'
import { StateTopic, stateTopicName } from '../progress/state-topic.js'
import type { ReplicatorOptions } from './replicator-options.js'

/**
 * What an engine last said of itself, as it lies on the target; undefined where it never ran. Throws UserError when
 * the target does not answer.
 */
export async function readStatus({ id, target }: ReplicatorOptions): Promise<StatusNote | undefined> {
  const cluster = new Cluster(target)
  try {
    await cluster.connect()
    const topic = new StateTopic(
      stateTopicName(id),
      { cluster, leaders: new Leaders(cluster, systemClock) },
      systemClock,
    )
    if (!(await topic.exists())) return undefined
    const store = new ProgressStore(topic)
    await store.load()
    return store.status
  } finally {
    await cluster.close()
  }
}

/**
 * Deletes everything a replicator has noted on the target; its topics and records stay. Only for one that runs nowhere
 * and will never run again. Throws when the target does not answer.
 */
export async function forgetState({ id, target }: ReplicatorOptions): Promise<void> {
  const cluster = new Cluster(target)
  const admin = new TopicAdmin(cluster)
  try {
    await cluster.connect()
    const { topics } = await cluster.metadata([stateTopicName(id)])
    if (topics.some(topic => topic.errorCode === 0)) await admin.delete(stateTopicName(id))
  } finally {
    await admin.close()
    await cluster.close()
  }
}
