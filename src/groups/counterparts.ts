import type { Clock } from '../clock.js'
import type { ClusterSide } from '../clusters/cluster-side.js'
import { OffsetMap } from '../offset-map/offset-map.js'
import { FollowedNotes } from '../progress/followed-notes.js'
import type { PartitionNote } from '../progress/notes.js'
import { StateTopic, stateTopicName } from '../progress/state-topic.js'
import type { ProvenanceRegistry } from '../provenance/provenance-registry.js'
import type { GroupRoute, WaysBack } from './group-route.js'
import type { WayBack } from './start-for-group.js'

/** New ones are looked for as often as new topics are. */
const SEARCH_INTERVAL_MS = 30_000

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
  private nextSearch = Number.NEGATIVE_INFINITY

  constructor(source: ClusterSide, registry: ProvenanceRegistry, options: CounterpartsOptions, clock: Clock) {
    this.source = source
    this.registry = registry
    this.options = options
    this.clock = clock
  }

  /** The names of their state topics, and whether each moves groups as we are asked to. */
  get all(): { stateTopic: string; isEnhanced: boolean }[] {
    return this.found.map(({ replicatorId, notes }) => ({
      stateTopic: stateTopicName(replicatorId),
      isEnhanced: notes.replicator?.groupSync === 'enhanced',
    }))
  }

  /**
   * Reads what they have noted up to now. Call it before the way there is looked at: a way back that is newer than it
   * could lead behind a record that is not consumed (`start-for-group.ts`). Throws when the source does not answer.
   */
  async refresh(): Promise<void> {
    if (this.clock.monotonic() >= this.nextSearch) await this.search()
    for (const counterpart of this.found) await this.follow(counterpart)
  }

  wayBack(sourceTopic: string, partition: number, { sourceTopicId, targetTopicId }: GroupRoute): WayBack | undefined {
    if (this.options.naming === 'prefixed') return undefined
    for (const counterpart of this.found) {
      const known = wayOf(counterpart, sourceTopic, partition)
      // What it reads is our target topic, what it writes our source topic, or former ones of their names.
      if (known?.note.sourceTopicId === targetTopicId && known.note.targetTopicId === sourceTopicId) return known.way
    }
    return this.options.mode === 'enhanced' ? NOTHING_READ : undefined
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
    const ids = this.registry.replicatorsFrom(this.options.targetId)
    const known = new Set(this.found.map(({ replicatorId }) => replicatorId))
    for (const replicatorId of ids) {
      if (known.has(replicatorId)) continue
      const topic = new StateTopic(stateTopicName(replicatorId), this.source, this.clock)
      // One that was deleted has none any more.
      if (await topic.exists()) this.found.push({ replicatorId, notes: new FollowedNotes(topic), ways: new Map() })
    }
    this.nextSearch = this.clock.monotonic() + SEARCH_INTERVAL_MS
  }

  private async follow(counterpart: Counterpart): Promise<void> {
    try {
      for (const { sourceTopic, partition } of await counterpart.notes.refresh()) {
        counterpart.ways.delete(keyOf(sourceTopic, partition))
      }
    } catch (error) {
      if (await counterpart.notes.isThere()) throw error
      counterpart.notes.close() // it was deleted: what it copied stays, but nothing comes after it
      this.found = this.found.filter(one => one !== counterpart)
    }
  }
}

/** Nobody has read anything of the target: all of it may still come. */
const NOTHING_READ: WayBack = { map: new OffsetMap(), begin: 0, read: 0, completeFrom: 0 }

function wayOf({ notes, ways }: Counterpart, sourceTopic: string, partition: number) {
  const key = keyOf(sourceTopic, partition)
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

function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}`
}
