import type { Clock } from '../clock.js'
import { askOffsets } from '../clusters/ask-offsets.js'
import type { ClusterSide } from '../clusters/cluster-side.js'
import type { RouteOf } from '../groups/group-route.js'
import { type Translation, translateOffset } from '../groups/translate.js'
import { OffsetMap } from '../offset-map/offset-map.js'
import type { PartitionNote } from '../progress/notes.js'
import type { StoredNotes } from '../progress/stored-notes.js'
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from '../wire/messages/list-offsets.js'
import { groupsVerdict, judgeGroups } from './judge-groups.js'
import type { GroupOffsets } from './read-group-offsets.js'
import type { ReplicatorOptions } from './replicator-options.js'
import type { StatusPair } from './status-pairs.js'
import type { StoredGroups } from './stored-groups.js'

/** What is known when groups are judged. Read in this order: the groups' offsets, then the notes, then the ends. */
export interface StoredGroupsInput {
  options: ReplicatorOptions
  offsets: GroupOffsets
  /** Undefined where the replicator never ran. */
  notes: StoredNotes | undefined
  pairs: readonly StatusPair[]
  /** The last stable offset of a source partition as of now; null where it is not known. */
  sourceEndOf: (topic: string, partition: number) => number | null
  target: ClusterSide
  answerMs: number
}

/** The groups where nothing can be said of them. */
export function groupsUnknown(
  { groups }: ReplicatorOptions,
  problem: string | null,
  notes?: StoredNotes,
): StoredGroups {
  const isOff = !groups.synchronise || groups.include.length === 0
  return {
    mode: isOff ? 'off' : groups.mode,
    problem: isOff ? null : problem,
    ...frozenOf(notes),
    ...{ counterparts: [], groups: [], verdict: groupsVerdict([]) },
  }
}

function frozenOf(notes: StoredNotes | undefined): Pick<StoredGroups, 'frozenBy' | 'frozenHeard'> {
  return {
    frozenBy: notes?.control?.groupSync === 'frozen' ? notes.control.by : null,
    frozenHeard: notes?.control !== undefined && notes.status?.controlAt === notes.control.at,
  }
}

/** How the groups stand, by the notes and by what both clusters say. */
export async function readStoredGroups(input: StoredGroupsInput, clock: Clock): Promise<StoredGroups> {
  const { options, offsets, notes, sourceEndOf } = input
  const { counterparts } = offsets
  const routeOf = routesOf(input)
  const taken = offsets.groups.filter(({ group }) => isTaken(group, input))
  const committed = taken.flatMap(({ source }) => (source instanceof Error ? [] : source))
  const translations = committed.map(offset => ({
    partition: offset.partition,
    translation: translateOffset(offset, routeOf, counterparts),
  }))
  const boundsOf = await readBounds(translations, input, clock)
  const context = { replicatorId: options.id, routeOf, ways: counterparts, sourceEndOf, boundsOf }
  const groups = judgeGroups(taken, context)
  return {
    mode: options.groups.mode,
    problem: offsets.problems.length === 0 ? null : offsets.problems.join('; '),
    ...frozenOf(notes),
    counterparts: counterparts.all.map(({ stateTopic }) => stateTopic),
    groups,
    verdict: groupsVerdict(groups),
  }
}

/** Those of the first discovery, where later ones are not wanted. */
function isTaken(group: string, { options, notes }: StoredGroupsInput): boolean {
  return options.groups.detectNew || !notes?.hasDiscoveredGroups || notes.knowsGroup(group)
}

function routesOf({ notes, pairs, sourceEndOf }: StoredGroupsInput): RouteOf {
  const byTopic = new Map(pairs.map(pair => [pair.sourceTopic, pair]))
  const routes = new Map<string, ReturnType<RouteOf>>()
  const find = (topic: string, partition: number): ReturnType<RouteOf> => {
    const pair = byTopic.get(topic)
    if (pair === undefined) return undefined
    const note = notes?.partition(topic, partition)
    if (note === undefined || notes === undefined) return 'the copying of the partition has not begun'
    if (pair.sourceTopicId !== undefined && pair.sourceTopicId !== note.sourceTopicId) {
      return 'the topic was created anew, and what is copied is the former one'
    }
    return routeOf(notes, pair, partition, note, sourceEndOf(topic, partition))
  }
  return (topic, partition) => {
    const key = `${topic}/${partition}`
    if (!routes.has(key)) routes.set(key, find(topic, partition))
    return routes.get(key)
  }
}

function routeOf(
  notes: StoredNotes,
  { sourceTopic, targetTopic }: StatusPair,
  partition: number,
  note: PartitionNote,
  sourceEnd: number | null,
): ReturnType<RouteOf> {
  const { sourceTopicId, targetTopicId, sourceNext, targetStart, targetEnd, mapFrom } = note
  const map = OffsetMap.tryLoad(notes.segments(sourceTopicId, sourceTopic, partition), note.openSegment)
  if (map === undefined) return 'its offset map cannot be read'
  // What the source did not hold when the note was already written cannot have been sent since.
  const isDone = sourceEnd !== null && sourceEnd <= sourceNext
  const onTheWayTo = isDone ? undefined : Number.POSITIVE_INFINITY
  const there = { map, begin: targetStart, onTheWayTo, completeFrom: mapFrom ?? 0 }
  return { targetTopic, there, sourceTopicId, targetTopicId, copied: sourceNext, sourceEnd, targetEnd }
}

/** First offset and end of the target partitions in question. Never rejects: what does not answer is unknown. */
async function readBounds(
  translations: readonly { partition: number; translation: Translation | undefined }[],
  { target, answerMs }: StoredGroupsInput,
  clock: Clock,
) {
  const asked = new Map<string, { topic: string; partition: number }>()
  for (const { partition, translation } of translations) {
    if (translation === undefined) continue
    asked.set(`${translation.targetTopic}/${partition}`, { topic: translation.targetTopic, partition })
  }
  const unknown = new Set([...asked.values()].map(({ topic }) => topic).filter(topic => !target.leaders.topic(topic)))
  if (unknown.size > 0) await Promise.allSettled([target.leaders.refresh(unknown)])
  const ask = (timestamp: number) =>
    askOffsets(target, [...asked.values()], { isolation: 'read_committed', timestamp, timeoutMs: answerMs }, clock)
  const [starts, ends] = await Promise.all([ask(EARLIEST_TIMESTAMP), ask(LATEST_TIMESTAMP)])
  return (topic: string, partition: number) => {
    const [start, end] = [starts({ topic, partition }), ends({ topic, partition })]
    return 'offset' in start && 'offset' in end ? { start: start.offset, end: end.offset } : undefined
  }
}
