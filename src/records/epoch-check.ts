import type { Cluster } from '../clusters/cluster.js'
import type { Obstacle } from '../policy/obstacles.js'
import { byTopic } from '../wire/by-topic.js'
import { Code } from '../wire/kafka-errors.js'
import type { EpochEnd } from '../wire/messages/fetch.js'
import { type AnsweredEpoch, offsetForLeaderEpoch } from '../wire/messages/offset-for-leader-epoch.js'

/** How far a partition has been read, and who leads it now. */
export interface ReadBefore {
  sourceTopic: string
  partition: number
  fetchOffset: number
  /** The leader epoch of the last batch before `fetchOffset`; -1 where it is not known. */
  fetchEpoch: number
  currentLeaderEpoch: number
}

/** Asks a leader in one request where those epochs end in its log; the answers have the order of the questions. */
export async function askEpochEnds(
  cluster: Cluster,
  nodeId: number,
  questions: readonly ReadBefore[],
): Promise<AnsweredEpoch[]> {
  const topics = byTopic(
    questions,
    ({ sourceTopic }) => sourceTopic,
    ({ partition, currentLeaderEpoch, fetchEpoch }) => ({ partition, currentLeaderEpoch, leaderEpoch: fetchEpoch }),
  )
  const rows = await cluster.call(nodeId, offsetForLeaderEpoch, { topics })
  const byPlace = new Map(rows.map(row => [`${row.topic}/${row.partition}`, row]))
  return questions.map(({ sourceTopic: topic, partition }) => {
    const missing = { topic, partition, errorCode: Code.UnknownTopicOrPartition, epoch: -1, endOffset: -1 }
    return byPlace.get(`${topic}/${partition}`) ?? missing
  })
}

/**
 * Whether a log has lost something of what was read before `fetchOffset` (KIP-320); undefined where it has not. `end`
 * is where the log ends the largest epoch that is not above `fetchEpoch`:
 *
 *   read   0 ──── epoch 3 ──── fetchOffset
 *   log    0 ──── epoch 3 ──── end ── epoch 5 ──         end ≥ fetchOffset: all is there
 *   log    0 ── epoch 3 ─ end ── epoch 5 ────────        end < fetchOffset: from `end` on it is another log
 *   log    0 ──── epoch 2 ───────── end ── epoch 5       no epoch 3: at least the last offset is another log's
 */
export function divergence(
  { fetchOffset, fetchEpoch }: Pick<ReadBefore, 'fetchOffset' | 'fetchEpoch'>,
  end: EpochEnd,
): Extract<Obstacle, { kind: 'diverged' }> | undefined {
  if (end.epoch === fetchEpoch && end.endOffset >= fetchOffset) return undefined
  const isWithin = end.endOffset >= 0 && end.endOffset < fetchOffset
  const [from, epochBefore] = isWithin ? [end.endOffset, end.epoch] : [fetchOffset - 1, -1]
  return { kind: 'diverged', from, to: fetchOffset, epoch: fetchEpoch, epochBefore }
}
