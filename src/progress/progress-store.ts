import type { Progress } from '../policy/resume-decision.js'
import type { StateTopic } from './state-topic.js'

/** Where copying of a partition began: everything before it, on both sides, is none of the replicator's. */
export interface PartitionStart {
  sourceStart: number
  targetStart: number
}

/** What is noted about one partition, beyond how far it is. */
export interface PartitionNote extends Progress, PartitionStart {
  /** The topics' ids on both sides (hex), so that a topic created anew is never taken for the old one. */
  sourceTopicId: string
  targetTopicId: string
}

/** The producer id that all lives of a replicator write with, and what they copy. */
export interface SessionNote {
  producerId: number
  producerEpoch: number
  sourceClusterId: string
  naming: 'prefixed' | 'identical'
}

/** What an engine says of itself every few seconds. */
export interface StatusNote {
  state: 'running' | 'stopped' | 'failed'
  /** Milliseconds since the epoch. */
  at: number
  reason?: string
}

/** Raised when the meaning of the notes changes; an engine refuses notes newer than it knows. */
const FORMAT = 1

const KEY = {
  session: 'session',
  status: 'status',
  discovered: 'discovered',
  partition: (topic: string, partition: number) => `partition/${topic}/${partition}`,
}

/** The notes of one replicator, as they lie in its state topic. */
export class ProgressStore {
  private readonly topic: StateTopic
  private notes = new Map<string, string>()

  constructor(topic: StateTopic) {
    this.topic = topic
  }

  /** Reads all notes. Throws when one was written by a newer version of this tool. */
  async load(): Promise<void> {
    this.notes = await this.topic.readAll()
  }

  get session(): SessionNote | undefined {
    return this.read<SessionNote>(KEY.session)
  }

  get status(): StatusNote | undefined {
    return this.read<StatusNote>(KEY.status)
  }

  /** Whether an earlier life has finished its first discovery of topics. */
  get hasDiscovered(): boolean {
    return this.notes.has(KEY.discovered)
  }

  partition(sourceTopic: string, partition: number): PartitionNote | undefined {
    return this.read<PartitionNote>(KEY.partition(sourceTopic, partition))
  }

  /** Whether any partition of the topic has ever been copied. */
  knowsTopic(sourceTopic: string): boolean {
    return this.notes.has(KEY.partition(sourceTopic, 0))
  }

  saveSession(session: SessionNote): Promise<void> {
    return this.write([[KEY.session, session]])
  }

  saveStatus(status: StatusNote): Promise<void> {
    return this.write([[KEY.status, status]])
  }

  saveDiscovered(at: number): Promise<void> {
    return this.write([[KEY.discovered, { at }]])
  }

  savePartitions(rows: readonly { sourceTopic: string; partition: number; note: PartitionNote }[]): Promise<void> {
    return this.write(rows.map(({ sourceTopic, partition, note }) => [KEY.partition(sourceTopic, partition), note]))
  }

  close(): void {
    this.topic.close()
  }

  private async write(entries: [key: string, value: object][]): Promise<void> {
    const rows = entries.map(([key, value]) => ({ key, value: JSON.stringify({ v: FORMAT, ...value }) }))
    await this.topic.append(rows)
    for (const { key, value } of rows) this.notes.set(key, value)
  }

  private read<T>(key: string): T | undefined {
    const text = this.notes.get(key)
    if (text === undefined) return undefined
    const { v, ...value } = JSON.parse(text) as T & { v: number }
    if (v !== FORMAT)
      throw new Error(`the note "${key}" has format ${v}, this version knows ${FORMAT}: update the tool`)
    return value as T
  }
}
