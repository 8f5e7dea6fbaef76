import type { ProducerSession } from '../provenance/path-producers.js'
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

/** A place between two batches of the source's log. */
export interface SourcePosition {
  offset: number
  /** The leader epoch of the last batch before it; -1 where it is not known. */
  epoch: number
}

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
  /** Under which of our producers it is written. */
  readonly producer: ProducerSession
  /** The memory it lives in or stands for; given back when it is acknowledged or dropped. */
  readonly leases: readonly Lease[]
  /** Where copying goes on once this is acknowledged; moves on over skipped batches behind it. */
  next: SourcePosition
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
export function seal(travelling: TravellingBatch, baseSequence: number): void {
  travelling.baseSequence = baseSequence
  const { bytes, producer } = travelling
  const stamp: ProducerStamp = { ...producer, baseSequence }
  if (travelling.isNew) sealForProduce(bytes, stamp)
  else stampForProduce(new RecordBatch(bytes, 0, bytes.length), stamp)
}

/**
 * Kafka forgets a producer whose last batch on a partition has a time more than `producer.id.expiration.ms` ago (a day by
 * default), looking every ten minutes and at each start (`ProducerStateManager.isProducerExpired`). Well below that.
 */
const SURELY_REMEMBERED_MS = 3_600_000

/**
 * Whether a broker still knows who wrote a batch that it has just taken. It forgets producers by the *times of their
 * records*: one that copies old records at any moment.
 */
export function isSurelyRemembered({ bytes }: TravellingBatch, now: number): boolean {
  return now - new RecordBatch(bytes, 0, bytes.length).maxTimestamp < SURELY_REMEMBERED_MS
}
