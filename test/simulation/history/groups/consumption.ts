import { recordsOf } from '../../broker/batch.js'
import type { MemoryCluster } from '../../broker/memory-cluster.js'
import type { PartitionLog, StoredBatch } from '../../broker/partition-log.js'

/** Who has written a record: a producer of its cluster, a replicator, or somebody who writes beside it. */
export type Writer = 'native' | 'copy' | 'foreign'

/** A record as it was appended, whatever became of it. */
export interface Written {
  offset: number
  /** The same on both clusters, and of no other record. */
  identity: string
  writer: Writer
  producerId: number
}

/** All that one partition has ever held. */
export class WrittenLog {
  readonly log: PartitionLog
  readonly records: Written[] = []
  readonly byIdentity = new Map<string, Written>()
  private hasLost = false

  constructor(log: PartitionLog) {
    this.log = log
  }

  /** Its topic was created anew or its log cut back: offsets no longer say which records were meant. */
  get isBroken(): boolean {
    return this.hasLost || (this.records.at(-1)?.offset ?? -1) >= this.log.end
  }

  isReplaced(): void {
    this.hasLost = true
  }

  take({ header, bytes }: StoredBatch, writer: Writer): void {
    if (header.isControl) return
    const last = this.records.at(-1)?.offset ?? -1
    if (header.baseOffset <= last) this.hasLost = true
    for (const { offset, rest } of recordsOf(bytes, header)) {
      const text = writer === 'foreign' ? `foreign ${offset}` : rest.toString('latin1')
      const written = { offset, identity: text, writer, producerId: header.isTransactional ? header.producerId : -1 }
      this.records.push(written)
      this.byIdentity.set(text, written)
    }
  }

  /** Whether it has been here and retention or the cleaner has taken it. */
  hasLostRecord(identity: string): boolean {
    const written = this.byIdentity.get(identity)
    if (!written) return false
    if (written.offset < this.log.start) return true
    const batch = this.log.from(written.offset, written.offset + 1)[0]
    return !batch || !recordsOf(batch.bytes, batch.header).some(({ offset }) => offset === written.offset)
  }

  /** Whether somebody may read it, now or when its transaction has ended. */
  isThere({ offset, producerId }: Written): boolean {
    return offset >= this.log.start && !(producerId >= 0 && this.log.isAborted(offset, producerId))
  }
}

/** What lies where, and what each group has consumed of it, as whoever looks at all logs knows it. */
export class Consumption {
  private readonly logs = new Map<string, WrittenLog>()
  private readonly done = new Map<string, Set<string>>()

  /** Begins to keep account of a cluster, before it has partitions. */
  follow(cluster: MemoryCluster, writerOf: (producerId: number) => Writer): void {
    const onPartition = cluster.onPartition
    cluster.onPartition = (log, topic) => {
      onPartition(log, topic)
      if (log.topic.startsWith('__')) return
      const key = keyOf(cluster, log.topic, log.partition)
      const former = this.logs.get(key)
      const written = new WrittenLog(log)
      if (former) written.isReplaced()
      this.logs.set(key, written)
      log.followers.push(batch => written.take(batch, writerOf(batch.header.producerId)))
    }
  }

  on(cluster: MemoryCluster, topic: string, partition: number): WrittenLog | undefined {
    return this.logs.get(keyOf(cluster, topic, partition))
  }

  /**
   * The group has committed what lies before `to`, after it had begun at `from`: what had lain there is done with, also
   * what was deleted meanwhile.
   */
  passed(group: string, written: WrittenLog, from: number, to: number): void {
    const done = this.doneBy(group)
    for (const { offset, identity } of written.records) if (offset >= from && offset < to) done.add(identity)
  }

  doneBy(group: string): Set<string> {
    const done = this.done.get(group) ?? new Set()
    this.done.set(group, done)
    return done
  }
}

function keyOf({ alias }: MemoryCluster, topic: string, partition: number): string {
  return `${alias}/${topic}/${partition}`
}
