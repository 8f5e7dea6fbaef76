import type { OffsetLag, StoredGroups, StoredGroupTopic } from '../../replication/stored-groups.js'
import type { StoredStatus } from '../../replication/stored-status.js'
import type { RunbookSettings } from '../context.js'
import { inWords } from '../counted.js'
import type { Gate } from '../gate.js'
import { drained } from '../gates.js'
import { Growth } from './growth.js'

/** Which of AWS's two lists must hold: that of the guide, or the longer one of its blog. */
export const READY_PRESETS = ['aws-guide', 'aws-blog'] as const
export type ReadyPreset = (typeof READY_PRESETS)[number]

/** A lag that climbs by less than this part of what is allowed is steady. */
const STEADY_SHARE = 0.1

export interface ReadyCriteria {
  /** Source offsets still to copy, of all partitions of a replicator together. */
  maxMessageLag: number
  /** What the blog asks for beyond the guide; undefined: nothing. */
  beyond: Pick<RunbookSettings, 'maxLatencySeconds' | 'maxOffsetLag' | 'expectedGroups' | 'samples'> | undefined
}

/** A replicator that is looked at. */
export interface LookedAt {
  name: string
  /** How people call its source and its target. */
  from: string
  to: string
  read: () => Promise<StoredStatus>
}

/**
 * The criteria of a preset.
 *
 * @param hasOwnMessageLag whether `maxMessageLag` was asked for; the guide's own is 0
 */
export function readyCriteria(
  preset: ReadyPreset,
  settings: RunbookSettings,
  hasOwnMessageLag: boolean,
): ReadyCriteria {
  if (preset === 'aws-blog') return { maxMessageLag: settings.maxMessageLag, beyond: settings }
  return { maxMessageLag: hasOwnMessageLag ? settings.maxMessageLag : 0, beyond: undefined }
}

/** Applications may move either way: to be waited for together, so that all of it holds in the same look. */
export function readyGates(replicators: readonly LookedAt[], criteria: ReadyCriteria): Gate[] {
  return replicators.flatMap(one => [copyingIsReady(one, criteria), groupsAreReady(one, criteria)])
}

/** KafkaClusterPingSuccessCount 1 on both, ReplicatorFailure 0, MessageLag, ReplicationLatency. */
export function copyingIsReady({ name, from, to, read }: LookedAt, { maxMessageLag, beyond }: ReadyCriteria): Gate {
  const bounds = { maxMessageLag, maxLatencySeconds: beyond?.maxLatencySeconds }
  return { ...drained(`${name} copies from ${from} to ${to}`, bounds), read }
}

/** ConsumerGroupOffsetSyncFailure 0, ConsumerGroupCount, SumOffsetLag of both sides low and steady. */
export function groupsAreReady({ name, from, to, read }: LookedAt, { beyond }: ReadyCriteria): Gate {
  const newGrowth = ({ samples, maxOffsetLag }: NonNullable<typeof beyond>) =>
    new Growth(samples, maxOffsetLag * STEADY_SHARE)
  const growth = beyond && { source: newGrowth(beyond), target: newGrowth(beyond) }
  const count = beyond?.expectedGroups === undefined ? 'all groups' : `${beyond.expectedGroups} groups or more`
  return {
    title: `groups of ${name}`,
    threshold: beyond
      ? `${count} there, lag of all together ${inWords(beyond.maxOffsetLag)} at most and steady`
      : 'none fails',
    shows: { kind: 'groups' },
    read,
    lacking: ({ groups }) => {
      const [source, target] = [sumOffsetLag(groups, 'source'), sumOffsetLag(groups, 'target')]
      const moves = growth && [
        [from, source, growth.source.look(source)] as const,
        [to, target, growth.target.look(target)] as const,
      ]
      const problem = groups.problem ?? syncFailure(groups)
      if (problem !== undefined || beyond === undefined || moves === undefined) return problem
      const missing = missingGroups(groups, beyond.expectedGroups)
      if (missing !== undefined) return missing
      for (const [side, lag, growing] of moves) {
        if (lag === null) return `how far groups lag on ${side} is not known`
        if (lag > beyond.maxOffsetLag) return `groups lag by ${inWords(lag)} on ${side}`
        if (growing !== 'no')
          return growing === 'yes' ? `the lag of groups grows on ${side}` : 'a second look is needed'
      }
      return undefined
    },
  }
}

/**
 * The engine counts refusals in its metrics only. Here those stand for them whose offset cannot be brought over now: a
 * cluster refuses or does not answer, or nobody knows where the offset lies on the other side.
 */
function syncFailure({ groups }: StoredGroups): string | undefined {
  const isFailure = ({ state }: StoredGroupTopic) => state === 'failed' || state === 'unknown' || state === 'no-mapping'
  for (const { group, topics } of groups) {
    const failed = topics.find(isFailure)
    if (failed !== undefined) return `${group} fails on ${failed.sourceTopic}: ${failed.reason ?? failed.state}`
  }
  return undefined
}

/** AWS counts the groups that it synchronises: those that have offsets on the target. */
function missingGroups({ groups }: StoredGroups, expected: number | undefined): string | undefined {
  const isThere = ({ partitions }: StoredGroupTopic) => partitions.every(({ targetOffset }) => targetOffset !== null)
  const count = groups.filter(({ topics }) => topics.every(isThere)).length
  const wanted = expected ?? groups.length
  return count < wanted ? `${count} of ${wanted} groups are there` : undefined
}

/** All groups and topics together; null when any of it is unknown. */
function sumOffsetLag({ groups }: StoredGroups, side: 'source' | 'target'): number | null {
  const lags: OffsetLag[] = groups.flatMap(({ topics }) => topics.map(topic => topic[side]))
  return lags.reduce<number | null>(
    (sum, { sumOffsetLag: lag }) => (sum === null || lag === null ? null : sum + lag),
    0,
  )
}
