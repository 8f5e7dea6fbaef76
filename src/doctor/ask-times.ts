import type { Clock } from '../clock.js'
import { groupBy } from '../group-by.js'
import { ProgressStore } from '../progress/progress-store.js'
import { StateTopic, stateTopicName } from '../progress/state-topic.js'
import type { StoredNotes } from '../progress/stored-notes.js'
import type { ReplicatorOptions } from '../replication/replicator-options.js'
import { byTopic } from '../wire/by-topic.js'
import { LATEST_TIMESTAMP } from '../wire/messages/list-offsets.js'
import { type FoundTimestamp, listTimestamps } from '../wire/messages/list-timestamps.js'
import { placeKey } from '../wire/place.js'
import { type Answer, answerTo, notAsked } from './answer.js'
import type { AskedCluster } from './ask-cluster.js'
import { type Endangered, horizonOf } from './check-retention.js'
import { FUTURE_MS, type TopicTimes } from './check-timestamps.js'
import type { TopicFacts } from './facts.js'

/** Four answers of some 300 KB in all. */
const PARTITIONS_MAX = 10_000

interface Place {
  topic: TopicFacts
  partition: number
}

/** Answers of brokers, by partition. */
type Found = ReadonlyMap<string, FoundTimestamp>

/** What the records of the topics say about time, and which of them are late. Never rejects. */
export async function askTimes(
  options: ReplicatorOptions,
  source: AskedCluster,
  target: AskedCluster,
  topics: readonly TopicFacts[],
  clock: Clock,
): Promise<{ times: TopicTimes[]; endangered: Endangered[] }> {
  const places = topics
    .flatMap(topic => Array.from({ length: topic.sourcePartitions }, (_, partition) => ({ topic, partition })))
    .slice(0, PARTITIONS_MAX)
  const now = clock.now()
  const due = ({ topic }: Place) => {
    const horizon = horizonOf(topic)
    return horizon && now - horizon.retentionMs + horizon.horizonMs
  }
  const [oldest, future, kept, ends, notes] = await Promise.all([
    find(source, places, () => 0, clock),
    find(source, places, () => now + FUTURE_MS, clock),
    find(source, places, due, clock),
    find(source, places, () => LATEST_TIMESTAMP, clock),
    readNotes(options, target, clock),
  ])
  const byName = groupBy(places, ({ topic }) => topic)
  const of = (found: Found, { topic, partition }: Place) => found.get(placeKey({ topic: topic.sourceTopic, partition }))
  const times = [...byName].map(([{ sourceTopic }, own]) => ({
    sourceTopic,
    oldest: extreme(
      own.map(place => of(oldest, place)?.timestamp),
      Math.min,
    ),
    future: extreme(
      own.map(place => of(future, place)?.timestamp),
      Math.max,
    ),
  }))
  const endangered = [...byName].flatMap(([topic, own]) => {
    if (horizonOf(topic) === undefined) return []
    const late = own.map(place => {
      const answers = { oldest: of(oldest, place), kept: of(kept, place), end: of(ends, place) }
      return { partition: place.partition, isLate: isLate(place, answers, notes, options.topics.startAt) }
    })
    const isKnown = late.every(({ isLate }) => isLate !== undefined)
    const partitions = isKnown ? late.filter(({ isLate }) => isLate).map(({ partition }) => partition) : undefined
    return [{ sourceTopic: topic.sourceTopic, partitions }]
  })
  return { times, endangered }
}

/** Whether the first record that is not copied is before the first that stays for long; undefined: not known. */
function isLate(
  { partition, topic }: Place,
  { end, kept, oldest }: Record<'oldest' | 'kept' | 'end', FoundTimestamp | undefined>,
  notes: Answer<StoredNotes | undefined>,
  startAt: 'earliest' | 'latest',
): boolean | undefined {
  if (notes.problem !== null || end === undefined || kept === undefined || oldest === undefined) return undefined
  const note = notes.value?.partition(topic.sourceTopic, partition)
  if (note === undefined && startAt === 'latest') return false
  // A record without a time is found by none: it counts as the oldest.
  const next = note?.sourceNext ?? Math.max(0, oldest.offset)
  const keptFrom = kept.offset < 0 ? end.offset : kept.offset
  return next < keptFrom
}

/** The first record of each that is not before a time; asks each leader for its own. */
async function find(
  { nodes, side }: AskedCluster,
  places: readonly Place[],
  timestampOf: (place: Place) => number | undefined,
  clock: Clock,
): Promise<Found> {
  const asked = places.flatMap(place => {
    const timestamp = timestampOf(place)
    const leader = side.leaders.of(place.topic.sourceTopic, place.partition)?.nodeId
    if (timestamp === undefined || leader === undefined || !nodes.includes(leader)) return []
    return [{ leader, topic: place.topic.sourceTopic, partition: place.partition, timestamp }]
  })
  const answers = await Promise.all(
    [...groupBy(asked, ({ leader }) => leader)].map(async ([leader, own]) => {
      const request = byTopic(
        own,
        ({ topic }) => topic,
        ({ partition, timestamp }) => ({ partition, timestamp }),
      )
      return (await answerTo(() => side.cluster.call(leader, listTimestamps, request), clock)).value ?? []
    }),
  )
  return new Map(answers.flat().flatMap(row => (row.errorCode === 0 ? [[placeKey(row), row] as const] : [])))
}

/** What this replicator has noted; undefined where it never ran. */
async function readNotes(
  { id }: ReplicatorOptions,
  { nodes, side }: AskedCluster,
  clock: Clock,
): Promise<Answer<StoredNotes | undefined>> {
  if (nodes.length === 0) return notAsked('the target was not reached')
  return await answerTo(async () => {
    const topic = new StateTopic(stateTopicName(id), side, clock)
    if (!(await topic.exists())) return undefined
    const store = new ProgressStore(topic)
    try {
      await store.load()
      return store
    } finally {
      store.close()
    }
  }, clock)
}

function extreme(values: readonly (number | undefined)[], pick: (...values: number[]) => number): number | undefined {
  const known = values.filter((value): value is number => value !== undefined && value >= 0)
  return known.length === 0 ? undefined : known.reduce((a, b) => pick(a, b))
}
