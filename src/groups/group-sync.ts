import type { CommittedOffset, ConsumerGroups } from '../clusters/consumer-groups.js'
import type { ControlNote } from '../progress/notes.js'
import type { GroupSelection } from '../replication/replicator-options.js'
import type { Counterparts } from './counterparts.js'
import { FollowedGroup, stateOf } from './followed-group.js'
import type { GroupReports } from './group-reports.js'
import type { RouteOf } from './group-route.js'
import { type GroupState, worstGroupState } from './group-state.js'
import type { GroupWriter } from './group-writer.js'
import { KnownWays } from './known-ways.js'
import { Lags, lagOf } from './lags.js'
import type { SelectedGroups } from './selected-groups.js'
import { translateOffset } from './translate.js'

/** What it works with. */
export interface GroupSyncParts {
  /** Of the source. */
  groups: ConsumerGroups
  selected: SelectedGroups
  counterparts: Counterparts
  writer: GroupWriter
  reports: GroupReports
  routeOf: RouteOf
  /** What somebody has asked of the engine. */
  control: () => ControlNote | undefined
  replicatorId: string
  mode: 'legacy' | 'enhanced'
}

/** How a group stands on one topic, for tables and metrics. Lags in offsets; null where an end is not known. */
export interface GroupTopicSnapshot {
  group: string
  sourceTopic: string
  targetTopic: string
  state: GroupState
  source: { sumOffsetLag: number | null; maxOffsetLag: number | null }
  target: { sumOffsetLag: number | null; maxOffsetLag: number | null }
}

export interface GroupsSnapshot {
  /** AWS's ConsumerGroupCount: groups with offsets of copied topics. */
  count: number
  /** AWS's ConsumerGroupOffsetSyncFailure, since the start of this process. */
  failures: number
  /** Whether all of them are left alone, as somebody has asked. */
  isFrozen: boolean
  topics: GroupTopicSnapshot[]
}

/**
 * Keeps the offsets of consumer groups on the target where the groups stand on the source (design, section 6): reads
 * what they have committed, finds it on the target, and writes what has moved.
 */
export class GroupSync {
  private readonly parts: GroupSyncParts
  private readonly ways: KnownWays
  private followed = new Map<string, FollowedGroup>()

  constructor(parts: GroupSyncParts) {
    this.parts = parts
    this.ways = new KnownWays(parts.routeOf, parts.counterparts)
  }

  /** Once through all groups. Throws when the source does not answer; the next round begins anew. */
  async round(): Promise<void> {
    const { groups, selected, counterparts, writer, reports, control, mode } = this.parts
    reports.control(control())
    const names = await selected.current(name => (this.followed.get(name)?.offsets.length ?? 0) > 0)
    const committed = await groups.committed(names)
    await counterparts.refresh()
    if (mode === 'enhanced') reports.counterparts(counterparts.all)
    this.take(committed)
    await writer.bring(this.followed.values())
    reports.flush()
  }

  /** Takes other groups from the next round on; those that it leaves stay where they are. */
  select(selection: GroupSelection): void {
    this.parts.selected.select(selection)
  }

  /** Whether an offset is on its way that may still move a group, though groups are frozen by now. */
  get isWriting(): boolean {
    return this.parts.writer.isWriting
  }

  snapshot(): GroupsSnapshot {
    const groups = [...this.followed.values()].filter(({ offsets }) => offsets.length > 0)
    return {
      count: groups.length,
      failures: this.parts.reports.failures,
      isFrozen: this.parts.control()?.groupSync === 'frozen',
      topics: groups.flatMap(group => topicsOf(group, this.parts.replicatorId)),
    }
  }

  close(): void {
    this.parts.counterparts.close()
  }

  private take(committed: ReadonlyMap<string, readonly CommittedOffset[] | Error>): void {
    const { reports } = this.parts
    const { ways } = this
    ways.begin()
    const translate = (offset: CommittedOffset) => translateOffset(offset, ways.routeOf, ways)
    const followed = new Map<string, FollowedGroup>()
    for (const [name, offsets] of committed) {
      const group = this.followed.get(name) ?? new FollowedGroup(name)
      followed.set(name, group)
      if (offsets instanceof Error) {
        reports.failed(group, 'source', offsets)
        continue
      }
      reports.worked(group, 'source')
      group.take(offsets, translate, ways)
    }
    this.followed = followed
    ways.forgetUnasked()
  }
}

function topicsOf(group: FollowedGroup, replicatorId: string): GroupTopicSnapshot[] {
  const byTopic = new Map<string, { states: GroupState[]; targetTopic: string; source: Lags; target: Lags }>()
  for (const row of group.offsets) {
    const { targetTopic, sourceEnd, targetEnd } = row.translation
    const target = row.target === 'unread' ? undefined : row.target
    const known = byTopic.get(row.topic) ?? { states: [], targetTopic, source: new Lags(), target: new Lags() }
    known.states.push(stateOf(row, group.isActiveOnTarget, replicatorId))
    known.source.add(lagOf(sourceEnd, row.committed.offset))
    known.target.add(lagOf(targetEnd, target?.offset ?? null))
    byTopic.set(row.topic, known)
  }
  return [...byTopic].map(([sourceTopic, { states, targetTopic, source, target }]) => ({
    ...{ group: group.name, sourceTopic, targetTopic },
    ...{ state: worstGroupState(states), source: source.sums, target: target.sums },
  }))
}
