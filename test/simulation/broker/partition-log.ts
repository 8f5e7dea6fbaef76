import {
  type BatchHeader,
  controlBatch,
  encodeBatch,
  headerOf,
  isTombstone,
  keyOf,
  recordsOf,
  type StoredRecord,
  seal,
} from './batch.js'
import { LeaderEpochs } from './leader-epochs.js'
import { ProducerStates } from './producer-states.js'

export interface StoredBatch {
  header: BatchHeader
  bytes: Buffer
  lastOffset: number
}

export interface Leadership {
  nodeId: number
  epoch: number
}

/** One partition as all its replicas have it: what is appended is on all of them at once. */
export class PartitionLog {
  readonly topic: string
  readonly partition: number
  batches: StoredBatch[] = []
  start = 0
  /** Where it has begun since when (elapsed milliseconds), beside 0. */
  readonly starts: { at: number; start: number }[] = []
  /** When it was last cut back (elapsed milliseconds). */
  cutAt = 0
  end = 0
  leader: Leadership
  /** What brokers that have not heard of the last move still say, and until when. */
  before: { leader: Leadership; until: number } | undefined
  readonly epochs = new LeaderEpochs()
  producers = new ProducerStates()
  private readonly openTransactions = new Map<number, number>()
  private aborted: { producerId: number; firstOffset: number; lastOffset: number }[] = []
  /** Called after everything that may give a waiting fetch an answer. */
  onChange: () => void = () => {}
  onAppend: (batch: StoredBatch) => void = () => {}
  /** Whoever else keeps account of what is appended. */
  readonly followers: ((batch: StoredBatch) => void)[] = []

  constructor(topic: string, partition: number, leader: Leadership) {
    this.topic = topic
    this.partition = partition
    this.leader = leader
    this.epochs.begin(leader.epoch, 0)
  }

  get lastStableOffset(): number {
    return Math.min(this.end, ...this.openTransactions.values())
  }

  /** Appends a batch as a leader does: it gives it offsets, its epoch and, where the topic says so, its time. */
  append(given: Buffer, appendTime?: number): StoredBatch {
    const bytes = Buffer.from(given)
    bytes.writeBigInt64BE(BigInt(this.end), 0)
    bytes.writeInt32BE(this.leader.epoch, 12)
    if (appendTime !== undefined) {
      bytes.writeInt16BE(bytes.readInt16BE(21) | 8, 21)
      bytes.writeBigInt64BE(BigInt(appendTime), 35)
      seal(bytes)
    }
    const header = headerOf(bytes)
    const batch = { header, bytes, lastOffset: this.end + header.lastOffsetDelta }
    if (header.isTransactional && !header.isControl && !this.openTransactions.has(header.producerId)) {
      this.openTransactions.set(header.producerId, this.end)
    }
    if (header.producerId >= 0 && !header.isControl) this.producers.appended(header, this.end)
    this.batches.push(batch)
    this.end = batch.lastOffset + 1
    this.onAppend(batch)
    for (const follow of this.followers) follow(batch)
    this.onChange()
    return batch
  }

  /** Ends a producer's transaction; answers where it had begun. */
  endTransaction(kind: 'commit' | 'abort', producerId: number, producerEpoch: number, now: number): number {
    const firstOffset = this.openTransactions.get(producerId)
    if (firstOffset === undefined) throw new Error('no such transaction')
    this.openTransactions.delete(producerId)
    if (kind === 'abort') this.aborted.push({ producerId, firstOffset, lastOffset: this.end })
    this.append(controlBatch(kind, now, { producerId, producerEpoch }))
    return firstOffset
  }

  /** The batches from the one that holds `offset`, up to `limit`. */
  from(offset: number, limit: number): StoredBatch[] {
    let first = this.batches.length
    while (first > 0 && this.batches[first - 1]!.lastOffset >= offset) first--
    const found = []
    for (let i = first; i < this.batches.length && this.batches[i]!.header.baseOffset < limit; i++) {
      found.push(this.batches[i]!)
    }
    return found
  }

  /** Kafka: `TransactionIndex.collectAbortedTxns`. */
  abortedBetween(fetchOffset: number, upperBound: number): { producerId: number; firstOffset: number }[] {
    return this.aborted
      .filter(({ firstOffset, lastOffset }) => lastOffset >= fetchOffset && firstOffset < upperBound)
      .map(({ producerId, firstOffset }) => ({ producerId, firstOffset }))
  }

  isAborted(offset: number, producerId: number): boolean {
    return this.abortedBetween(offset, offset + 1).some(transaction => transaction.producerId === producerId)
  }

  /** Retention or DeleteRecords; `at` is when (elapsed milliseconds). */
  deleteBefore(offset: number, at = 0): void {
    this.start = offset
    this.starts.push({ at, start: offset })
    this.epochs.cutFrom(offset)
    this.batches = this.batches.filter(batch => batch.lastOffset >= offset)
    this.onChange()
  }

  /** Where it may be cut back: before batches behind the last marker, so that no decided transaction is open again. */
  get cuts(): number[] {
    const lastMarker = this.batches.findLast(({ header }) => header.isControl)?.lastOffset ?? -1
    return this.batches.map(({ header }) => header.baseOffset).filter(offset => offset > lastMarker)
  }

  /** Unclean election: the new leader never had what lies at `offset` and behind. To be followed by a new leader; `at` is when (elapsed milliseconds). */
  cutBack(offset: number, at = 0): void {
    this.cutAt = at
    this.batches = this.batches.filter(batch => batch.lastOffset < offset)
    this.end = offset
    this.epochs.cutTo(offset)
    for (const [producerId, first] of this.openTransactions) {
      if (first >= offset) this.openTransactions.delete(producerId)
    }
    // What a leader remembers of producers is made from its own log (Kafka: `ProducerStateManager.truncateAndReload`).
    this.producers = new ProducerStates()
    for (const { header } of this.batches) {
      if (header.producerId >= 0 && !header.isControl) this.producers.appended(header, header.baseOffset)
    }
  }

  /**
   * The cleaner (Kafka: `LogCleaner`, `MemoryRecords.filterTo`): keeps the newest record of each key before `limit`,
   * drops aborted ones, and leaves a batch its offsets, whatever is left in it. Answers the offsets of removed records.
   */
  compact(limit: number, now: number, dropTombstones: boolean): number[] {
    const cleaned = this.batches.filter(batch => batch.lastOffset < limit)
    const rest = this.batches.slice(cleaned.length)
    const newest = new Map<string | null, number>()
    const isAborted = ({ header }: StoredBatch) =>
      this.aborted.some(
        ({ producerId, firstOffset, lastOffset }) =>
          header.isTransactional &&
          producerId === header.producerId &&
          firstOffset <= header.baseOffset &&
          header.baseOffset <= lastOffset,
      )
    for (const batch of cleaned) {
      if (batch.header.isControl || isAborted(batch)) continue
      for (const record of recordsOf(batch.bytes, batch.header)) newest.set(keyOf(record), record.offset)
    }
    const removed: number[] = []
    const kept = cleaned.flatMap(batch => {
      if (batch.header.isControl) return [batch]
      const records = recordsOf(batch.bytes, batch.header)
      const stays = (record: StoredRecord) =>
        !isAborted(batch) && newest.get(keyOf(record)) === record.offset && !(dropTombstones && isTombstone(record))
      const left = records.filter(stays)
      removed.push(...records.filter(record => !left.includes(record)).map(({ offset }) => offset))
      return left.length === records.length ? [batch] : this.rewritten(batch, left, now)
    })
    this.batches = [...kept, ...rest]
    return removed
  }

  private rewritten(batch: StoredBatch, left: StoredRecord[], now: number): StoredBatch[] {
    const { header } = batch
    // An emptied batch stays where it is a producer's last, so that its sequence is not forgotten.
    const isLast = !this.batches.some(
      other => other.header.baseOffset > header.baseOffset && other.header.producerId === header.producerId,
    )
    if (left.length === 0 && (header.producerId < 0 || !isLast)) return []
    const hasDeleteHorizon = left.some(isTombstone) && !header.isLogAppendTime
    const baseTimestamp = hasDeleteHorizon ? now + 86_400_000 : header.baseTimestamp
    const maxTimestamp =
      header.isLogAppendTime || left.length === 0
        ? header.maxTimestamp
        : Math.max(...left.map(({ timestamp }) => timestamp))
    const bytes = encodeBatch(
      // Under LogAppendTime the producer's own deltas stay in the records; any will do.
      left,
      { ...header, baseTimestamp, maxTimestamp, hasDeleteHorizon: hasDeleteHorizon || header.hasDeleteHorizon },
    )
    return [{ header: headerOf(bytes), bytes, lastOffset: batch.lastOffset }]
  }
}
