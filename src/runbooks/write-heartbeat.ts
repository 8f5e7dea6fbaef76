import type { Clock } from '../clock.js'
import type { ClusterSide } from '../clusters/cluster-side.js'
import { messageOf } from '../errors.js'
import { HEARTBEAT_TOPIC } from '../policy/topic-patterns.js'
import { StateTopic } from '../progress/state-topic.js'
import { mayPass } from '../wire/kafka-errors.js'

/** What a heartbeat record says of itself; its key is the replicator's id. */
export interface Heartbeat {
  /** Which run has written it: `failback r-1a2b3c`. */
  by: string
  /** Milliseconds since 1970. */
  at: number
}

/** Where it lies on the source, or why that does not take it. */
export type HeartbeatOutcome = { offset: number } | { refusal: string }

/**
 * Writes one heartbeat record on a source, and creates its topic where it is missing: compacted, since records that time
 * deletes would be recorded as gaps by a replicator that comes back to them. Throws when the source does not answer.
 */
export async function writeHeartbeat(
  source: ClusterSide,
  replicatorId: string,
  heartbeat: Heartbeat,
  clock: Clock,
): Promise<HeartbeatOutcome> {
  const topic = new StateTopic(HEARTBEAT_TOPIC, source, clock)
  try {
    await topic.ensure(source.admin)
    const end = await topic.append([{ key: replicatorId, value: JSON.stringify(heartbeat) }])
    return { offset: end - 1 }
  } catch (error) {
    if (mayPass(error)) throw error
    return { refusal: messageOf(error) }
  } finally {
    topic.close()
  }
}
