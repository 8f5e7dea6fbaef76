import type { GroupState } from '../../src/groups/group-state.js'
import { waitUntil } from '../../src/local-kafka/wait-until.js'
import type { RunningReplicator } from './start-replicator.js'
import type { Side } from './two-clusters.js'

/** Where groups stand, as the outside client sees it and as the replicator says. */

const PATIENCE_MS = 30_000

/** What a group has committed for its only partition; undefined for nothing. */
export async function offsetOf(side: Side, group: string): Promise<bigint | undefined> {
  return (await commitOf(side, group))?.offset
}

/** The same with its metadata. Throws where the group has offsets of several partitions. */
export async function commitOf({ client }: Side, group: string) {
  const [only, ...others] = await client.groupOffsets(group)
  if (others.length > 0) throw new Error(`${group} has offsets of ${others.length + 1} partitions`)
  return only
}

/** Waits until the only partition of a group is there; says what it saw instead when it does not come. */
export async function untilOffsetIs(side: Side, group: string, offset: number, timeoutMs = PATIENCE_MS): Promise<void> {
  let last: bigint | undefined
  const isThere = async () => {
    last = await offsetOf(side, group)
    return last === BigInt(offset) ? true : undefined
  }
  if (await waitUntil(isThere, { timeoutMs, intervalMs: 50 })) return
  throw new Error(`group ${group} is at ${last} and not at ${offset} after ${timeoutMs / 1000} s`)
}

/** Waits until the replicator says that a group, or each one that it follows, stands so on all topics. */
export function untilGroupsAre(running: RunningReplicator, state: GroupState, group?: string): Promise<void> {
  return running.until(`${group ?? 'every group'} is ${state}`, () => {
    const all = running.replicator.snapshot().groups?.topics ?? []
    const topics = all.filter(topic => group === undefined || topic.group === group)
    return topics.length > 0 && topics.every(topic => topic.state === state)
  })
}

/** A group `offset-7` that stands at 7 in every partition, or at its end where that is before; for all there are. */
export async function oneGroupForEachOffset(
  { client }: Side,
  topics: readonly string[],
  prefix = 'offset-',
): Promise<string[]> {
  const logs = await Promise.all(
    topics.map(async topic => (await client.endOffsets(topic)).map(one => ({ topic, ...one }))),
  )
  const last = Math.max(...logs.flat().map(({ end }) => Number(end)))
  const groups = Array.from({ length: last + 1 }, (_, offset) => `${prefix}${offset}`)
  for (const [offset, group] of groups.entries()) {
    await client.commitOffsets(
      group,
      logs.flat().map(({ topic, partition, end }) => ({ topic, partition, offset: Math.min(offset, Number(end)) })),
    )
  }
  return groups
}
