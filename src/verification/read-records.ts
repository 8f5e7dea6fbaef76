import type { Clock } from '../clock.js'
import { type CodecFunctions, loadCodec } from '../codecs/codecs.js'
import type { RecordBatch } from '../wire/record-batch.js'
import { CommittedFilter } from './committed-filter.js'
import type { LogSide } from './connection-pool.js'
import { fetchLog, type LogRange } from './fetch-log.js'
import type { LeftOut } from './left-out.js'
import type { RecordRun } from './log-record.js'
import { assertChecksum, readRun } from './read-run.js'

export interface ReadOptions {
  /** Only batches of these producers are wanted; undefined wants all. */
  producerIds?: ReadonlySet<number> | undefined
  /** Told of committed records of other producers that were left out. */
  onForeign?: (records: number) => void
  /** For a source: takes what must not be on the target. */
  leftOut?: LeftOut
}

/**
 * The committed records of a range, batch by batch, in the order of the log: what a read_committed consumer gets. Every
 * batch's checksum is checked, but for those that are recorded as left out. Memory: two fetch answers and what the
 * reader of this keeps.
 */
export async function* readRecords(
  side: LogSide,
  range: LogRange,
  options: ReadOptions,
  clock: Clock,
): AsyncGenerator<RecordRun> {
  const where = `${range.topic}-${range.partition} on ${side.cluster.alias}`
  const batches = new WantedBatches(range, options, where)
  for await (const { batches: fetched, abortedTransactions } of fetchLog(side, range, clock)) {
    const committed = new CommittedFilter(abortedTransactions)
    for (const batch of fetched) {
      // What begins behind the range; of an old message only the last offset is known.
      if (!batch.isOld && batch.baseOffset >= range.to) return
      const run = await batches.take(batch, committed)
      if (run !== undefined) yield run
    }
  }
}

/** Says of one batch after the other what of it is wanted. */
export class WantedBatches {
  private readonly range: Pick<LogRange, 'from' | 'to'>
  private readonly options: ReadOptions
  private readonly where: string
  private expectedOffset: number

  constructor(range: Pick<LogRange, 'from' | 'to'>, options: ReadOptions, where: string) {
    this.range = range
    this.options = options
    this.where = where
    this.expectedOffset = range.from
  }

  /** Throws CorruptLogError where the batch is damaged, unless nothing of it is wanted because it is recorded so. */
  async take(batch: RecordBatch, committed: CommittedFilter): Promise<RecordRun | undefined> {
    const { leftOut } = this.options
    const isRecorded = leftOut?.isRecorded(batch, this.range.from) ?? false
    if (!isRecorded) assertChecksum(batch, this.where)
    if (committed.accepts(batch)) {
      const codec = await loadCodec(batch.codec ?? 'NONE')
      if (this.options.producerIds?.has(batch.producerId) === false) {
        this.options.onForeign?.(this.countOf(batch, codec))
      } else if (leftOut?.isFromTarget(batch)) leftOut.addFromTarget(this.runOf(batch, codec), batch, codec)
      else if (isRecorded) leftOut?.addRecorded(batch, codec)
      else return this.takeRun(batch, codec)
    }
    this.passOver(batch)
    return undefined
  }

  private takeRun(batch: RecordBatch, codec: CodecFunctions): RecordRun | undefined {
    const run = this.runOf(batch, codec)
    if (run === undefined) return undefined
    // Behind the last record a sparse batch may have holes too; they count for the next one.
    this.expectedOffset = run.lastOffset + 1
    const { leftOut } = this.options
    return leftOut === undefined ? run : leftOut.without(run)
  }

  /** The holes before it count for the next record: whose records they were, nothing tells. */
  private passOver(batch: RecordBatch): void {
    const holes = batch.isOld ? 0 : Math.max(0, batch.baseOffset - this.expectedOffset)
    this.expectedOffset = batch.lastOffset + 1 - holes
  }

  private runOf(batch: RecordBatch, codec: CodecFunctions): RecordRun | undefined {
    const { from, to } = this.range
    return readRun(batch, codec, { from, to, expectedOffset: this.expectedOffset })
  }

  /** An old message does not say how many it holds. */
  private countOf(batch: RecordBatch, codec: CodecFunctions): number {
    return batch.isOld ? (this.runOf(batch, codec)?.count ?? 0) : batch.recordCount
  }
}
