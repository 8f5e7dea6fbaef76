import type { Difference, DifferenceKind } from './differences.js'
import { isFaithful } from './differences.js'
import { explainGap } from './explain-gap.js'
import { GapFinder } from './gap-finder.js'
import { isSameBatch, type LogRecord, type RecordRun } from './log-record.js'
import { type CompareScope, PartitionTally } from './partition-tally.js'
import { RecordCursor } from './record-cursor.js'

/** What a comparison found in one partition. */
export interface PartitionComparison {
  /** Records that are on both sides, equal and in order. */
  matched: number
  sourceRecords: number
  targetRecords: number
  sourceBytes: number
  targetBytes: number
  counts: Record<DifferenceKind, number>
  /** The first few differences. */
  differences: Difference[]
  /** Source records behind everything that was ever copied. */
  notCopiedYet: number
  /** Records that one side no longer holds and that therefore could not be compared. */
  notComparable: { expiredOnSource: number; compactedOnSource: number; compactedOnTarget: number }
  /** Records on the target that the source has lost since, as it is recorded. */
  lostOnSource: number
  /** Equal records whose timestamps were left out, since the target's broker sets its own. */
  timesNotCompared: number
}

/** After a difference, so many records are looked at one by one: a surplus record may still turn out as a duplicate. */
const WATCHFUL_RECORDS = 1_000

/**
 * Compares one partition, both sides streaming in step: the target must hold exactly the source's records, in order,
 * byte for byte, once. Batches that are the same bytes are passed whole; where records differ, the logs are aligned
 * again, so that one missing record does not make everything after it different.
 */
export async function comparePartition(
  sourceRuns: AsyncIterable<RecordRun>,
  targetRuns: AsyncIterable<RecordRun>,
  scope: CompareScope,
): Promise<PartitionComparison> {
  const source = new RecordCursor(sourceRuns, scope.sourceTo)
  const target = new RecordCursor(targetRuns, scope.targetTo)
  try {
    return await new Comparison(source, target, scope).run()
  } finally {
    await Promise.all([source.close(), target.close()])
  }
}

class Comparison {
  private readonly source: RecordCursor
  private readonly target: RecordCursor
  private readonly tally: PartitionTally
  private readonly gaps: GapFinder
  private watchful = 0

  constructor(source: RecordCursor, target: RecordCursor, scope: CompareScope) {
    this.source = source
    this.target = target
    this.tally = new PartitionTally(scope)
    this.gaps = new GapFinder(source, target, this.tally.keys)
  }

  async run(): Promise<PartitionComparison> {
    const { source, target } = this
    while ((await source.fill()) && (await target.fill())) {
      if (this.passEqualRuns()) continue
      if (this.passEqualRecords() > 0) continue
      await this.passGap()
    }
    this.tally.place = { after: source.lastOffset, before: Number.POSITIVE_INFINITY }
    while (await target.fill()) this.passRest(target, record => this.tally.surplus(record))
    await this.finishSource()
    return this.tally.result(source, target)
  }

  private passEqualRuns(): boolean {
    const [one, other] = [this.source.runHere, this.target.runHere]
    if (other?.whole?.hasAppendTime) this.tally.keys.ignoreTimes()
    if (this.watchful > 0 || one === undefined || other === undefined || !isSameBatch(one, other)) return false
    this.source.passRun()
    this.target.passRun()
    this.tally.matchedRun(other)
    return true
  }

  /** Passes equal records as far as both sides have them ready; answers how many. */
  private passEqualRecords(): number {
    const [ones, others] = [this.source.ready(), this.target.ready()]
    const ready = Math.min(ones.length, others.length)
    let equal = 0
    while (equal < ready && isFaithful(ones[equal] as LogRecord, others[equal] as LogRecord)) equal++
    this.watchful = Math.max(0, this.watchful - equal)
    this.tally.matchedRecords(ones.slice(0, equal), others.slice(0, equal))
    this.source.pass(equal)
    this.target.pass(equal)
    return equal
  }

  private async passGap(): Promise<void> {
    this.watchful = WATCHFUL_RECORDS
    const after = this.source.lastOffset
    this.tally.place = { after, before: this.source.nextOffset }
    const gap = await this.gaps.next(this.tally.mayBeDamaged)
    this.tally.place = { after, before: gap.sourceNext?.offset ?? Number.POSITIVE_INFINITY }
    explainGap(gap, this.tally)
    this.source.pass(gap.source.length)
    this.target.pass(gap.target.length)
  }

  /** What the source still holds is missing; nothing behind the part that must be there is read. */
  private async finishSource(): Promise<void> {
    const { source, tally } = this
    while (await source.fill()) {
      const run = source.runHere
      if (run !== undefined && tally.isBeyond(run.firstOffset)) return
      if (run !== undefined && tally.restOfRun(run)) source.passRun()
      else this.passRest(source, record => tally.leftOver(record))
    }
  }

  private passRest(cursor: RecordCursor, tell: (record: LogRecord) => void): void {
    const records = cursor.ready()
    for (const record of records) tell(record)
    cursor.pass(records.length)
  }
}
