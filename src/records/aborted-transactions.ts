import { ByteReader } from '../wire/byte-reader.js'
import type { RecordBatch } from '../wire/record-batch.js'

/** What the committed-only rule says of a batch. */
export type CommitVerdict = 'committed' | 'aborted' | 'control'

/**
 * The committed-only filter (invariant **committed-only**): which batches of one fetch answer belong to aborted
 * transactions. A broker lists every aborted transaction that touches the fetched range, so each answer stands for
 * itself. Within it, a transaction is open from its first offset until its producer's abort marker, and one producer
 * may have several, one after the other.
 *
 * Markers are recognised by the control attribute of the batch, never by a record's key.
 */
export class AbortedTransactions {
  private readonly upcoming: { producerId: number; firstOffset: number }[]
  private readonly open = new Set<number>()

  constructor(listed: readonly { producerId: number; firstOffset: number }[]) {
    this.upcoming = [...listed].sort((a, b) => b.firstOffset - a.firstOffset)
  }

  /** Call once per batch, in the order of the log. */
  judge(batch: RecordBatch): CommitVerdict {
    this.openUpTo(batch.lastOffset)
    if (batch.isControl) {
      if (isAbortMarker(batch)) this.open.delete(batch.producerId)
      return 'control'
    }
    return batch.isTransactional && this.open.has(batch.producerId) ? 'aborted' : 'committed'
  }

  private openUpTo(offset: number): void {
    for (let next = this.upcoming.at(-1); next && next.firstOffset <= offset; next = this.upcoming.at(-1)) {
      this.open.add(next.producerId)
      this.upcoming.pop()
    }
  }
}

const ABORT = 0

/**
 * A control batch holds one record whose key is: version INT16, type INT16 (0 abort, 1 commit). It is never compressed;
 * compaction may have emptied it.
 */
function isAbortMarker(batch: RecordBatch): boolean {
  if (batch.recordCount === 0) return false
  const reader = new ByteReader(batch.recordBytes)
  reader.varint()
  reader.int8()
  reader.varlong()
  reader.varint()
  const keyLength = reader.varint()
  if (keyLength < 4) return false
  reader.int16()
  return reader.int16() === ABORT
}
