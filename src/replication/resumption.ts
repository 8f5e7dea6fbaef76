import type { EventListener } from '../events.js'
import type { Piece } from '../offset-map/run.js'
import { decideResume, isForgetful, type TargetTail } from '../policy/resume-decision.js'
import type { Origins } from '../provenance/origins.js'
import type { CodecShelf } from '../records/codec-shelf.js'
import { type CrossedAnswer, findCrossed, type LogPlace, lastCopiedIsOurs } from '../records/crossed-records.js'
import type { PartitionCopy } from '../records/partition-copy.js'

/** What is needed to look into both logs. */
export interface ResumptionTools {
  producerIds: ReadonlySet<number>
  codecs: CodecShelf
  origins: Origins
  emit: EventListener
}

export interface Places {
  source: LogPlace
  target: LogPlace
}

/** `ready`: its progress is exact, copying may go on · `wait`: ask again · `hold`: neither log says where to go on. */
export type Resumption = { kind: 'ready' } | { kind: 'wait'; reason: string } | { kind: 'hold'; reason: string }

const READY: Resumption = { kind: 'ready' }

/**
 * Makes a partition's progress what the target really holds (invariant: **no-loss, no-duplicate**): steps over what has
 * crossed since it was noted, goes back to what the target has lost. Throws what a broker refuses.
 */
export async function bringUpToDate(
  copy: PartitionCopy,
  tail: TargetTail,
  placesOf: () => Places | undefined,
  tools: ResumptionTools,
): Promise<Resumption> {
  const decision = decideResume(copy.progress.known, tail)
  switch (decision.kind) {
    case 'at-note':
      return READY
    case 'hold':
      return decision
    case 'back':
      return goBack(copy, tail, decision.lostRecords, placesOf, tools)
    case 'look': {
      const places = placesOf()
      return places === undefined
        ? { kind: 'wait', reason: 'the source has no leader for it just now' }
        : look(copy, places, tail, tools)
    }
  }
}

/** The pieces are taken over only when all of them are known to be right. */
async function look(
  copy: PartitionCopy,
  places: Places,
  tail: TargetTail,
  tools: ResumptionTools,
): Promise<Resumption> {
  const noted = copy.progress.known
  const { last } = copy.progress.map
  if (isForgetful(tail, noted) && last && !(await lastCopiedIsOurs(places.target, last.target, tools.producerIds))) {
    return {
      kind: 'hold',
      reason: `target offset ${last.target}, where source offset ${last.source} was copied to, holds another producer's record: the target has lost records of this replicator, and how many cannot be told`,
    }
  }
  const pieces: Piece[] = []
  const answer = await findCrossed({ ...places, ...tools, noted, tail }, (source, target) => {
    const last = pieces.at(-1)
    const follows = last && last.source + last.count === source && last.target + last.count === target
    if (follows) last.count++
    else pieces.push({ source, target, count: 1 })
  })
  const { alignment, crossed } = answer
  switch (alignment.kind) {
    case 'source-ends':
      return {
        kind: 'hold',
        reason: `the target holds ${alignment.unmatched} records of this replicator that the source no longer has behind offset ${noted.sourceNext}: it lost its tail (unclean leader election?)`,
      }
    case 'mismatch':
      return { kind: 'hold', reason: mismatchReason(alignment, noted.sourceNext, answer) }
    case 'aligned':
      for (const piece of pieces) copy.progress.foundCrossed(piece)
      if (crossed > 0)
        copy.progress.caughtUpWith(
          { offset: alignment.sourceNext, epoch: answer.sourceEpoch },
          answer.sequences,
          answer.targetEnd,
        )
      return READY
  }
}

function mismatchReason(
  { sourceOffset, targetOffset }: { sourceOffset: number; targetOffset: number },
  sourceNext: number,
  { crossed }: CrossedAnswer,
): string {
  return `${crossed} records lie on the target since the last note (source offset ${sourceNext}), and they are not what the source holds there: source offset ${sourceOffset} differs from target offset ${targetOffset}; compare them with \`verify\``
}

async function goBack(
  copy: PartitionCopy,
  tail: TargetTail,
  counted: number | undefined,
  placesOf: () => Places | undefined,
  { producerIds, emit }: ResumptionTools,
): Promise<Resumption> {
  const { end, lastSequences } = tail
  const before = copy.progress.known
  const lost = counted ?? copy.progress.recordsFrom(end)
  if (counted === undefined) {
    if (isForgetful(tail, before) && lost > 0 && before.sequences.size > 1) {
      return { kind: 'hold', reason: untold(end, before.targetEnd) }
    }
    const places = placesOf()
    if (places === undefined) return { kind: 'wait', reason: 'the source has no leader for it just now' }
    // Others may have written where more of ours were lost.
    const kept = copy.progress.map.fromEnd(lost + 1)
    if (kept && !(await lastCopiedIsOurs(places.target, kept.target, producerIds))) {
      return { kind: 'hold', reason: untold(end, before.targetEnd) }
    }
  }
  if (!copy.progress.goBack(lost, end, lastSequences)) {
    return {
      kind: 'hold',
      reason: `the target has lost ${lost} records of this replicator (it ends at offset ${end}, ${before.targetEnd} was reached), more than the offset map reaches back`,
    }
  }
  if (lost === 0) return READY // only others have lost records
  const { sourceTopic, partition } = copy
  const sourceOffset = copy.progress.next.offset
  emit({
    code: 'target-lost-tail',
    level: 'warn',
    message: `${copy.name}: the target has lost its last ${lost} records (it ends at offset ${end}, ${before.targetEnd} was reached): unclean leader election? They are copied again from source offset ${sourceOffset} on`,
    data: { sourceTopic, partition, records: lost, sourceOffset, targetEnd: end },
  })
  return READY
}

function untold(end: number, reached: number): string {
  return `the target lost its tail (it ends at offset ${end}, ${reached} was reached), and how many records of this replicator are gone cannot be told`
}
