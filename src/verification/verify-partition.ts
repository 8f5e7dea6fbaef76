import type { Clock } from '../clock.js'
import { messageOf } from '../errors.js'
import type { GapNote, PartitionNote } from '../progress/notes.js'
import { comparePartition, type PartitionComparison } from './compare-partition.js'
import type { LogSide } from './connection-pool.js'
import { LeftOut } from './left-out.js'
import { logStart, stableEnd } from './log-offsets.js'
import { CorruptLogError, type RecordRun } from './log-record.js'
import { readRecords } from './read-records.js'
import { gapsThatHold } from './recorded-gaps.js'
import { notCompared, type PartitionVerification, verdictOf } from './verification-result.js'

export interface VerifyOptions {
  /** Stop at the position that the replicator has noted, instead of at the source's end as it is now. */
  upToCopied: boolean
  /** Records of other producers on the target are differences too. */
  strictTarget: boolean
  /** How many differences a partition are told with their details. */
  differencesPerPartition: number
}

export interface PartitionToVerify {
  sourceTopic: string
  targetTopic: string
  partition: number
  /** Where copying began and how far it is; read before the logs' ends are asked for. */
  note: PartitionNote | undefined
  /** What the replicator has recorded of it. */
  gaps: readonly GapNote[]
  /** A record that was copied, by its offsets on both sides: comparing begins there instead of where copying began. */
  from?: { source: number; target: number } | undefined
}

/** Who wrote what (`provenance.ts`). */
export interface Writers {
  /** Makes it known for every batch that is in a log by now. Throws what a cluster refuses. */
  refresh(): Promise<void>
  /** Whether what is written on the source under a producer id has been on the target before. */
  cameFromTarget(producerId: number): boolean
  /** The producers that the replicator writes with; undefined compares everything on the target. */
  ownProducers(): ReadonlySet<number> | undefined
}

export interface BothSides {
  source: LogSide
  target: LogSide
}

/** Compares one partition. Never throws: what cannot be read is told in the result, and the other partitions go on. */
export async function verifyPartition(
  sides: BothSides,
  what: PartitionToVerify,
  writers: Writers,
  options: VerifyOptions,
  clock: Clock,
  onRead: (run: RecordRun) => void = () => {},
): Promise<PartitionVerification> {
  const result = notCompared(what.partition)
  try {
    if (what.note === undefined) {
      return { ...result, verdict: 'behind', problem: 'copying of this partition has not begun' }
    }
    const scope = await scopeOf(sides, what, what.note, options, clock)
    result.sourceRange = [scope.source.from, scope.requiredTo]
    result.targetRange = [scope.target.from, scope.target.to]
    result.notices.push(...noticesOf(scope, what.note))
    if (what.from) result.notices.push(`only the last records were compared, from source offset ${what.from.source} on`)
    // Only now: what is in the logs up to their ends was written by producers that stood in the registries before.
    await writers.refresh()
    const gaps = gapsThatHold(what.gaps, what.note)
    result.recordedGaps = gaps.map(({ kind, from, to, reason }) => ({ kind, from, to, reason }))
    const producerIds = options.strictTarget ? undefined : writers.ownProducers()
    const onlyOurs = producerIds !== undefined
    const leftOut = new LeftOut({ cameFromTarget: id => writers.cameFromTarget(id), gaps, onlyOurs })
    const comparison = await compare(sides, what, { scope, leftOut, producerIds }, options, clock, result, onRead)
    result.cameFromTarget = leftOut.cameFromTarget
    result.recordedRecords = leftOut.recordedRecords
    result.notices.push(...noticesAfter(comparison))
    return { ...result, comparison, verdict: verdictOf(comparison) }
  } catch (error) {
    // A damaged log is an answer; a broker that does not answer is none.
    return { ...result, verdict: error instanceof CorruptLogError ? 'different' : 'unread', problem: messageOf(error) }
  }
}

interface Scope {
  source: { from: number; to: number; logStart: number }
  target: { from: number; to: number; logStart: number }
  requiredTo: number
}

interface Expectation {
  scope: Scope
  leftOut: LeftOut
  /** Whose records on the target are compared; undefined for everyone's. */
  producerIds: ReadonlySet<number> | undefined
}

/**
 * The order of the questions matters while the replicator runs: what the source had at the first question must be on
 * the target by its answer or is "not copied yet"; what the target has by then the source has at the last question.
 *
 *   note ─ source end (required up to here) ─ target end ─ source end again (explains what is on the target)
 */
async function scopeOf(
  { source, target }: BothSides,
  { sourceTopic, targetTopic, partition, from }: PartitionToVerify,
  note: PartitionNote,
  options: VerifyOptions,
  clock: Clock,
): Promise<Scope> {
  const sourceEnd = await stableEnd(source, sourceTopic, partition, clock)
  const requiredTo = options.upToCopied ? Math.min(note.sourceNext, sourceEnd) : sourceEnd
  const targetTo = await stableEnd(target, targetTopic, partition, clock)
  const sourceTo = await stableEnd(source, sourceTopic, partition, clock)
  const sourceLogStart = await logStart(source, sourceTopic, partition, clock)
  const targetLogStart = await logStart(target, targetTopic, partition, clock)
  return {
    source: {
      from: Math.max(from?.source ?? note.sourceStart, sourceLogStart),
      to: sourceTo,
      logStart: sourceLogStart,
    },
    target: {
      from: Math.max(from?.target ?? note.targetStart, targetLogStart),
      to: targetTo,
      logStart: targetLogStart,
    },
    requiredTo,
  }
}

async function compare(
  { source, target }: BothSides,
  what: PartitionToVerify,
  { scope, leftOut, producerIds }: Expectation,
  options: VerifyOptions,
  clock: Clock,
  result: PartitionVerification,
  onRead: (run: RecordRun) => void,
): Promise<PartitionComparison> {
  const note = what.note as PartitionNote
  const { partition } = what
  const sourceRange = { topic: what.sourceTopic, partition, from: scope.source.from, to: scope.source.to }
  const targetRange = { topic: what.targetTopic, partition, from: scope.target.from, to: scope.target.to }
  const countForeign = (records: number) => {
    result.foreignRecords += records
  }
  return await comparePartition(
    telling(readRecords(source, sourceRange, { leftOut }, clock), onRead),
    readRecords(target, targetRange, { producerIds, onForeign: countForeign }, clock),
    {
      requiredTo: scope.requiredTo,
      copiedTo: note.sourceNext,
      sourceTo: scope.source.to,
      targetTo: scope.target.to,
      sourceStartMoved: scope.source.logStart > note.sourceStart,
      targetStartMoved: scope.target.logStart > note.targetStart,
      leftOut,
      keepDifferences: options.differencesPerPartition,
    },
  )
}

async function* telling(runs: AsyncIterable<RecordRun>, tell: (run: RecordRun) => void): AsyncGenerator<RecordRun> {
  for await (const run of runs) {
    tell(run)
    yield run
  }
}

function noticesOf({ source, target }: Scope, note: PartitionNote): string[] {
  const notices: string[] = []
  if (source.logStart > note.sourceStart) {
    notices.push(
      `source offsets ${note.sourceStart} to ${source.logStart - 1} could not be compared: the source no longer holds them`,
    )
  }
  if (target.logStart > note.targetStart) {
    notices.push(
      `target offsets ${note.targetStart} to ${target.logStart - 1} could not be compared: the target no longer holds them`,
    )
  }
  if (source.to < note.sourceNext) {
    notices.push(
      `the source ends at offset ${source.to}, but records up to ${note.sourceNext} had been copied: it lost its tail, or an open transaction hides it`,
    )
  }
  if (target.to < note.targetEnd) {
    notices.push(
      `the target can be read up to offset ${target.to}, but was written up to ${note.targetEnd}: it lost its tail, or an open transaction of another producer hides it`,
    )
  }
  return notices
}

function noticesAfter({ notComparable, timesNotCompared }: PartitionComparison): string[] {
  const { expiredOnSource, compactedOnSource, compactedOnTarget } = notComparable
  const notices: string[] = []
  if (expiredOnSource > 0) {
    notices.push(`${expiredOnSource} records on the target could not be compared: the source no longer holds them`)
  }
  if (compactedOnSource > 0) {
    notices.push(`${compactedOnSource} records on the target could not be compared: compacted away on the source`)
  }
  if (compactedOnTarget > 0) {
    notices.push(`${compactedOnTarget} records on the source could not be compared: compacted away on the target`)
  }
  if (timesNotCompared > 0) {
    notices.push(
      `timestamps of ${timesNotCompared} records were not compared: the target topic sets its own (message.timestamp.type=LogAppendTime)`,
    )
  }
  return notices
}
