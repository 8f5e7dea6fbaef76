import type { Admin, Broker, Kafka } from 'kafkajs'
import { waitUntil } from './wait-until.js'

/** A coordinator loads its few groups in a moment after a start, or creates its topic for the first group ever. */
const COORDINATOR_TIMEOUT_MS = 15_000
/** kafkajs's names of the errors that pass when the coordinator is ready. */
const COORDINATOR_NOT_READY = ['GROUP_LOAD_IN_PROGRESS', 'GROUP_COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR_FOR_GROUP']
const GROUP_ID_NOT_FOUND = 'GROUP_ID_NOT_FOUND'

/** The part of kafkajs's inner cluster that is used here; version 2.2.4 is pinned exactly for such reasons. */
interface InnerCluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  findGroupCoordinator(request: { groupId: string }): Promise<Broker>
}
type ClusterFactory = (options: { metadataMaxAge: number; allowAutoTopicCreation: boolean }) => InnerCluster

/**
 * Commits an offset through the group's coordinator as nobody's member: 5 ms, where `admin.setOffsets` joins the group
 * and takes 5 s. The broker refuses with UNKNOWN_MEMBER_ID while the group has members.
 */
export async function commitWithoutJoining(
  kafka: Kafka,
  commit: { group: string; topic: string; partition: number; offset: bigint | number },
): Promise<void> {
  const cluster = innerCluster(kafka)
  await cluster.connect()
  try {
    const coordinator = await cluster.findGroupCoordinator({ groupId: commit.group })
    await coordinator.offsetCommit({
      groupId: commit.group,
      groupGenerationId: -1,
      memberId: '',
      retentionTime: -1,
      topics: [{ topic: commit.topic, partitions: [{ partition: commit.partition, offset: String(commit.offset) }] }],
    })
  } finally {
    await cluster.disconnect()
  }
}

/** kafkajs keeps its way to a cluster under a symbol without a name in its types. */
function innerCluster(kafka: Kafka): InnerCluster {
  const key = Object.getOwnPropertySymbols(kafka).find(symbol => symbol.description === 'private:Kafka:createCluster')
  if (!key)
    throw new Error('kafkajs 2.2.4 has its cluster factory under private:Kafka:createCluster; is this another version?')
  const factory = (kafka as unknown as Record<symbol, ClusterFactory>)[key]!
  return factory({ metadataMaxAge: 300_000, allowAutoTopicCreation: false })
}

/**
 * Tries again while the group's coordinator says that it is not ready, at most 15 s: kafkajs itself gives up at once.
 * @throws what the action throws otherwise, and the coordinator's last word after that time.
 */
export async function onceCoordinatorIsReady<Result>(action: () => Promise<Result>): Promise<Result> {
  let notReady: unknown
  const done = await waitUntil(
    async () => {
      try {
        return { result: await action() }
      } catch (error) {
        if (!COORDINATOR_NOT_READY.includes(errorType(error))) throw error
        notReady = error
        return undefined
      }
    },
    { timeoutMs: COORDINATOR_TIMEOUT_MS, intervalMs: 100 },
  )
  if (!done) throw notReady
  return done.result
}

/** Deletes a group without members; one that is gone already is fine. */
export async function deleteGroup(admin: Admin, groupId: string): Promise<void> {
  try {
    await onceCoordinatorIsReady(() => admin.deleteGroups([groupId]))
  } catch (error) {
    // The broker itself removes an empty group without offsets.
    if (errorType(error) !== GROUP_ID_NOT_FOUND) throw error
  }
}

/** Kafka's name of the error; `deleteGroups` hides it in a list with one entry per group. */
function errorType(error: unknown): string {
  const { type, groups } = error as { type?: string; groups?: { error?: { type?: string } }[] }
  return type ?? groups?.[0]?.error?.type ?? ''
}
