import type { Cluster } from '../clusters/cluster.js'
import { readLog } from '../clusters/read-log.js'
import type { TargetTail } from '../policy/resume-decision.js'
import { byTopic } from '../wire/by-topic.js'
import { KafkaError } from '../wire/kafka-errors.js'
import { describeProducers } from '../wire/messages/describe-producers.js'
import { LATEST_TIMESTAMP, listOffsets } from '../wire/messages/list-offsets.js'
import { sequenceAfter } from '../wire/record-batch.js'

/** A partition on the target and how far it is known to go. */
export interface TailQuestion {
  topic: string
  partition: number
  /** An offset behind everything noted so far; a log that ends there needs no second question. */
  knownEnd: number
}

/** One answer a partition, in the order of the questions. */
export type TailAnswer = TargetTail | { error: Error }

/** A ListOffsets or DescribeProducers request stays small at this many partitions. */
const PARTITIONS_PER_REQUEST = 2_000

/**
 * Asks one target broker how far partitions that it leads go, and the last sequence number that `producerId` has
 * there. Three questions, each only for those that still need it: where does the log end; if behind the known end,
 * what does the broker remember of the producer; if nothing, what do the batches since then say.
 */
export async function askTargetTails(
  cluster: Cluster,
  nodeId: number,
  questions: readonly TailQuestion[],
  producerId: number,
): Promise<TailAnswer[]> {
  const answers: TailAnswer[] = []
  for (let i = 0; i < questions.length; i += PARTITIONS_PER_REQUEST) {
    const part = questions.slice(i, i + PARTITIONS_PER_REQUEST)
    answers.push(...(await askPart(cluster, nodeId, part, producerId)))
  }
  return answers
}

async function askPart(
  cluster: Cluster,
  nodeId: number,
  questions: readonly TailQuestion[],
  producerId: number,
): Promise<TailAnswer[]> {
  const ends = await endOffsets(cluster, nodeId, questions)
  const behind = questions.filter(question => {
    const end = ends.get(keyOf(question))
    return typeof end === 'number' && end > question.knownEnd
  })
  const sequences = behind.length > 0 ? await lastSequences(cluster, nodeId, behind, producerId) : new Map()
  return questions.map(question => {
    const end = ends.get(keyOf(question))
    if (end === undefined) return { error: new Error('the target broker did not answer for this partition') }
    if (end instanceof Error) return { error: end }
    const lastSequence = sequences.get(keyOf(question))
    return lastSequence instanceof Error ? { error: lastSequence } : { end, lastSequence }
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
      keyOf(row),
      row.errorCode === 0 ? row.offset : new KafkaError(row.errorCode, `the end of ${row.topic}-${row.partition}`),
    ]),
  )
}

async function lastSequences(
  cluster: Cluster,
  nodeId: number,
  questions: readonly TailQuestion[],
  producerId: number,
): Promise<Map<string, number | Error | undefined>> {
  const result = new Map<string, number | Error | undefined>()
  if (await cluster.supports(nodeId, describeProducers)) {
    const rows = await cluster.call(nodeId, describeProducers, {
      topics: byTopic(questions, topicOf, ({ partition }) => partition),
    })
    for (const row of rows) {
      const own = row.producers.find(producer => producer.producerId === producerId)
      if (row.errorCode === 0 && own && own.lastSequence >= 0) result.set(keyOf(row), own.lastSequence)
    }
  }
  // Brokers forget a producer after a while (producer.id.expiration.ms, one day); its batches still tell.
  for (const question of questions) {
    if (!result.has(keyOf(question)))
      result.set(keyOf(question), await scanForSequence(cluster, nodeId, question, producerId))
  }
  return result
}

/** Walks the batch headers from the known end to the log's end. */
async function scanForSequence(
  cluster: Cluster,
  nodeId: number,
  { topic, partition, knownEnd }: TailQuestion,
  producerId: number,
): Promise<number | undefined> {
  let lastSequence: number | undefined
  for await (const batch of readLog(cluster, nodeId, { topic, partition, from: knownEnd })) {
    if (batch.producerId === producerId) lastSequence = sequenceAfter(batch.baseSequence, batch.lastOffsetDelta)
  }
  return lastSequence
}

function keyOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`
}

function topicOf(question: TailQuestion): string {
  return question.topic
}
