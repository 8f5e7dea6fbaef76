import { type Clock, withinTime } from '../clock.js'
import { messageOf } from '../errors.js'
import { groupBy } from '../group-by.js'
import { byTopic } from '../wire/by-topic.js'
import { KafkaError } from '../wire/kafka-errors.js'
import { type ListedOffset, type ListOffsetsRequest, listOffsets } from '../wire/messages/list-offsets.js'
import { placeKey } from '../wire/place.js'
import type { Cluster } from './cluster.js'
import type { Leaders } from './leaders.js'

export interface AskedPartition {
  topic: string
  partition: number
}

/** An offset, or why it is not known. */
export type OffsetAnswer = { offset: number } | { problem: string }

/** Which offset of each: `timestamp` is LATEST_TIMESTAMP or EARLIEST_TIMESTAMP. */
export interface OffsetQuestion {
  isolation: ListOffsetsRequest['isolation']
  timestamp: number
  /** Milliseconds that a broker has for its answer. */
  timeoutMs: number
}

/** What was answered, by partition. */
export type OffsetAnswers = (asked: AskedPartition) => OffsetAnswer

/**
 * The offsets of many partitions: one request to each leader, all at once. A broker that does not answer makes only its
 * own partitions unknown; never rejects. Leaders must be known already.
 */
export async function askOffsets(
  side: { cluster: Cluster; leaders: Leaders },
  partitions: readonly AskedPartition[],
  question: OffsetQuestion,
  clock: Clock,
): Promise<OffsetAnswers> {
  const leaderOf = ({ topic, partition }: AskedPartition) => side.leaders.of(topic, partition)?.nodeId
  const byLeader = [...groupBy(partitions, leaderOf)]
  const lists = await Promise.all(
    byLeader.map(async ([nodeId, led]): Promise<Answers> => {
      if (nodeId === undefined) return unanswered(led, 'it has no leader')
      const late = `broker ${nodeId} of ${side.cluster.alias} did not answer within ${question.timeoutMs / 1000} s`
      const asking = askLeader(side.cluster, nodeId, led, question)
      return (await withinTime(asking, question.timeoutMs, clock)) ?? unanswered(led, late)
    }),
  )
  const answers: Answers = new Map(lists.flatMap(list => [...list]))
  return asked => answers.get(placeKey(asked)) ?? { problem: 'its broker left it out of the answer' }
}

type Answers = Map<string, OffsetAnswer>

async function askLeader(
  cluster: Cluster,
  nodeId: number,
  led: readonly AskedPartition[],
  { isolation, timestamp }: OffsetQuestion,
): Promise<Answers> {
  const topics = byTopic(
    led,
    ({ topic }) => topic,
    ({ partition }) => ({ partition, timestamp }),
  )
  try {
    const rows = await cluster.call(nodeId, listOffsets, { isolation, topics })
    return new Map(rows.map(row => [placeKey(row), answerOf(row)]))
  } catch (error) {
    return unanswered(led, messageOf(error))
  }
}

function unanswered(partitions: readonly AskedPartition[], problem: string): Answers {
  return new Map(partitions.map(asked => [placeKey(asked), { problem }]))
}

function answerOf({ topic, partition, errorCode, offset }: ListedOffset): OffsetAnswer {
  if (errorCode === 0) return { offset }
  return { problem: new KafkaError(errorCode, `the offsets of ${topic}-${partition}`).message }
}
