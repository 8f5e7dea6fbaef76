import type { CodecFunctions } from '../codecs/codecs.js'
import { RecordBatch } from '../wire/record-batch.js'
import type { LogRecord, RecordRun } from './log-record.js'
import { readRun, runOfRecords } from './read-run.js'
import { RecentRecords } from './recent-records.js'
import { RecordKeys } from './record-keys.js'
import { PoisonRanges, type RecordedGap } from './recorded-gaps.js'

/** What must not be on the target and is there. */
export type Unwanted = 'loop' | 'not-left-out'

/** Whole batches, whatever their offsets. */
const EVERYTHING = { from: 0, to: Number.POSITIVE_INFINITY, expectedOffset: 0 }

export interface LeftOutRules {
  /** Whether what is written on the source under a producer id has been on the target before. */
  cameFromTarget(producerId: number): boolean
  /** What the replicator has recorded of this partition. */
  gaps: readonly RecordedGap[]
  /** All that is compared on the target was written by the replicator; else the original of a record may be there. */
  onlyOurs: boolean
}

/** Nothing came from the target, nothing was recorded. */
export const NOTHING_LEFT_OUT: LeftOutRules = { cameFromTarget: () => false, gaps: [], onlyOurs: true }

/**
 * The source records that must not be on the target: those that came from there, and those that the replicator has
 * recorded as refused. Counts them, and knows the last ones again where the target holds them nevertheless.
 */
export class LeftOut {
  /** What makes records the same, for the whole comparison. */
  readonly keys = new RecordKeys()
  readonly gaps: readonly RecordedGap[]
  private readonly rules: LeftOutRules
  private readonly poison: PoisonRanges
  private readonly fromTarget = new RecentRecords(this.keys)
  private readonly recorded = new RecentRecords(this.keys)
  cameFromTarget = 0
  recordedRecords = 0

  constructor(rules: LeftOutRules) {
    this.rules = rules
    this.gaps = rules.gaps
    this.poison = new PoisonRanges(rules.gaps)
  }

  isFromTarget({ producerId }: RecordBatch): boolean {
    return this.rules.cameFromTarget(producerId)
  }

  /** Whether a batch may be damaged, since none of its records from `from` on is wanted. */
  isRecorded(batch: RecordBatch, from: number): boolean {
    return !batch.isOld && this.poison.cover(Math.max(batch.baseOffset, from), batch.lastOffset)
  }

  addFromTarget(run: RecordRun | undefined, batch: RecordBatch, codec: CodecFunctions): void {
    this.cameFromTarget += run?.count ?? 0
    this.fromTarget.add(chunkOf(batch, codec))
  }

  /** A batch of which nothing is wanted. */
  addRecorded(batch: RecordBatch, codec: CodecFunctions): void {
    this.recordedRecords += batch.recordCount
    this.recorded.add(chunkOf(batch, codec))
  }

  /** What of a run is wanted; the rest is counted. */
  without(run: RecordRun): RecordRun | undefined {
    if (!this.poison.touch(run.firstOffset, run.lastOffset)) return run
    const wanted: LogRecord[] = []
    const others: LogRecord[] = []
    let holes = 0
    for (const record of run.records()) {
      record.holesBefore += holes
      holes = 0
      if (!this.poison.has(record.offset)) wanted.push(record)
      else {
        others.push(record)
        holes = record.holesBefore
      }
    }
    this.recordedRecords += others.length
    this.recorded.addRecords(others.map(record => record.detached()))
    return runOfRecords(wanted, run.sizeBytes, others.length === 0 ? run.whole : undefined)
  }

  /** What a surplus target record is that should not have been copied; undefined where it is none of those. */
  recognize(record: LogRecord): Unwanted | undefined {
    if (this.rules.onlyOurs && this.fromTarget.has(record)) return 'loop'
    return this.recorded.has(record) ? 'not-left-out' : undefined
  }
}

/** A copy of its bytes: of each fetch answer one batch may be kept, which must not hold on to all of it. */
function chunkOf(batch: RecordBatch, codec: CodecFunctions): { bytes: number; records(): readonly LogRecord[] } {
  const bytes = Buffer.from(batch.bytes)
  return {
    bytes: bytes.length,
    records: () => {
      try {
        return readRun(new RecordBatch(bytes, 0, bytes.length), codec, EVERYTHING)?.records() ?? []
      } catch {
        return [] // it was left out because it is damaged: nothing of it can be known again
      }
    },
  }
}
