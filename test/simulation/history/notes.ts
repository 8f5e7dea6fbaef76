import { keyOf, recordsOf, textOf } from '../broker/batch.js'
import type { StoredBatch } from '../broker/partition-log.js'

/** A partition's note as far as the judge reads it; offsets are the source's unless they say otherwise. */
export interface NotedPartition {
  sourceTopicId: string
  sourceStart: number
  sourceNext: number
  openSegment: { number: number; bytes: string }
}

export interface NotedGap {
  kind: 'truncated' | 'diverged' | 'poison' | 'recreated'
  sourceTopic: string
  partition: number
  from: number
  to: number
}

/** The notes of one replicator, as they lie in the log of its state topic. */
export class Notes {
  private readonly values = new Map<string, string>()
  private readonly begun = new Set<string>()
  /** A partition of this topic is noted for the first time. */
  onBegun: (topic: string, partition: number, note: NotedPartition) => void = () => {}
  /** What is found from now on is later than the first start. */
  onDiscovered: () => void = () => {}
  onGap: (gap: NotedGap) => void = () => {}

  take({ bytes, header }: Pick<StoredBatch, 'bytes' | 'header'>): void {
    for (const record of recordsOf(bytes, header)) {
      const key = keyOf(record)!
      const value = textOf(record)
      if (value === null) this.values.delete(key)
      else this.values.set(key, value)
      const [kind, topic, partition] = key.split('/') as [string, string, string]
      if (value !== null && kind === 'partition') this.noted(topic, Number(partition), value)
      if (kind === 'discovered') this.onDiscovered()
      if (value !== null && kind === 'gap') this.onGap(JSON.parse(value) as NotedGap)
    }
  }

  partition(topic: string, partition: number): NotedPartition | undefined {
    const value = this.values.get(`partition/${topic}/${partition}`)
    return value === undefined ? undefined : (JSON.parse(value) as NotedPartition)
  }

  /** The closed segments of a partition's offset map, by number. */
  segments(topicId: string, topic: string, partition: number): Map<number, Buffer> {
    const prefix = `map/${topicId}/${topic}/${partition}/`
    const found = [...this.values].filter(([key]) => key.startsWith(prefix)).map(([, value]) => JSON.parse(value))
    return new Map(found.map(({ number, bytes }) => [number, Buffer.from(bytes, 'base64')]))
  }

  /** Only what may say something new is parsed: there is a note a second of every partition. */
  private noted(topic: string, partition: number, value: string): void {
    const topicId = /"sourceTopicId":"(\w+)"/.exec(value)?.[1]
    const name = `${topicId}/${topic}/${partition}`
    if (this.begun.has(name)) return
    this.begun.add(name)
    this.onBegun(topic, partition, JSON.parse(value) as NotedPartition)
  }
}
