import type { Clock } from '../clock.js'
import type { ClusterSide } from '../clusters/cluster-side.js'
import { type CommittedOffset, ConsumerGroups, type ListedGroup } from '../clusters/consumer-groups.js'
import { Counterparts } from '../groups/counterparts.js'
import { compileGroupPatterns } from '../policy/topic-patterns.js'
import { ProvenanceRegistry } from '../provenance/provenance-registry.js'
import { placeKey } from '../wire/place.js'
import type { ReplicatorOptions } from './replicator-options.js'

/** What both clusters say of the selected groups at one moment, and what the replicators of the other direction have noted. */
export interface GroupOffsets {
  groups: ReadGroup[]
  counterparts: Counterparts
  /** Which brokers did not list their groups. */
  problems: string[]
}

export interface ReadGroup {
  group: string
  sourceState: string | null
  targetState: string | null
  source: readonly CommittedOffset[] | Error
  target: readonly CommittedOffset[] | Error
  /** What it had committed on the source a moment ago, by `placeKey`: while it has members, that must have arrived by now. */
  before: ReadonlyMap<string, number>
}

/** What is committed arrives within 2 s: what was there so long ago should be on the target now. */
export const ARRIVES_WITHIN_MS = 2_000
/** Older than this, it says nothing of the present any more. */
const BEFORE_MS_MAX = 15_000

/** Reads the offsets of consumer groups for whoever looks from outside. Read as often as wanted, then close. */
export class GroupOffsetsReader {
  private readonly options: ReplicatorOptions
  private readonly sides: { source: ClusterSide; target: ClusterSide }
  private readonly groups: { source: ConsumerGroups; target: ConsumerGroups }
  private readonly clock: Clock
  private registry: ProvenanceRegistry | undefined
  private counterparts: Counterparts | undefined
  private last: { at: number; offsets: Map<string, Map<string, number>> } | undefined

  constructor(options: ReplicatorOptions, sides: { source: ClusterSide; target: ClusterSide }, clock: Clock) {
    this.options = options
    this.sides = sides
    this.clock = clock
    this.groups = {
      source: new ConsumerGroups(sides.source.cluster, clock),
      target: new ConsumerGroups(sides.target.cluster, clock),
    }
  }

  /**
   * The target is read before the source, and what the other direction has noted after both: so a group that moves on
   * meanwhile seems to lag, never to have been reset. Both clusters must have answered before. Throws what they refuse.
   */
  async read(): Promise<GroupOffsets> {
    const { include, exclude } = this.options.groups
    const filter = compileGroupPatterns(include, exclude)
    const [ofSource, ofTarget] = await Promise.all([this.groups.source.list(), this.groups.target.list()])
    const names = ofSource.groups
      .filter(({ group, type }) => type !== 'share' && filter.matches(group))
      .map(({ group }) => group)
      .sort()
    const target = await this.groups.target.committed(names)
    const source = await this.groups.source.committed(names)
    const stateOf = (listed: readonly ListedGroup[]) => new Map(listed.map(({ group, state }) => [group, state]))
    const [sourceStates, targetStates] = [stateOf(ofSource.groups), stateOf(ofTarget.groups)]
    const before = this.beforeNow(source)
    const groups = names.map(group => ({
      group,
      sourceState: sourceStates.get(group) ?? null,
      targetState: targetStates.get(group) ?? null,
      source: source.get(group) ?? [],
      target: target.get(group) ?? [],
      before: before.get(group) ?? new Map<string, number>(),
    }))
    return {
      groups,
      counterparts: await this.readCounterparts(),
      problems: [...ofSource.problems, ...ofTarget.problems],
    }
  }

  close(): void {
    for (const groups of Object.values(this.groups)) groups.close()
    this.counterparts?.close()
    this.registry?.close()
  }

  /** The offsets of a while ago, if they were read then; and those of now are remembered. */
  private beforeNow(source: ReadonlyMap<string, readonly CommittedOffset[] | Error>): Map<string, Map<string, number>> {
    const now = this.clock.monotonic()
    const ageMs = now - (this.last?.at ?? Number.NEGATIVE_INFINITY)
    if (ageMs < ARRIVES_WITHIN_MS) return new Map()
    const offsetsOf = (rows: readonly CommittedOffset[] | Error) => (rows instanceof Error ? [] : rows)
    const before = ageMs <= BEFORE_MS_MAX ? this.last?.offsets : undefined
    const offsets = [...source].map(([group, rows]) => {
      const byPlace = offsetsOf(rows).map(row => [placeKey(row), row.offset] as const)
      return [group, new Map(byPlace)] as const
    })
    this.last = { at: now, offsets: new Map(offsets) }
    return before ?? new Map()
  }

  private async readCounterparts(): Promise<Counterparts> {
    const { source, target } = this.sides
    if (this.registry === undefined) {
      this.registry = new ProvenanceRegistry(source, this.clock)
      await this.registry.open(undefined)
    }
    const { mode } = this.options.groups
    const between = {
      targetId: target.cluster.clusterId,
      targetAlias: target.cluster.alias,
      naming: this.options.topics.naming,
      mode,
    }
    this.counterparts ??= new Counterparts(source, this.registry, between, this.clock)
    await this.counterparts.refresh()
    return this.counterparts
  }
}
