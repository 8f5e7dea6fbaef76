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
 * Takes leave of a replicator that runs nowhere and will never run again: it has no status on the target any more. What
 * others need stays in its state topic: by its offset maps groups find their way past the records that it has brought
 * (`groups/counterparts.ts`), and by its producers `--repair-provenance` knows where they came from. Throws when the target
 * does not answer.
 */
export async function forgetState({ id, target }: ReplicatorOptions): Promise<void> {
  const cluster = new Cluster(target)
  const side = { cluster, leaders: new Leaders(cluster, systemClock) }
  const topic = new StateTopic(stateTopicName(id), side, systemClock)
  try {
    await cluster.connect()
    if (!(await topic.exists())) return
    const store = new ProgressStore(topic)
    await store.load()
    const { replicator } = store
    if (replicator !== undefined) await store.retire(replicator)
    else await deleteTopic(cluster, topic.name) // it has never come so far that anything was copied
  } finally {
    topic.close()
    await cluster.close()
  }
}

async function deleteTopic(cluster: Cluster, name: string): Promise<void> {
  await new TopicAdmin(cluster).delete(name)
}
