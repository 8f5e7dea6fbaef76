import type { RecordBatch } from '../wire/record-batch.js'
import { parseContent, parseRecords } from './parse-records.js'

/**
 * Tells what a committed reader sees, independently of the engine's filter: the batches of one fetch answer, which
 * lists every aborted transaction that touches it.
 *
 * Each producer's aborted transactions are a queue of first offsets. A transactional batch at or behind the head of its
 * producer's queue is aborted; the producer's abort marker takes the head away.
 */
export class CommittedFilter {
  private readonly aborted = new Map<number, number[]>()

  constructor(listed: readonly { producerId: number; firstOffset: number }[]) {
    for (const { producerId, firstOffset } of listed) {
      const queue = this.aborted.get(producerId) ?? []
      queue.push(firstOffset)
      this.aborted.set(
        producerId,
        queue.sort((a, b) => a - b),
      )
    }
  }

  /** Whether the batch's records are committed data. Call once per batch, in the order of the log. */
  accepts(batch: RecordBatch): boolean {
    const queue = this.aborted.get(batch.producerId)
    if (batch.isControl) {
      const head = queue?.[0]
      if (head !== undefined && head <= batch.baseOffset && markerOf(batch) === 'abort') queue?.shift()
      return false
    }
    const head = queue?.[0]
    return !(batch.isTransactional && head !== undefined && batch.baseOffset >= head)
  }
}

/** A marker is one record whose key is: version INT16, type INT16 (0 abort, 1 commit). Compaction may have emptied it. */
function markerOf(batch: RecordBatch): 'abort' | 'other' {
  const { baseOffset, recordCount, baseTimestamp, recordBytes } = batch
  const header = { baseOffset, recordCount, baseTimestamp, appendTime: undefined, expectedOffset: baseOffset }
  const [record] = parseRecords(recordBytes, header)
  const key = record === undefined ? null : parseContent(record).key
  return key !== null && key.length >= 4 && key.readInt16BE(2) === 0 ? 'abort' : 'other'
}
