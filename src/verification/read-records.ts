import type { Clock } from '../clock.js'
import { loadCodec } from '../codecs/codecs.js'
import type { RecordBatch } from '../wire/record-batch.js'
import { CommittedFilter } from './committed-filter.js'
import type { LogSide } from './connection-pool.js'
import { fetchLog, type LogRange } from './fetch-log.js'
import type { RecordRun } from './log-record.js'
import { assertChecksum, readRun } from './read-run.js'

export interface ReadOptions {
  /** Only batches of these producers are wanted; undefined wants all. */
  producerIds: ReadonlySet<number> | undefined
  /** Told of committed records of other producers that were left out. */
  onForeign?: (records: number) => void
}

/**
 * The committed records of a range, batch by batch, in the order of the log: what a read_committed consumer gets. Every
 * batch's checksum is checked. Memory: two fetch answers and what the reader of this keeps.
 */
export async function* readRecords(
  side: LogSide,
  range: LogRange,
  options: ReadOptions,
  clock: Clock,
): AsyncGenerator<RecordRun> {
  const where = `${range.topic}-${range.partition} on ${side.cluster.alias}`
  let expectedOffset = range.from
  for await (const { batches, abortedTransactions } of fetchLog(side, range, clock)) {
    const committed = new CommittedFilter(abortedTransactions)
    for (const batch of batches) {
      // What begins behind the range; of an old message only the last offset is known.
      if (!batch.isOld && batch.baseOffset >= range.to) return
      assertChecksum(batch, where)
      const isWanted = committed.accepts(batch)
      const isForeign = options.producerIds?.has(batch.producerId) === false
      if (isWanted && isForeign) options.onForeign?.(await countOf(batch))
      if (!isWanted || isForeign) {
        expectedOffset = batch.lastOffset + 1
        continue
      }
      const run = await runOf(batch, { from: range.from, to: range.to, expectedOffset })
      if (run === undefined) continue
      // Behind the last record a sparse batch may have holes too; they count for the next one.
      expectedOffset = run.lastOffset + 1
      yield run
    }
  }
}

/** An old message does not say how many it holds. */
async function countOf(batch: RecordBatch): Promise<number> {
  if (!batch.isOld) return batch.recordCount
  const run = await runOf(batch, { from: 0, to: Number.POSITIVE_INFINITY, expectedOffset: 0 })
  return run?.count ?? 0
}

async function runOf(batch: RecordBatch, range: Parameters<typeof readRun>[2]): Promise<RecordRun | undefined> {
  const codec = await loadCodec(batch.codec ?? 'NONE')
  return readRun(batch, codec, range)
}
