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
import type { StateTopic, TopicEntry } from './state-topic.js'
import { firstOfEachPath, format, KEY, parse, StoredNotes, storedOf, storedSegment } from './stored-notes.js'

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

/** The notes of one replicator, for the engine that writes them. */
export class ProgressStore extends StoredNotes {
  private readonly topic: StateTopic

  constructor(topic: StateTopic) {
    super()
    this.topic = topic
  }

  /** Reads all notes. Throws when one was written by another version of this tool. */
  async load(): Promise<void> {
    const notes = await this.topic.readAll()
    this.forgetAll()
    for (const [key, value] of notes) this.take({ key, value })
  }

  /** Our producers as the topic says it now: another instance may have noted one at the same time. */
  async readProducers(): Promise<ProducerNote[]> {
    return firstOfEachPath(await this.topic.readAll())
  }

  saveReplicator(note: ReplicatorNote): Promise<void> {
    return this.write([[KEY.replicator, note]])
  }

  /** The replicator is no more: its offset maps and producers stay for others, what it said of itself and was asked goes. */
  retire(note: ReplicatorNote): Promise<void> {
    return this.write([
      [KEY.replicator, { ...note, isDeleted: true }],
      [KEY.status, null],
      [KEY.control, null],
    ])
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

  /** Asks something of the engine, wherever it runs. */
  saveControl(note: ControlNote): Promise<void> {
    return this.write([[KEY.control, note]])
  }

  /** Whether others have written since the notes were last read: one small question. Throws when the target does not answer. */
  hasNews(): Promise<boolean> {
    return this.topic.hasNews()
  }

  /** The status notes since the notes were last read, in order. What is asked of the engine is taken in, too. */
  async newStatuses(): Promise<StatusNote[]> {
    const entries = await this.topic.readNew()
    for (const entry of entries) if (entry.key === KEY.control) this.take(entry)
    const statuses = entries.filter(({ key, value }) => key === KEY.status && value !== null)
    for (const entry of statuses) this.take(entry)
    return statuses.map(({ key, value }) => parse<StatusNote>(key, value as string))
  }

  saveDiscovered(note: DiscoveryNote): Promise<void> {
    return this.write([[KEY.discovered, note]])
  }

  /** The groups of the first discovery, or what another selection has brought. */
  saveGroups(groups: readonly string[], note: DiscoveryNote): Promise<void> {
    const { at } = note
    return this.write([...groups.map((name): Entry => [KEY.group(name), { at }]), [KEY.groupsDiscovered, note]])
  }

  savePartitions(rows: readonly PartitionRow[]): Promise<void> {
    return this.write(rows.flatMap(entriesOf))
  }

  close(): void {
    this.topic.close()
  }

  /** What was written is taken over, but for the maps: those the engine has in its own memory. */
  private async write(entries: Entry[]): Promise<void> {
    const rows: TopicEntry[] = entries.map(([key, value]) => ({ key, value: value === null ? null : format(value) }))
    await this.topic.append(rows)
    for (const row of rows) if (!row.key.startsWith(KEY.allSegments)) this.take(row)
  }
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
