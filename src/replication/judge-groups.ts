import type { CommittedOffset } from '../clusters/consumer-groups.js'
import { messageOf } from '../errors.js'
import { groupBy } from '../group-by.js'
import type { RouteOf, WaysBack } from '../groups/group-route.js'
import { type GroupState, judgeGroup, worstGroupState } from '../groups/group-state.js'
import { Lags, lagOf } from '../groups/lags.js'
import { type LogBounds, within } from '../groups/start-for-group.js'
import { type Translation, translateOffset } from '../groups/translate.js'
import { readStamp } from '../policy/commit-stamp.js'
import { wasReset } from '../policy/group-offset-decision.js'
import { placeKey } from '../wire/place.js'
import type { ReadGroup } from './read-group-offsets.js'
import type { GroupsVerdict, StoredGroup, StoredGroupPartition, StoredGroupTopic } from './stored-groups.js'

/** What is known beside the groups' own offsets. */
export interface GroupsContext {
  replicatorId: string
  /** Must look after `ways` were refreshed. */
  routeOf: RouteOf
  ways: WaysBack
  /** Last stable offset of a partition of the source; null where it is not known. */
  sourceEndOf: (topic: string, partition: number) => number | null
  /** First offset and end of a partition of the target; undefined where they are not known. */
  boundsOf: (topic: string, partition: number) => LogBounds | undefined
}

interface JudgedOffset extends StoredGroupPartition {
  sourceTopic: string
  targetTopic: string
}

const NO_MEMBERS: readonly (string | null)[] = ['Empty', 'Dead', null]

/** How each group stands, on the topics that are copied; groups that have consumed none of them are left out. */
export function judgeGroups(groups: readonly ReadGroup[], context: GroupsContext): StoredGroup[] {
  return groups.flatMap(group => {
    const topics = topicsOf(group, context)
    const { sourceState, targetState } = group
    return topics.length === 0 ? [] : [{ group: group.group, sourceState, targetState, topics }]
  })
}

/** What a switch would mean, all groups together. */
export function groupsVerdict(groups: readonly StoredGroup[]): GroupsVerdict {
  const topics = groups.flatMap(group => group.topics)
  const readAgain = topics.reduce<number | null>(
    (sum, topic) => (sum === null || topic.readAgain === null ? null : sum + topic.readAgain),
    0,
  )
  const unclear = groups.filter(group => group.topics.some(({ state }) => UNCLEAR.includes(state))).length
  const activeOn = (state: (group: StoredGroup) => string | null) =>
    groups.filter(group => !NO_MEMBERS.includes(state(group))).length
  const isSafe = unclear > 0 || readAgain === null ? null : readAgain === 0
  return {
    safeToSwitch: groups.length === 0 ? null : isSafe,
    readAgain: groups.length === 0 ? null : readAgain,
    activeOnSource: activeOn(({ sourceState }) => sourceState),
    activeOnTarget: activeOn(({ targetState }) => targetState),
    unclear,
  }
}

const UNCLEAR: readonly GroupState[] = ['failed', 'unknown', 'no-mapping', 'reset-on-source']

function topicsOf(group: ReadGroup, context: GroupsContext): StoredGroupTopic[] {
  if (group.source instanceof Error) return [unknownTopic(`the source: ${messageOf(group.source)}`)]
  const judged = group.source.flatMap(offset => judgeOffset(offset, group, context) ?? [])
  return [...groupBy(judged, ({ sourceTopic }) => sourceTopic).values()].map(topicOf)
}

function judgeOffset(committed: CommittedOffset, group: ReadGroup, context: GroupsContext): JudgedOffset | undefined {
  const { topic, partition, offset: sourceOffset } = committed
  // A group that moves is judged where it was a moment ago; one that has stopped is to move now, with all it has read.
  const before = NO_MEMBERS.includes(group.sourceState) ? undefined : group.before.get(placeKey(committed))
  const judged = Math.min(sourceOffset, before ?? sourceOffset)
  const translation = translateOffset({ topic, partition, offset: judged }, context.routeOf, context.ways)
  if (translation === undefined) return undefined
  const { targetTopic } = translation
  const { target } = group
  const bounds = context.boundsOf(targetTopic, partition)
  const there = target instanceof Error ? undefined : targetOffsetOf(target, targetTopic, partition)
  const exact = exactOffset(translation, bounds, there, committed, context)
  const isActiveOnTarget = !NO_MEMBERS.includes(group.targetState)
  const seen = {
    sourceOffset: judged,
    copied: translation.copied,
    exact,
    targetOffset: there?.offset,
    isActiveOnTarget,
  }
  const isUnknown = target instanceof Error || (bounds === undefined && translation.exact !== undefined)
  const state = isUnknown ? 'unknown' : judgeGroup({ ...seen, wasReset: isReset(committed, there, context) })
  return {
    ...{ sourceTopic: topic, targetTopic, partition, state, sourceOffset },
    reason: reasonFor(state, translation, judged, target, there?.offset),
    sourceLag: lagOf(context.sourceEndOf(topic, partition), sourceOffset),
    targetOffset: there?.offset ?? null,
    targetLag: lagOf(bounds?.end ?? null, there?.offset ?? null),
    exactOffset: exact ?? null,
    readAgain: readAgain(state, translation, judged, there?.offset ?? bounds?.start),
  }
}

/** Where it should begin. The engine that wrote an offset may have known more than it has noted: then it is right. */
function exactOffset(
  { exact }: Translation,
  bounds: LogBounds | undefined,
  there: CommittedOffset | undefined,
  committed: CommittedOffset,
  context: GroupsContext,
): number | undefined {
  if (exact === undefined || bounds === undefined) return undefined
  const inLog = within(bounds, exact)
  const isOurs = there !== undefined && readStamp(there.metadata)?.replicatorId === context.replicatorId
  return isOurs && !isReset(committed, there, context) ? Math.max(inLog, there.offset) : inLog
}

function isReset(
  { offset: sourceOffset, metadata: sourceMetadata }: CommittedOffset,
  target: CommittedOffset | undefined,
  { replicatorId }: GroupsContext,
): boolean {
  return wasReset({ sourceOffset, sourceMetadata, target, written: undefined, replicatorId })
}

/** What it would read a second time on the target: copies of what it has consumed that lie there from its offset on. */
function readAgain(state: GroupState, translation: Translation, sourceOffset: number, from?: number): number | null {
  if (state === 'active-on-target' || state === 'ahead-on-target') return 0
  if (state === 'unknown' || state === 'no-mapping' || from === undefined) return null
  const { there, back, copied } = translation
  const ofSource = there?.countBetween('target', from, sourceOffset) ?? 0
  const ofTarget = back?.countBetween('source', from, sourceOffset) ?? 0
  return ofSource + ofTarget + Math.max(0, sourceOffset - (copied ?? sourceOffset))
}

function reasonFor(
  state: GroupState,
  { reason, copied }: Translation,
  sourceOffset: number,
  target: ReadGroup['target'],
  targetOffset: number | undefined,
): string | null {
  switch (state) {
    case 'unknown':
      return target instanceof Error ? `the target: ${messageOf(target)}` : 'the target does not say where its log ends'
    case 'no-mapping':
      return reason ?? null
    case 'waiting-for-copy':
      return `${sourceOffset - (copied ?? sourceOffset)} offsets that it has consumed are not copied yet`
    case 'syncing':
      return targetOffset === undefined ? 'it has no offset on the target yet' : null
    case 'reset-on-source':
      return `it was moved back to ${sourceOffset} on the source; on the target it stays, unless run with --follow-resets`
    default:
      return null
  }
}

function topicOf(partitions: readonly JudgedOffset[]): StoredGroupTopic {
  const [{ sourceTopic, targetTopic } = { sourceTopic: '', targetTopic: '' }] = partitions
  const [source, target] = [new Lags(), new Lags()]
  for (const { sourceLag, targetLag } of partitions) {
    source.add(sourceLag)
    target.add(targetLag)
  }
  const state = worstGroupState(partitions.map(one => one.state))
  const again = partitions.map(one => one.readAgain)
  return {
    ...{ sourceTopic, targetTopic, state },
    reason: partitions.find(one => one.state === state && one.reason !== null)?.reason ?? null,
    ...{ source: source.sums, target: target.sums },
    readAgain: again.reduce((sum, one) => (sum === null || one === null ? null : sum + one), 0),
    partitions: partitions
      .map(({ sourceTopic: _, targetTopic: __, ...partition }) => partition)
      .sort((a, b) => a.partition - b.partition),
  }
}

function unknownTopic(reason: string): StoredGroupTopic {
  const unknown = { sumOffsetLag: null, maxOffsetLag: null }
  const names = { sourceTopic: '?', targetTopic: '?' }
  return { ...names, state: 'unknown', reason, source: unknown, target: unknown, readAgain: null, partitions: [] }
}

function targetOffsetOf(offsets: readonly CommittedOffset[], topic: string, partition: number) {
  return offsets.find(offset => offset.topic === topic && offset.partition === partition)
}
