import { gzipSync } from 'node:zlib'
import { expect } from 'vitest'
import type { TargetCompressionType } from '../../src/config/types.js'
import type { Obstacle } from '../../src/policy/obstacles.js'
import type { Origin } from '../../src/provenance/origins.js'
import type { ProducerSession } from '../../src/provenance/path-producers.js'
import { MERGE_BUFFER_BYTES } from '../../src/records/batch-rewriter.js'
import { BufferPool, type Lease } from '../../src/records/buffer-pool.js'
import { CodecShelf } from '../../src/records/codec-shelf.js'
import { PartitionCopy } from '../../src/records/partition-copy.js'
import type { Need } from '../../src/records/partition-observer.js'
import type { TravellingBatch } from '../../src/records/travelling-batch.js'
import { crc32c } from '../../src/wire/crc32c.js'
import type { FetchedPartition } from '../../src/wire/messages/fetch.js'
import { RecordBatch } from '../../src/wire/record-batch.js'
import { type BatchShape, batchBytes } from '../support/batches.js'

/** What everything is written under that is native to the source. */
export const NATIVE: ProducerSession = { producerId: 7, producerEpoch: 0 }
/** What came to the source from a third cluster: written there by producer 20, here under another one of ours. */
export const THROUGH: ProducerSession = { producerId: 8, producerEpoch: 0 }
export const [COPIED_IN, LOOPED, UNKNOWN] = [20, 30, 40]

const BIG = Buffer.alloc(100 * 1024, 'x')

interface Beginning {
  sourceNext?: number
  sequences?: [producerId: number, next: number][]
  compression?: TargetCompressionType | 'PRESERVE'
  codecs?: CodecShelf
}

/** One partition with everything around it played by the test: source, target, and those who look after it. */
/** About the times of `batchBytes`: brokers remember who wrote such batches. */
const NOW = 1_700_000_000_000

export class CopyBench {
  readonly copy: PartitionCopy
  /** What the partition has told, in words. */
  readonly told: string[] = []
  readonly origins = new Map<number, Origin>([
    [-1, NATIVE],
    [9, NATIVE],
    [COPIED_IN, THROUGH],
    [LOOPED, 'loop'],
  ])
  readonly shelf: CodecShelf
  private readonly leases: CountedLease[] = []

  private constructor(shelf: CodecShelf, compression: TargetCompressionType | 'PRESERVE') {
    this.shelf = shelf
    const names = { sourceTopic: 'orders', targetTopic: 'orders', sourceTopicId: 'a', targetTopicId: 'b', partition: 0 }
    const origins = { of: (producerId: number) => this.origins.get(producerId) }
    const mergePool = new BufferPool(MERGE_BUFFER_BYTES, 1)
    this.copy = new PartitionCopy(
      names,
      { compression, codecs: shelf, mergePool, origins, now: () => NOW },
      {
        needsResume: (_, reason, isForbidden) =>
          this.told.push(`needsResume: ${reason}${isForbidden ? ' (forbidden)' : ''}`),
        needs: (_, need) => this.told.push(needInWords(need)),
        obstructed: (_, obstacle) => this.told.push(obstacleInWords(obstacle)),
        held: (_, reason) => this.told.push(`held: ${reason}`),
        drained: () => this.told.push('drained'),
      },
    )
  }

  /** A partition that has copied up to source offset 100 and target offset 900 and goes on with number 40. */
  static async begin({
    sourceNext = 100,
    sequences = [[NATIVE.producerId, 40]],
    compression = 'PRESERVE',
    codecs,
  }: Beginning = {}): Promise<CopyBench> {
    const shelf = codecs ?? new CodecShelf()
    if (codecs === undefined) await shelf.load(['NONE', 'GZIP'])
    const bench = new CopyBench(shelf, compression)
    const progress = { sourceNext, sourceEpoch: -1, sequences: new Map(sequences), targetEnd: 900 }
    bench.copy.progress.begin(progress, { sourceStart: 0, targetStart: 0 })
    bench.copy.resume()
    return bench
  }

  /** Hands over the batches as one fetch answer. The aborted transaction of producer 9 is listed as a broker would. */
  accept(...shapes: BatchShape[]): void {
    this.acceptBytes(
      Buffer.concat(shapes.map(batchBytes)),
      shapes.some(({ producerId }) => producerId === 9),
    )
  }

  acceptBytes(answer: Buffer, nineAborts = false): void {
    const fetched: FetchedPartition = {
      ...{ topic: 'orders', partition: 0, errorCode: 0, highWatermark: this.copy.fetchOffset, logStartOffset: 0 },
      lastStableOffset: lastOffsetIn(answer) + 1,
      abortedTransactions: nineAborts ? [{ producerId: 9, firstOffset: 102 }] : [],
      ...{ recordsStart: 0, recordsEnd: answer.length },
    }
    const lease = new CountedLease()
    this.leases.push(lease)
    this.copy.accept(fetched, answer, lease as unknown as Lease)
    lease.release()
  }

  take(): TravellingBatch {
    const next = this.copy.takeForSending()
    if (next === undefined) throw new Error('nothing may be sent')
    return next
  }

  /** The target says that it has the batch, and where. */
  acknowledge(batch: TravellingBatch, baseOffset: number, logStartOffset = 0): void {
    const row = { topic: 'orders', partition: 0, errorCode: 0, errorMessage: null }
    this.copy.acknowledge(batch, { ...row, baseOffset, logStartOffset })
  }

  /** Source offset, the native number, and the target's end, as they would be noted now. */
  progress(): (number | undefined)[] {
    const { sourceNext, sequences, targetEnd } = this.copy.progress.known
    return [sourceNext, sequences.get(NATIVE.producerId), targetEnd]
  }

  expectNothingLeased(): void {
    expect(this.leases.map(({ holders }) => holders)).toEqual(this.leases.map(() => 0))
  }
}

/** A batch too large to be merged, `delta` behind offset 100. */
export function big(delta: number, records: number, producerId = -1): BatchShape {
  return {
    ...{ baseOffset: 100 + delta, producerId },
    records: Array.from({ length: records }, () => ({ key: null, value: BIG })),
  }
}

/** A small compressed batch of one record, as a producer with gzip makes it. */
export function gzipped(baseOffset: number): Buffer {
  const plain = batchBytes({ baseOffset, records: 1, codec: 'GZIP' })
  return withRecords(plain, gzipSync(plain.subarray(61)))
}

/** The batch with other bytes behind its header, and the checksum right. */
export function withRecords(batch: Buffer, recordBytes: Buffer): Buffer {
  const bytes = Buffer.concat([batch.subarray(0, 61), recordBytes])
  bytes.writeInt32BE(bytes.length - 12, 8)
  bytes.writeUInt32BE(crc32c(bytes, 21), 17)
  return bytes
}

function needInWords(need: Need): string {
  return 'codecs' in need ? `needs codecs ${need.codecs}` : `needs producer ${need.producerId}`
}

function obstacleInWords(obstacle: Obstacle): string {
  if (obstacle.kind === 'recreated' || obstacle.kind === 'gone') return `obstructed: ${obstacle.kind} ${obstacle.side}`
  const reason = obstacle.kind === 'poison' ? ` ${obstacle.reason}` : ''
  return `obstructed: ${obstacle.kind} ${obstacle.from}-${obstacle.to}${reason}`
}

function lastOffsetIn(answer: Buffer): number {
  let last = -1
  for (let at = 0; at < answer.length; at += answer.readInt32BE(at + 8) + 12) {
    last = new RecordBatch(answer, at, 0).lastOffset
  }
  return last
}

/** Counts as the real one, and can be asked. */
class CountedLease {
  holders = 1

  retain(): void {
    this.holders++
  }

  release(): void {
    this.holders--
  }
}
