import type { PartitionComparison } from './compare-partition.js'
import { DifferenceLog } from './difference-log.js'
import type { LeftOut } from './left-out.js'
import type { LogRecord, RecordRun } from './log-record.js'
import { RecentRecords } from './recent-records.js'
import type { RecordCursor } from './record-cursor.js'
import type { RecordKeys } from './record-keys.js'
import { DivergedRecords, type SourcePlace } from './recorded-gaps.js'

/** What of a partition is to be compared, and what is known beforehand. */
export interface CompareScope {
  /**
   * Source records from here on may be on the target (they came while we read) but need not; the source is read a
   * little further than this, so that what the target holds of them is recognised.
   */
  requiredTo: number
  /** The replicator has noted that everything before this source offset is on the target. */
  copiedTo: number
  /** First offsets behind the parts that are read. */
  sourceTo: number
  targetTo: number
  /** A log begins later than where copying began: retention has removed its first records. */
  sourceStartMoved: boolean
  targetStartMoved: boolean
  /** What the reader of the source takes out, and what is recorded. */
  leftOut: LeftOut
  /** How many differences are kept with their details. */
  keepDifferences: number
}

/** Judges what the comparison meets, and counts it. */
export class PartitionTally {
  readonly keys: RecordKeys
  /** Where on the source the comparison stands just now. */
  place: SourcePlace = { after: -1, before: -1 }
  private readonly scope: CompareScope
  private readonly recent: RecentRecords
  private readonly log: DifferenceLog
  private readonly diverged: DivergedRecords
  private matched = 0
  private timesNotCompared = 0
  private notCopiedYet = 0
  private notRequired = 0
  private readonly notComparable = { expiredOnSource: 0, compactedOnSource: 0, compactedOnTarget: 0 }

  constructor(scope: CompareScope) {
    this.scope = scope
    this.keys = scope.leftOut.keys
    this.recent = new RecentRecords(this.keys)
    this.log = new DifferenceLog(scope.keepDifferences, this.recent, scope.leftOut)
    this.diverged = new DivergedRecords(scope.leftOut.gaps)
  }

  /**
   * Whether two records at the same place may be a record and its damaged copy: not as long as the places are unknown,
   * because the beginning of one log is gone; nor where the target's may be one that the source has lost.
   */
  get mayBeDamaged(): boolean {
    if (this.diverged.mayLieAt(this.place)) return false
    return this.matched > 0 || !(this.scope.sourceStartMoved || this.scope.targetStartMoved)
  }

  matchedRun(target: RecordRun): void {
    this.matched += target.count
    if (target.whole?.hasAppendTime) this.timesNotCompared += target.count
    this.recent.addRun(target)
  }

  matchedRecords(source: readonly LogRecord[], target: readonly LogRecord[]): void {
    this.matched += source.length
    for (const record of source) this.log.matched(record)
    for (const record of target) if (record.hasAppendTime) this.timesNotCompared++
    this.recent.addRecords(target)
  }

  missing(record: LogRecord): void {
    if (this.isBeyond(record.offset)) this.notRequired++
    else if (this.matched === 0 && this.scope.targetStartMoved) this.log.missing(record, 'expired-on-target')
    else this.log.missing(record)
  }

  surplus(record: LogRecord): void {
    if (this.matched === 0 && this.scope.sourceStartMoved) this.notComparable.expiredOnSource++
    else if (!this.diverged.explain(this.place)) this.log.extra(record)
  }

  moved(source: LogRecord, target: LogRecord): void {
    this.log.moved(source, target)
  }

  damaged(source: LogRecord, target: LogRecord): void {
    this.log.damaged(source, target)
  }

  /** The other side has lost these by compaction. */
  compacted(source: readonly LogRecord[], target: readonly LogRecord[]): void {
    this.notComparable.compactedOnTarget += source.length
    this.notComparable.compactedOnSource += target.length
  }

  /** Whether a source offset lies behind what must be on the target. */
  isBeyond(offset: number): boolean {
    return offset >= this.scope.requiredTo
  }

  /** A source record behind the target's last one. */
  leftOver(record: LogRecord): void {
    if (!this.isBeyond(record.offset) && record.offset >= this.scope.copiedTo) this.notCopiedYet++
    else this.missing(record)
  }

  /** A whole run of such records, where that can be said without a look at each; false where it cannot. */
  restOfRun(run: RecordRun): boolean {
    if (run.firstOffset < this.scope.copiedTo || this.isBeyond(run.lastOffset)) return false
    this.notCopiedYet += run.count
    return true
  }

  result(source: RecordCursor, target: RecordCursor): PartitionComparison {
    return {
      matched: this.matched,
      sourceRecords: source.passedRecords - this.notRequired,
      targetRecords: target.passedRecords,
      sourceBytes: source.passedBytes,
      targetBytes: target.passedBytes,
      counts: this.log.counts,
      differences: this.log.first,
      notCopiedYet: this.notCopiedYet,
      notComparable: this.notComparable,
      lostOnSource: this.diverged.count,
      timesNotCompared: this.timesNotCompared,
    }
  }
}
