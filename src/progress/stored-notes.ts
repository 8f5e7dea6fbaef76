import type {
  ControlNote,
  DiscoveryNote,
  GapNote,
  MapSegment,
  PartitionNote,
  ProducerNote,
  ReplicatorNote,
  StatusNote,
} from './notes.js'
import type { TopicEntry } from './state-topic.js'

/** Raised when the meaning of the notes changes; an engine refuses notes that it does not know. */
const FORMAT = 2

const PARTITION_PREFIX = 'partition/'
const PRODUCER_PREFIX = 'producer/'
const SEGMENT_PREFIX = 'map/'
const GAP_PREFIX = 'gap/'
const GROUP_PREFIX = 'group/'

/** Under which keys notes lie in the state topic. */
export const KEY = {
  replicator: 'replicator',
  status: 'status',
  control: 'control',
  discovered: 'discovered',
  groupsDiscovered: 'groups-discovered',
  group: (name: string) => `${GROUP_PREFIX}${name}`,
  producer: (producerId: number) => `${PRODUCER_PREFIX}${producerId}`,
  partition: (topic: string, partition: number) => `${PARTITION_PREFIX}${topic}/${partition}`,
  /** What the keys of all map segments begin with. */
  allSegments: SEGMENT_PREFIX,
  /** By topic id too: the map of a topic that was created anew begins anew. */
  segments: (topicId: string, topic: string, partition: number) => `${SEGMENT_PREFIX}${topicId}/${topic}/${partition}`,
  gap: ({ sourceTopic, partition, from, kind }: GapNote) => `${GAP_PREFIX}${sourceTopic}/${partition}/${from}/${kind}`,
}

export interface StoredSegment {
  number: number
  bytes: string
}

interface StoredPartition extends Omit<PartitionNote, 'sequences' | 'openSegment'> {
  sequences: [producerId: number, next: number][]
  openSegment: StoredSegment
}

/** The notes of one replicator, as they were read from its state topic. Here one only reads. */
export class StoredNotes {
  private readonly notes = new Map<string, string>()
  /** Map segments by partition and number, kept apart: they are many. As text until they are asked for. */
  private readonly segmentsByPlace = new Map<string, Map<number, string | Buffer>>()
  /** By topic and partition, and there by their own keys. */
  private readonly gapNotes = new Map<string, Map<string, GapNote>>()

  get replicator(): ReplicatorNote | undefined {
    return this.read<ReplicatorNote>(KEY.replicator)
  }

  get status(): StatusNote | undefined {
    return this.read<StatusNote>(KEY.status)
  }

  get control(): ControlNote | undefined {
    return this.read<ControlNote>(KEY.control)
  }

  /** Our producers. Where two instances have allocated one for the same path at once, the first in the log is it. */
  get producers(): ProducerNote[] {
    return firstOfEachPath(this.notes)
  }

  /** All recorded gaps. */
  get gaps(): GapNote[] {
    return [...this.gapNotes.values()].flatMap(gaps => [...gaps.values()])
  }

  gapsOf(sourceTopic: string, partition: number): readonly GapNote[] {
    return [...(this.gapNotes.get(`${sourceTopic}/${partition}`)?.values() ?? [])]
  }

  /** Whether an earlier life has finished its first discovery of topics. */
  get hasDiscovered(): boolean {
    return this.notes.has(KEY.discovered)
  }

  /** What the last finished discovery of topics has selected; undefined where none has finished. */
  get discovered(): DiscoveryNote | undefined {
    return this.read<DiscoveryNote>(KEY.discovered)
  }

  /** The same of groups; only where later ones are not taken. */
  get discoveredGroups(): DiscoveryNote | undefined {
    return this.read<DiscoveryNote>(KEY.groupsDiscovered)
  }

  /** Whether an earlier life has noted which groups there were at first; only where later ones are not taken. */
  get hasDiscoveredGroups(): boolean {
    return this.notes.has(KEY.groupsDiscovered)
  }

  /** Whether a group was there at the first discovery of groups. */
  knowsGroup(group: string): boolean {
    return this.notes.has(KEY.group(group))
  }

  partition(sourceTopic: string, partition: number): PartitionNote | undefined {
    const stored = this.read<StoredPartition>(KEY.partition(sourceTopic, partition))
    return stored === undefined ? undefined : noteOf(stored)
  }

  /** The closed segments of a partition's offset map, by number, as they were read. */
  segments(sourceTopicId: string, sourceTopic: string, partition: number): Map<number, Buffer> {
    const key = KEY.segments(sourceTopicId, sourceTopic, partition)
    const stored = this.segmentsByPlace.get(key) ?? new Map<number, string | Buffer>()
    // The same buffers each time, so that what was learned of them need not be learned again.
    for (const [number, text] of stored) {
      if (typeof text === 'string') stored.set(number, Buffer.from(parse<StoredSegment>(key, text).bytes, 'base64'))
    }
    return new Map(stored as Map<number, Buffer>)
  }

  /** All source topics of which a partition has ever been copied. */
  get topics(): string[] {
    const names = [...this.notes.keys()].filter(key => key.startsWith(PARTITION_PREFIX) && key.endsWith('/0'))
    return names.map(key => key.slice(PARTITION_PREFIX.length, -'/0'.length))
  }

  /** The partitions of a topic that have ever been copied, in order. */
  partitionsOf(sourceTopic: string): number[] {
    const prefix = KEY.partition(sourceTopic, 0).slice(0, -1)
    const keys = [...this.notes.keys()].filter(key => key.startsWith(prefix))
    return keys.map(key => Number(key.slice(prefix.length))).sort((a, b) => a - b)
  }

  /** Whether any partition of the topic has ever been copied. */
  knowsTopic(sourceTopic: string): boolean {
    return this.notes.has(KEY.partition(sourceTopic, 0))
  }

  /** Whether it comes behind all partitions of its topic that have ever been copied: it was added later then. */
  isBehindKnown(sourceTopic: string, partition: number): boolean {
    return this.knowsTopic(sourceTopic) && !this.notes.has(KEY.partition(sourceTopic, partition))
  }

  protected forgetAll(): void {
    this.notes.clear()
    this.segmentsByPlace.clear()
    this.gapNotes.clear()
  }

  /** Takes an entry of the topic, in their order. */
  protected take({ key, value }: TopicEntry): void {
    if (key.startsWith(SEGMENT_PREFIX)) return this.takeSegment(key, value)
    if (value === null) this.notes.delete(key)
    else this.notes.set(key, value)
    if (value !== null && key.startsWith(GAP_PREFIX)) this.takeGap(parse<GapNote>(key, value))
  }

  private takeGap(gap: GapNote): void {
    const place = `${gap.sourceTopic}/${gap.partition}`
    const gaps = this.gapNotes.get(place) ?? new Map<string, GapNote>()
    this.gapNotes.set(place, gaps.set(KEY.gap(gap), gap))
  }

  private takeSegment(key: string, value: string | null): void {
    const slash = key.lastIndexOf('/')
    const [place, number] = [key.slice(0, slash), Number(key.slice(slash + 1))]
    const segments = this.segmentsByPlace.get(place) ?? new Map<number, string | Buffer>()
    if (value === null) segments.delete(number)
    else segments.set(number, value)
    this.segmentsByPlace.set(place, segments)
  }

  private read<T>(key: string): T | undefined {
    const text = this.notes.get(key)
    return text === undefined ? undefined : parse<T>(key, text)
  }
}

/** Which partition a key is about: its note or its map; undefined for other keys. */
export function placeOf(key: string): { sourceTopic: string; partition: number } | undefined {
  const [, topic, partition] = /^(?:partition|map\/[^/]*)\/(.*?)\/(\d+)(?:\/\d+)?$/.exec(key) ?? []
  return topic === undefined ? undefined : { sourceTopic: topic, partition: Number(partition) }
}

export function firstOfEachPath(notes: ReadonlyMap<string, string>): ProducerNote[] {
  const byPath = new Map<string, ProducerNote>()
  for (const [key, text] of notes) {
    if (!key.startsWith(PRODUCER_PREFIX)) continue
    const producer = parse<ProducerNote>(key, text)
    const path = producer.path.join(' ')
    if (!byPath.has(path)) byPath.set(path, producer)
  }
  return [...byPath.values()]
}

/** A note as text. */
export function format(value: object): string {
  return JSON.stringify({ v: FORMAT, ...value })
}

/** A note from its text. Throws when another version of this tool wrote it. */
export function parse<T>(key: string, text: string): T {
  const { v, ...value } = JSON.parse(text) as T & { v: number }
  if (v !== FORMAT) {
    const advice = v > FORMAT ? 'update the tool' : 'it was written by an older version'
    throw new Error(`the note "${key}" has format ${v}, this version knows ${FORMAT}: ${advice}`)
  }
  return value as T
}

function noteOf({ sequences, openSegment, ...rest }: StoredPartition): PartitionNote {
  const { number, bytes } = openSegment
  return { ...rest, sequences: new Map(sequences), openSegment: { number, bytes: Buffer.from(bytes, 'base64') } }
}

export function storedOf({ sequences, openSegment, ...rest }: PartitionNote): object {
  return { ...rest, sequences: [...sequences], openSegment: storedSegment(openSegment) } satisfies StoredPartition
}

export function storedSegment({ number, bytes }: MapSegment): StoredSegment {
  return { number, bytes: bytes.toString('base64') }
}
