import { encodeBatch, restOf, type StoredRecord } from '../broker/batch.js'
import type { MemoryCluster, MemoryTopic } from '../broker/memory-cluster.js'
import type { PartitionLog } from '../broker/partition-log.js'
import type { Random } from '../random.js'
import type { World } from '../world.js'
import type { Truth } from './truth.js'

/** Who is told what was produced, before it is in the log. */
export interface Ledger {
  truth(topic: string, partition: number): Pick<Truth, 'produced' | 'decided'>
}

export interface WorkloadShape {
  /** So that records of several workloads differ. */
  name?: string
  /** How far back record times lie, at least and at most: brokers forget producers by them. */
  newestMs: number
  oldestMs: number
  gzipChance: number
  transactionChance: number
  longestValue: number
  /** Some records are so long that the target never takes them; 0 for none. */
  poisonBytes: number
}

interface Transaction {
  log: PartitionLog
  producer: Producer
  offsets: number[]
}

interface Producer {
  producerId: number
  producerEpoch: number
  sequences: Map<PartitionLog, number>
}

/** Everybody who produces to the source: plain, idempotent and transactional producers. */
export class Workload {
  private readonly world: World
  private readonly source: MemoryCluster
  private readonly judge: Ledger
  private readonly random: Random
  private readonly shape: WorkloadShape
  private readonly producers: Producer[] = []
  private readonly open: Transaction[] = []
  private count = 0

  constructor(world: World, source: MemoryCluster, judge: Ledger, random: Random, shape: WorkloadShape) {
    this.world = world
    this.source = source
    this.judge = judge
    this.random = random
    this.shape = shape
    for (let producerId = 0; producerId < 4; producerId++) {
      this.producers.push({ producerId, producerEpoch: random.between(0, 2), sequences: new Map() })
    }
  }

  /** One thing that somebody does. */
  step(): void {
    const logs = this.source.allPartitions().filter(({ topic }) => !topic.startsWith('__'))
    if (logs.length === 0) return
    const log = this.random.pick(logs)
    if (this.open.length > 0 && this.random.chance(0.4)) return this.continueTransaction(this.random.pick(this.open))
    if (this.random.chance(this.shape.transactionChance)) return this.begin(log)
    if (this.random.chance(0.5)) this.appendPlain(log)
    else this.appendIdempotent(log)
  }

  /** Ends whatever is open, so that all is decided. */
  finish(): void {
    while (this.open.length > 0) this.end(this.open[0]!)
  }

  /** The topic is deleted: its transactions end with it. */
  forget(topic: MemoryTopic): void {
    const left = this.open.filter(({ log }) => !topic.partitions.includes(log))
    this.open.splice(0, this.open.length, ...left)
  }

  /** The log has lost what lies at `offset` and behind: what is open there alone is no transaction any more. */
  cutBack(log: PartitionLog, offset: number): void {
    for (const transaction of this.open.filter(one => one.log === log)) {
      transaction.offsets = transaction.offsets.filter(one => one < offset)
      if (transaction.offsets.length === 0) this.open.splice(this.open.indexOf(transaction), 1)
    }
  }

  private begin(log: PartitionLog): void {
    const busy = new Set(this.open.filter(transaction => transaction.log === log).map(({ producer }) => producer))
    const free = this.producers.filter(producer => !busy.has(producer))
    if (free.length === 0) return
    const transaction = { log, producer: this.random.pick(free), offsets: [] }
    this.open.push(transaction)
    this.appendTo(transaction)
    if (this.random.chance(0.4)) this.end(transaction)
  }

  private continueTransaction(transaction: Transaction): void {
    if (this.random.chance(0.4)) this.appendTo(transaction)
    else this.end(transaction)
  }

  private end({ log, producer, offsets }: Transaction): void {
    this.open.splice(
      this.open.findIndex(other => other.log === log && other.producer === producer),
      1,
    )
    const kind = this.random.chance(0.5) ? 'commit' : 'abort'
    const { producerId, producerEpoch } = producer
    // Decided before the marker: whoever waits for it is served at once.
    this.judge.truth(log.topic, log.partition).decided(offsets, kind === 'commit' ? 'committed' : 'aborted')
    log.endTransaction(kind, producerId, producerEpoch, this.world.time.now)
    this.world.tell(
      `${this.source.alias === 'src' ? 'source' : this.source.alias} ${log.topic}-${log.partition} ${kind} of producer ${producerId}, now ends at ${log.end}`,
    )
  }

  private appendTo({ log, producer, offsets }: Transaction): void {
    const records = this.append(log, producer, true)
    offsets.push(...records.map(({ offset }) => offset))
  }

  private appendPlain(log: PartitionLog): void {
    this.append(log, undefined, false)
  }

  private appendIdempotent(log: PartitionLog): void {
    const busy = this.open.filter(transaction => transaction.log === log).map(({ producer }) => producer)
    const free = this.producers.filter(producer => !busy.includes(producer))
    if (free.length > 0) this.append(log, this.random.pick(free), false)
  }

  private append(log: PartitionLog, producer: Producer | undefined, isTransactional: boolean): StoredRecord[] {
    const configs = this.source.topics.get(log.topic)?.configs
    const isLong = this.random.chance(0.1)
    const isPoison = this.shape.poisonBytes > 0 && this.random.chance(0.03)
    const count =
      isPoison || this.random.chance(0.5) ? 1 : isLong ? this.random.between(8, 20) : this.random.between(2, 5)
    const isCompacted = configs?.get('cleanup.policy') === 'compact'
    const appendTime = configs?.get('message.timestamp.type') === 'LogAppendTime' ? this.world.time.now : undefined
    const made = Array.from({ length: count }, (_, n) => this.record(log.end + n, isCompacted, isPoison))
    const baseSequence = producer?.sequences.get(log) ?? 0
    producer?.sequences.set(log, baseSequence + count)
    const bytes = encodeBatch(made, {
      ...(producer && { producerId: producer.producerId, producerEpoch: producer.producerEpoch, baseSequence }),
      isTransactional,
      isGzip: this.random.chance(this.shape.gzipChance),
    })
    const records = made.map(record => ({ ...record, timestamp: appendTime ?? record.timestamp }))
    // Known before it is in the log: whoever waits for it is served at once.
    const truth = this.judge.truth(log.topic, log.partition)
    truth.produced(records, isTransactional ? 'open' : 'committed', isPoison)
    log.append(bytes, appendTime)
    const kind = isTransactional ? 'transactional ' : ''
    this.world.tell(
      `${this.source.alias === 'src' ? 'source' : this.source.alias} ${log.topic}-${log.partition} +${count} ${kind}at ${made[0]!.offset}${producer ? ` by ${producer.producerId}` : ''}`,
    )
    return records
  }

  private record(offset: number, isCompacted: boolean, isPoison: boolean): StoredRecord {
    const unique = `${this.shape.name ?? ''}${this.count++}`
    const key = isCompacted || this.random.chance(0.5) ? `k${this.random.between(0, 4)}` : null
    const isTombstone = !isPoison && key !== null && this.random.chance(0.15)
    const length = isPoison ? this.shape.poisonBytes : this.random.between(0, this.shape.longestValue)
    const value = isTombstone ? null : `v${'.'.repeat(length)}`
    // Each differs from all others, so that none can be taken for another.
    const rest = restOf(key, value, [['n', unique]])
    const { newestMs, oldestMs } = this.shape
    const timestamp = Math.floor(this.world.time.now - newestMs - this.random.next() * (oldestMs - newestMs))
    return { offset, timestamp, attributes: 0, rest }
  }
}
