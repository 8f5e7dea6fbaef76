import type { Clock } from '../clock.js'
import type { ClusterSide } from '../clusters/cluster-side.js'
import { OffsetMap } from '../offset-map/offset-map.js'
import { FollowedNotes } from '../progress/followed-notes.js'
import type { PartitionNote } from '../progress/notes.js'
import { StateTopic, stateTopicName } from '../progress/state-topic.js'
import type { ProvenanceRegistry } from '../provenance/provenance-registry.js'
import { placeKey } from '../wire/place.js'
import type { GroupRoute, WaysBack } from './group-route.js'
import type { WayBack } from './start-for-group.js'

/** One that has claimed something, and whose notes are not there: a broker that starts does not know all topics yet. */
const LOOK_AGAIN_MS = 5_000

interface Counterpart {
  replicatorId: string
  notes: FollowedNotes
  /** By source topic and partition, until their notes change. */
  ways: Map<string, { note: PartitionNote; way: WayBack } | undefined>
}

/** What a replicator between the same clusters knows of them. */
export interface CounterpartsOptions {
  targetId: string
  targetAlias: string
  naming: 'prefixed' | 'identical'
  mode: 'legacy' | 'enhanced'
}

/**
 * The replicators of the other direction: what came to the source from the target, where it lay there, and how far the
 * target has been read. They write it down on *our* source, once a second; there it is read.
 */
export class Counterparts implements WaysBack {
  private readonly source: ClusterSide
  private readonly registry: ProvenanceRegistry
  private readonly options: CounterpartsOptions
  private readonly clock: Clock
  private found: Counterpart[] = []
  /** Those without notes, and when they are looked for again (monotonic milliseconds). */
  private readonly missing = new Map<string, number>()

  constructor(source: ClusterSide, registry: ProvenanceRegistry, options: CounterpartsOptions, clock: Clock) {
    this.source = source
    this.registry = registry
    this.options = options
    this.clock = clock
  }

  /** The names of the state topics of those that were not deleted, and whether each moves groups as we are asked to. */
  get all(): { stateTopic: string; isEnhanced: boolean }[] {
    const present = this.found.filter(counterpart => !isDeleted(counterpart))
    return present.map(({ replicatorId, notes }) => ({
      stateTopic: stateTopicName(replicatorId),
      isEnhanced: notes.replicator?.groupSync === 'enhanced',
    }))
  }

  /**
   * Reads what they have noted up to now. Call it before the way there is looked at: a way back that is newer than it
   * could lead behind a record that is not consumed (`start-for-group.ts`). New ones are looked for each time: one that
   * is not known yet may already have brought records that a group has not consumed. Throws when the source does not answer.
   */
  async refresh(): Promise<void> {
    await this.search()
    for (const counterpart of this.found) await this.follow(counterpart)
  }

  wayBack(sourceTopic: string, partition: number, route: GroupRoute): WayBack | undefined {
    if (this.options.naming === 'prefixed') return undefined
    const { sourceTopicId, targetTopicId, there } = route
    let isOver = true
    const ways = this.found.flatMap(counterpart => {
      const known = wayOf(counterpart, sourceTopic, partition)
      // What it reads is our target topic, what it writes our source topic, or former ones of their names.
      const isOfThese = known?.note.sourceTopicId === targetTopicId && known.note.targetTopicId === sourceTopicId
      if (!isOfThese) return []
      isOver &&= isDeleted(counterpart)
      return [known.way]
    })
    const way = combined(ways)
    if (this.options.mode === 'enhanced') return way ?? NOTHING_READ
    // Nothing else of the target will come: as where records are copied one way only, the rest of them does not count.
    return way && isOver ? { ...way, read: there.map.end ?? there.begin } : way
  }

  origin(sourceTopic: string, partition: number): { targetTopic: string; back: WayBack } | undefined {
    const prefix = `${this.options.targetAlias}.`
    if (!sourceTopic.startsWith(prefix)) return undefined
    const claim = this.registry.topicNamed(sourceTopic)
    const targetTopic = sourceTopic.slice(prefix.length)
    for (const counterpart of this.found) {
      if (counterpart.replicatorId !== claim?.replicatorId) continue
      if (counterpart.notes.replicator?.naming !== 'prefixed') continue
      const back = wayOf(counterpart, targetTopic, partition)?.way
      if (back !== undefined) return { targetTopic, back }
    }
    return undefined
  }

  close(): void {
    for (const { notes } of this.found) notes.close()
    this.found = []
  }

  private async search(): Promise<void> {
    await this.registry.refresh()
    const now = this.clock.monotonic()
    const known = new Set(this.found.map(({ replicatorId }) => replicatorId))
    for (const replicatorId of this.registry.replicatorsFrom(this.options.targetId)) {
      if (known.has(replicatorId) || (this.missing.get(replicatorId) ?? now) > now) continue
      const topic = new StateTopic(stateTopicName(replicatorId), this.source, this.clock)
      if (await topic.exists()) this.found.push({ replicatorId, notes: new FollowedNotes(topic), ways: new Map() })
      else this.missing.set(replicatorId, now + LOOK_AGAIN_MS)
    }
  }

  private async follow({ notes, ways }: Counterpart): Promise<void> {
    try {
      for (const { sourceTopic, partition } of await notes.refresh())
        ways.delete(placeKey({ topic: sourceTopic, partition }))
    } catch (error) {
      // Where somebody has deleted them, what was last read stays true: nothing has come since, as far as one can know.
      if (await notes.isThere()) throw error
    }
  }
}

/** Nobody has read anything of the target: all of it may still come. */
const NOTHING_READ: WayBack = { map: new OffsetMap(), begin: 0, read: 0, completeFrom: 0 }

function isDeleted({ notes }: Counterpart): boolean {
  return notes.replicator?.isDeleted === true
}

/** Of several that have read the same partition one after the other: none of their records may be skipped. */
function combined(ways: readonly WayBack[]): WayBack | undefined {
  if (ways.length <= 1) return ways[0]
  const maps = ways.map(({ map }) => map)
  return {
    map: {
      sourceFor: offset => {
        const firsts = maps.map(map => map.sourceFor(offset)).filter(first => first !== undefined)
        return firsts.length === 0 ? undefined : Math.min(...firsts)
      },
      countBetween: (side, from, to) => maps.reduce((sum, map) => sum + map.countBetween(side, from, to), 0),
    },
    begin: Math.min(...ways.map(({ begin }) => begin)),
    read: Math.max(...ways.map(({ read }) => read)),
    completeFrom: Math.max(...ways.map(({ completeFrom }) => completeFrom)),
  }
}

function wayOf({ notes, ways }: Counterpart, sourceTopic: string, partition: number) {
  const key = placeKey({ topic: sourceTopic, partition })
  if (!ways.has(key)) ways.set(key, readWay(notes, sourceTopic, partition))
  return ways.get(key)
}

function readWay(notes: FollowedNotes, sourceTopic: string, partition: number) {
  const note = notes.partition(sourceTopic, partition)
  if (note === undefined) return undefined
  const { sourceStart: begin, sourceNext: read, mapFrom } = note
  const map = OffsetMap.tryLoad(notes.segments(note.sourceTopicId, sourceTopic, partition), note.openSegment)
  // A map that had to begin anew knows nothing of what lies before its first record.
  const isWhole = map !== undefined && mapFrom === undefined
  const completeFrom = isWhole ? 0 : (map?.first?.target ?? Number.POSITIVE_INFINITY)
  return { note, way: { map: map ?? new OffsetMap(), begin, read, completeFrom } }
}
