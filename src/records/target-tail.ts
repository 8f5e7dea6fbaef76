import { chunksOf } from '../clusters/chunks.js'
import type { Cluster } from '../clusters/cluster.js'
import { refusal } from '../clusters/refusal.js'
import type { TargetTail } from '../policy/resume-decision.js'
import { byTopic } from '../wire/by-topic.js'
import { isRetriable, KafkaError } from '../wire/kafka-errors.js'
import { describeProducers } from '../wire/messages/describe-producers.js'
import { LATEST_TIMESTAMP, listOffsets } from '../wire/messages/list-offsets.js'
import { placeKey } from '../wire/place.js'

/** A partition on the target. */
export interface TailQuestion {
  topic: string
  partition: number
}

/** One answer a partition, in the order of the questions. */
export type TailAnswer = TargetTail | { error: Error }

/** A ListOffsets or DescribeProducers request stays small at this many partitions. */
const PARTITIONS_PER_REQUEST = 2_000

/**
 * Asks one target broker how far partitions that it leads go, and the last sequence numbers that it remembers of our
 * producers there. A broker that cannot be asked for them (before Kafka 2.8) remembers none, as it were.
 */
export async function askTargetTails(
  cluster: Cluster,
  nodeId: number,
  questions: readonly TailQuestion[],
  producerIds: ReadonlySet<number>,
): Promise<TailAnswer[]> {
  const answers: TailAnswer[] = []
  for (const part of chunksOf(questions, PARTITIONS_PER_REQUEST)) {
    answers.push(...(await askPart(cluster, nodeId, part, producerIds)))
  }
  return answers
}

async function askPart(
  cluster: Cluster,
  nodeId: number,
  questions: readonly TailQuestion[],
  producerIds: ReadonlySet<number>,
): Promise<TailAnswer[]> {
  // The end first: what is appended in between then only makes the numbers larger, and they decide.
  const ends = await endOffsets(cluster, nodeId, questions)
  const sequences = await lastSequences(cluster, nodeId, questions, producerIds)
  return questions.map(question => {
    const end = ends.get(placeKey(question))
    if (end === undefined) return { error: new Error('the target broker did not answer for this partition') }
    if (end instanceof Error) return { error: end }
    const ofOurs = sequences.get(placeKey(question)) ?? new Map<number, number>()
    return ofOurs instanceof Error ? { error: ofOurs } : { end, lastSequences: ofOurs }
  })
}

async function endOffsets(
  cluster: Cluster,
  nodeId: number,
  questions: readonly TailQuestion[],
): Promise<Map<string, number | Error>> {
  const rows = await cluster.call(nodeId, listOffsets, {
    isolation: 'read_uncommitted',
    topics: byTopic(questions, topicOf, ({ partition }) => ({ partition, timestamp: LATEST_TIMESTAMP })),
  })
  return new Map(
    rows.map(row => [
      placeKey(row),
      row.errorCode === 0
        ? row.offset
        : refusal(cluster, row.errorCode, `the end of ${row.topic}-${row.partition}`, {
            operation: 'Describe',
            resource: `topic ${row.topic}`,
          }),
    ]),
  )
}

async function lastSequences(
  cluster: Cluster,
  nodeId: number,
  questions: readonly TailQuestion[],
  producerIds: ReadonlySet<number>,
): Promise<Map<string, Map<number, number> | Error>> {
  const result = new Map<string, Map<number, number> | Error>()
  if (!(await cluster.supports(nodeId, describeProducers))) return result
  const rows = await cluster.call(nodeId, describeProducers, {
    topics: byTopic(questions, topicOf, ({ partition }) => partition),
  })
  for (const row of rows) {
    // Whoever may not be asked, or cannot say, remembers nothing, as it were: the log will tell.
    if (row.errorCode !== 0 && !isRetriable(row.errorCode)) continue
    const ours = row.producers.filter(one => producerIds.has(one.producerId) && one.lastSequence >= 0)
    result.set(
      placeKey(row),
      row.errorCode === 0
        ? new Map(ours.map(({ producerId, lastSequence }) => [producerId, lastSequence]))
        : new KafkaError(row.errorCode, `the producers of ${row.topic}-${row.partition}`),
    )
  }
  return result
}

function topicOf(question: TailQuestion): string {
  return question.topic
}
