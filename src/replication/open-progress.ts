import type { Clock } from '../clock.js'
import { ProgressStore, type SessionNote } from '../progress/progress-store.js'
import { StateTopic, stateTopicName } from '../progress/state-topic.js'
import type { ClusterSide } from '../topics/topic-sync.js'
import { assertNoError, isRetriable } from '../wire/kafka-errors.js'
import { initProducerId } from '../wire/messages/init-producer-id.js'

/** A broker that has just started answers "coordinator loading" for a few seconds. */
const PRODUCER_ID_DEADLINE_MS = 30_000
const PRODUCER_ID_POLL_MS = 200

/**
 * Opens the notes of a replicator on its target, and with them its producer session: the id is allocated once and then
 * the same for all lives (design, section 3). Throws what the target refuses.
 */
export async function openProgress(
  replicatorId: string,
  origin: Pick<SessionNote, 'sourceClusterId' | 'naming'>,
  target: ClusterSide,
  clock: Clock,
): Promise<{ store: ProgressStore; session: SessionNote }> {
  const topic = new StateTopic(stateTopicName(replicatorId), target, clock)
  await topic.ensure(target.admin)
  const store = new ProgressStore(topic)
  await store.load()
  if (store.session) return { store, session: store.session }
  const session = { ...(await allocate(target, clock)), ...origin }
  await store.saveSession(session)
  return { store, session }
}

async function allocate(
  { cluster }: ClusterSide,
  clock: Clock,
): Promise<Pick<SessionNote, 'producerId' | 'producerEpoch'>> {
  const deadline = clock.monotonic() + PRODUCER_ID_DEADLINE_MS
  for (;;) {
    const { errorCode, producerId, producerEpoch } = await cluster.callAny(initProducerId, undefined)
    if (errorCode === 0) return { producerId, producerEpoch }
    if (!isRetriable(errorCode) || clock.monotonic() > deadline) {
      assertNoError(errorCode, `allocating a producer id on ${cluster.alias}`)
    }
    await clock.sleep(PRODUCER_ID_POLL_MS)
  }
}
