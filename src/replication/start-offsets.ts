import type { Cluster } from '../clusters/cluster.js'
import type { Leaders } from '../clusters/leaders.js'
import { refusal } from '../clusters/refusal.js'
import { groupBy } from '../group-by.js'
import type { Progress } from '../policy/resume-decision.js'
import type { PartitionCopy } from '../records/partition-copy.js'
import { byTopic } from '../wire/by-topic.js'
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP, listOffsets } from '../wire/messages/list-offsets.js'

interface Side {
  cluster: Cluster
  leaders: Leaders
}

interface Question {
  copy: PartitionCopy
  startAt: 'earliest' | 'latest'
}

/**
 * Where copying begins for partitions that nobody has copied yet: the source's start or its last stable offset, and
 * the target's end. Partitions without an answer are left out, to be asked for again; they say why they wait.
 */
export async function startOffsets(
  clusters: { source: Side; target: Side },
  questions: readonly Question[],
): Promise<{ copy: PartitionCopy; progress: Progress }[]> {
  const starts = await ask(clusters.source, questions, 'read_committed', ({ copy, startAt }) => ({
    topic: copy.sourceTopic,
    partition: copy.partition,
    timestamp: startAt === 'earliest' ? EARLIEST_TIMESTAMP : LATEST_TIMESTAMP,
  }))
  const ends = await ask(clusters.target, questions, 'read_uncommitted', ({ copy }) => ({
    topic: copy.targetTopic,
    partition: copy.partition,
    timestamp: LATEST_TIMESTAMP,
  }))
  return questions.flatMap(({ copy }) => {
    const sourceNext = starts.get(copy)
    const targetEnd = ends.get(copy)
    if (sourceNext === undefined || targetEnd === undefined) return []
    return [{ copy, progress: { sourceNext, sourceEpoch: -1, sequences: copy.progress.nextSequences(), targetEnd } }]
  })
}

interface OffsetQuestion {
  topic: string
  partition: number
  timestamp: number
}

async function ask(
  side: Side,
  questions: readonly Question[],
  isolation: 'read_committed' | 'read_uncommitted',
  questionOf: (question: Question) => OffsetQuestion,
): Promise<Map<PartitionCopy, number>> {
  const rows = questions.map(question => ({ copy: question.copy, asked: questionOf(question) }))
  const leaderOf = ({ asked }: { asked: OffsetQuestion }) => side.leaders.of(asked.topic, asked.partition)?.nodeId
  for (const row of rows) {
    const { topic, partition } = row.asked
    if (leaderOf(row) === undefined)
      row.copy.waitForTarget(`${topic}-${partition} has no leader on ${side.cluster.alias}`)
  }
  const answers = new Map<PartitionCopy, number>()
  for (const [nodeId, led] of groupBy(rows, leaderOf)) {
    if (nodeId === undefined) continue
    const topics = byTopic(
      led,
      ({ asked }) => asked.topic,
      ({ asked: { partition, timestamp } }) => ({ partition, timestamp }),
    )
    const copyOf = new Map(led.map(({ copy, asked }) => [`${asked.topic}/${asked.partition}`, copy]))
    for (const row of await side.cluster.call(nodeId, listOffsets, { isolation, topics })) {
      const copy = copyOf.get(`${row.topic}/${row.partition}`)
      if (!copy) continue
      if (row.errorCode === 0) answers.set(copy, row.offset)
      else {
        const needed = { operation: 'Describe', resource: `topic ${row.topic}` } as const
        const refused = refusal(side.cluster, row.errorCode, `the offsets of ${row.topic}-${row.partition}`, needed)
        copy.waitForTarget(refused.message)
      }
    }
  }
  return answers
}
