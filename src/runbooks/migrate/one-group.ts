import { groupsVerdict } from '../../replication/judge-groups.js'
import type { StoredGroup } from '../../replication/stored-groups.js'
import type { StoredStatus } from '../../replication/stored-status.js'
import { counted } from '../counted.js'
import type { Gate } from '../gate.js'
import type { LookedAt } from './readiness.js'

/** The same with this group alone; without any where it is not there. */
export function onlyGroup(status: StoredStatus, group: string): StoredStatus {
  const groups = status.groups.groups.filter(one => one.group === group)
  return { ...status, groups: { ...status.groups, groups, verdict: groupsVerdict(groups) } }
}

/** Where a group has members. */
export function membersOf(group: StoredGroup): { onSource: boolean; onTarget: boolean } {
  const { activeOnSource, activeOnTarget } = groupsVerdict([group])
  return { onSource: activeOnSource > 0, onTarget: activeOnTarget > 0 }
}

/**
 * Its consumers have stopped on the source, and on the target it begins exactly where they left off: by all that the
 * replicator of the other direction had copied to where they read. What that has written there and not noted yet nobody
 * else can tell from records that the group has still to read on the target.
 *
 * @param way goes where the group goes
 * @param back the other direction
 */
export function groupIsExact(way: LookedAt, back: LookedAt, group: string): Gate {
  const notes = new NotedSince()
  let other: StoredStatus | undefined
  return {
    title: `${group} is exact`,
    threshold: `no members on ${way.from}, and begins on ${way.to} where it left off`,
    shows: { kind: 'groups' },
    read: async () => {
      const seen = onlyGroup(await way.read(), group)
      other = await back.read() // behind it, so that its ends are no older than the group's offsets
      return seen
    },
    lacking: status => {
      const unnoted = other && notes.lacking(status, other)
      return whyNotExact(status) ?? (unnoted && `${back.name} ${unnoted}`)
    },
  }
}

/** Whether a replicator has noted all that its source held when a group was first seen where it stands now. */
class NotedSince {
  private place = ''
  private readonly ends = new Map<string, number>()

  lacking({ groups }: StoredStatus, { topics }: StoredStatus): string | undefined {
    const read = groups.groups.flatMap(one => one.topics)
    const place = JSON.stringify(read.map(one => one.partitions.map(({ sourceOffset }) => sourceOffset)))
    const rows = topics
      .filter(({ sourceTopic }) => read.some(one => one.targetTopic === sourceTopic))
      .flatMap(({ sourceTopic, partitions }) =>
        partitions.map(row => ({ name: `${sourceTopic} p${row.partition}`, row })),
      )
      // Nothing more of it will ever be copied, so nothing can be on its way.
      .filter(({ row }) => row.state !== 'ignored')
    if (place !== this.place) this.ends.clear()
    this.place = place
    for (const { name, row } of rows) {
      if (row.sourceEnd !== null && !this.ends.has(name)) this.ends.set(name, row.sourceEnd)
    }
    const late = rows.find(({ name, row }) => (row.copied ?? -1) < (this.ends.get(name) ?? Number.POSITIVE_INFINITY))
    return late && `has not noted yet all that it has copied of ${late.name}`
  }
}

/** Why a group could not begin on the target now, of a status that has it alone; undefined where it could. */
export function whyNotExact(status: StoredStatus): string | undefined {
  const problem = unknownGroup(status) ?? stillThere(status)
  if (problem !== undefined) return problem
  const { readAgain, activeOnTarget } = status.groups.verdict
  if (activeOnTarget > 0) return `it has members on ${status.target.alias} already`
  // Ahead: a consumer there has read on, and left. What it has consumed is not to be read again.
  const topic = status.groups.groups[0]?.topics.find(({ state }) => state !== 'synced' && state !== 'ahead-on-target')
  if (topic !== undefined) return `${topic.sourceTopic}: ${topic.reason ?? topic.state}`
  return readAgain === 0
    ? undefined
    : `${readAgain === null ? 'an unknown number of records' : counted(readAgain, 'record')} would be read again`
}

function unknownGroup({ source, target, groups }: StoredStatus): string | undefined {
  if (source.problem !== null) return `${source.alias} does not answer`
  if (target.problem !== null) return `${target.alias} does not answer`
  if (groups.problem !== null) return groups.problem
  return groups.groups.length === 0 ? 'the group has no offsets of a copied topic' : undefined
}

function stillThere({ groups, source }: StoredStatus): string | undefined {
  return groups.verdict.activeOnSource === 0 ? undefined : `it has members on ${source.alias}`
}
