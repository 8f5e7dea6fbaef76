import type { GapNote, MapSegment, PartitionNote, ProducerNote, ReplicatorNote, StatusNote } from './notes.js'
import type { StateTopic } from './state-topic.js'

/** Raised when the meaning of the notes changes; an engine refuses notes that it does not know. */
const FORMAT = 2

const PARTITION_PREFIX = 'partition/'
const PRODUCER_PREFIX = 'producer/'
const SEGMENT_PREFIX = 'map/'
const GAP_PREFIX = 'gap/'
const KEY = {
  replicator: 'replicator',
  status: 'status',
  discovered: 'discovered',
  producer: (producerId: number) => `${PRODUCER_PREFIX}${producerId}`,
  partition: (topic: string, partition: number) => `${PARTITION_PREFIX}${topic}/${partition}`,
  /** By topic id too: the map of a topic that was created anew begins anew. */
  segments: (topicId: string, topic: string, partition: number) => `${SEGMENT_PREFIX}${topicId}/${topic}/${partition}`,
  gap: ({ sourceTopic, partition, from, kind }: GapNote) => `${GAP_PREFIX}${sourceTopic}/${partition}/${from}/${kind}`,
}

/** One partition's note, with what belongs to it and must be stored with it. */
export interface PartitionRow {
  sourceTopic: string
  partition: number
  note: PartitionNote
  /** Segments of the offset map that were closed since the last note. */
  closed?: readonly MapSegment[]
  /** Numbers of segments that nobody will ask for any more. */
  pruned?: readonly number[]
  /** Recorded in one write with the progress beyond it, so that neither is there without the other. */
  gap?: GapNote
}

type Entry = [key: string, value: object | null]

/** The notes of one replicator, as they lie in its state topic. */
export class ProgressStore {
  private readonly topic: StateTopic
  private notes = new Map<string, string>()
  /** Map segments by partition, kept apart: they are many, and asked for once. */
  private readonly segmentTexts = new Map<string, string[]>()
  /** By topic and partition, and there by their own keys. */
  private readonly gapNotes = new Map<string, Map<string, GapNote>>()

  constructor(topic: StateTopic) {
    this.topic = topic
  }

  /** Reads all notes. Throws when one was written by another version of this tool. */
  async load(): Promise<void> {
    this.notes = await this.topic.readAll()
    this.segmentTexts.clear()
    this.gapNotes.clear()
    for (const [key, text] of this.notes) {
      if (key.startsWith(GAP_PREFIX)) this.rememberGap(parse<GapNote>(key, text))
      if (!key.startsWith(SEGMENT_PREFIX)) continue
      this.notes.delete(key)
      addTo(this.segmentTexts, key.slice(0, key.lastIndexOf('/')), text)
    }
  }

  get replicator(): ReplicatorNote | undefined {
    return this.read<ReplicatorNote>(KEY.replicator)
  }

  get status(): StatusNote | undefined {
    return this.read<StatusNote>(KEY.status)
  }

  /** Our producers. Where two instances have allocated one for the same path at once, the first in the log is it. */
  get producers(): ProducerNote[] {
    return firstOfEachPath(this.notes)
  }

  /** The same as the topic says it now: another instance may have noted one at the same time. */
  async readProducers(): Promise<ProducerNote[]> {
    return firstOfEachPath(await this.topic.readAll())
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

  partition(sourceTopic: string, partition: number): PartitionNote | undefined {
    const stored = this.read<StoredPartition>(KEY.partition(sourceTopic, partition))
    return stored === undefined ? undefined : noteOf(stored)
  }

  /** The closed segments of a partition's offset map, by number, as they were when the notes were loaded. */
  segments(sourceTopicId: string, sourceTopic: string, partition: number): Map<number, Buffer> {
    const key = KEY.segments(sourceTopicId, sourceTopic, partition)
    const stored = (this.segmentTexts.get(key) ?? []).map(text => parse<StoredSegment>(key, text))
    return new Map(stored.map(({ number, bytes }) => [number, Buffer.from(bytes, 'base64')]))
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

  saveReplicator(note: ReplicatorNote): Promise<void> {
    return this.write([[KEY.replicator, note]])
  }

  saveProducer(note: ProducerNote): Promise<void> {
    return this.write([[KEY.producer(note.producerId), note]])
  }

  /**
   * Where others have written since we last read, answers all status notes since then, ours as the last: those of
   * instances that run at the same time as we are among them.
   */
  async saveStatus(status: StatusNote): Promise<StatusNote[]> {
    await this.write([[KEY.status, status]])
    return this.topic.hasUnread ? await this.newStatuses() : []
  }

  /** The status notes since the notes were last read, in order. */
  async newStatuses(): Promise<StatusNote[]> {
    const entries = await this.topic.readNew()
    const texts = entries.filter(({ key, value }) => key === KEY.status && value !== null)
    for (const { key, value } of texts) this.notes.set(key, value as string)
    return texts.map(({ key, value }) => parse<StatusNote>(key, value as string))
  }

  saveDiscovered(at: number): Promise<void> {
    return this.write([[KEY.discovered, { at }]])
  }

  async savePartitions(rows: readonly PartitionRow[]): Promise<void> {
    await this.write(rows.flatMap(entriesOf))
    for (const { gap } of rows) if (gap !== undefined) this.rememberGap(gap)
  }

  close(): void {
    this.topic.close()
  }

  private async write(entries: Entry[]): Promise<void> {
    const rows = entries.map(([key, value]) => ({
      key,
      value: value === null ? null : JSON.stringify({ v: FORMAT, ...value }),
    }))
    await this.topic.append(rows)
    for (const { key, value } of rows) {
      if (key.startsWith(SEGMENT_PREFIX)) continue
      if (value === null) this.notes.delete(key)
      else this.notes.set(key, value)
    }
  }

  private rememberGap(gap: GapNote): void {
    const place = `${gap.sourceTopic}/${gap.partition}`
    const gaps = this.gapNotes.get(place) ?? new Map<string, GapNote>()
    this.gapNotes.set(place, gaps.set(KEY.gap(gap), gap))
  }

  private read<T>(key: string): T | undefined {
    const text = this.notes.get(key)
    return text === undefined ? undefined : parse<T>(key, text)
  }
}

function firstOfEachPath(notes: ReadonlyMap<string, string>): ProducerNote[] {
  const byPath = new Map<string, ProducerNote>()
  for (const [key, text] of notes) {
    if (!key.startsWith(PRODUCER_PREFIX)) continue
    const producer = parse<ProducerNote>(key, text)
    const path = producer.path.join(' ')
    if (!byPath.has(path)) byPath.set(path, producer)
  }
  return [...byPath.values()]
}

function addTo<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key)
  if (list) list.push(item)
  else lists.set(key, [item])
}

function parse<T>(key: string, text: string): T {
  const { v, ...value } = JSON.parse(text) as T & { v: number }
  if (v !== FORMAT) {
    const advice = v > FORMAT ? 'update the tool' : 'it was written by an older version'
    throw new Error(`the note "${key}" has format ${v}, this version knows ${FORMAT}: ${advice}`)
  }
  return value as T
}

interface StoredSegment {
  number: number
  bytes: string
}

interface StoredPartition extends Omit<PartitionNote, 'sequences' | 'openSegment'> {
  sequences: [producerId: number, next: number][]
  openSegment: StoredSegment
}

function noteOf({ sequences, openSegment, ...rest }: StoredPartition): PartitionNote {
  const { number, bytes } = openSegment
  return { ...rest, sequences: new Map(sequences), openSegment: { number, bytes: Buffer.from(bytes, 'base64') } }
}

function storedOf({ sequences, openSegment, ...rest }: PartitionNote): StoredPartition {
  return { ...rest, sequences: [...sequences], openSegment: storedSegment(openSegment) }
}

function storedSegment({ number, bytes }: MapSegment): StoredSegment {
  return { number, bytes: bytes.toString('base64') }
}

/** Closed segments first: a note must never speak of more than is stored. */
function entriesOf({ sourceTopic, partition, note, closed = [], pruned = [], gap }: PartitionRow): Entry[] {
  const keyOf = (number: number) => `${KEY.segments(note.sourceTopicId, sourceTopic, partition)}/${number}`
  return [
    ...closed.map((segment): Entry => [keyOf(segment.number), storedSegment(segment)]),
    ...(gap === undefined ? [] : [[KEY.gap(gap), gap] as Entry]),
    [KEY.partition(sourceTopic, partition), storedOf(note)],
    ...pruned.map((number): Entry => [keyOf(number), null]),
  ]
}
