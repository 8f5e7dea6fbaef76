import {
  type Codec,
  hasValidCrc,
  type ProducerStamp,
  RecordBatch,
  sealForProduce,
  stampForProduce,
} from '../wire/record-batch.js'
import type { SourceRun } from './batch-builder.js'
import type { Lease } from './buffer-pool.js'

/** A batch on its way from source to target: as it was fetched, or made anew. */
export interface TravellingBatch {
  readonly bytes: Buffer
  /** Whether the bytes were made anew: then no CRC is in them yet. */
  readonly isNew: boolean
  readonly recordCount: number
  /** Whether several fetched batches were put together in it. */
  readonly isMerged?: boolean
  /** Which source offsets its records have, in the order of the records. */
  readonly runs: readonly SourceRun[]
  /** The memory it lives in or stands for; given back when it is acknowledged or dropped. */
  readonly leases: readonly Lease[]
  /** The source offset at which copying goes on once this is acknowledged; grows over skipped batches behind it. */
  nextOffset: number
  /** Set when it is sent; -1 before. */
  baseSequence: number
}

/** The source offset of its first record. */
export function firstOffsetOf({ runs }: TravellingBatch): number {
  return runs[0]?.sourceOffset ?? -1
}

export function codecOf({ bytes }: TravellingBatch): Codec {
  return new RecordBatch(bytes, 0, bytes.length).codec ?? 'NONE'
}

/** Whether its bytes are those that the producer sent; one that we made has no checksum yet. */
export function isIntact({ bytes, isNew }: TravellingBatch): boolean {
  return isNew || hasValidCrc(new RecordBatch(bytes, 0, bytes.length))
}

/** Puts our stamp on a batch: the last thing that happens to its bytes. */
export function seal(travelling: TravellingBatch, stamp: ProducerStamp): void {
  travelling.baseSequence = stamp.baseSequence
  const { bytes } = travelling
  if (travelling.isNew) sealForProduce(bytes, stamp)
  else stampForProduce(new RecordBatch(bytes, 0, bytes.length), stamp)
}
