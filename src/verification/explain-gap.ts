import { isDamagedCopy } from './differences.js'
import type { Gap } from './gap-finder.js'
import type { LogRecord } from './log-record.js'
import type { PartitionTally } from './partition-tally.js'

/**
 * Says what happened between two places where the logs are alike. In this order: compaction explains it, where the
 * other side has lost as many offsets there; the same record on both sides has moved; two that differ in one field are
 * a record and its damaged copy; the rest is missing or surplus.
 */
export function explainGap(gap: Gap, tally: PartitionTally): void {
  const missingByCompaction = gap.source.length <= holesOf(gap.target, gap.targetNext)
  const surplusByCompaction = gap.target.length <= holesOf(gap.source, gap.sourceNext)
  if (missingByCompaction && surplusByCompaction) {
    tally.compacted(gap.source, gap.target)
    return
  }
  const missing = (record: LogRecord) => (gap.isEnd ? tally.leftOver(record) : tally.missing(record))
  const [one, other] = [gap.source[0], gap.target[0]]
  const isPair = gap.source.length === 1 && gap.target.length === 1
  if (isPair && one && other && tally.mayBeDamaged && isDamagedCopy(one, other)) return tally.damaged(one, other)
  const { source, target } = takeMoved(gap, tally)
  if (missingByCompaction || surplusByCompaction) {
    tally.compacted(missingByCompaction ? source : [], surplusByCompaction ? target : [])
    if (!missingByCompaction) for (const record of source) missing(record)
    if (!surplusByCompaction) for (const record of target) tally.surplus(record)
    return
  }
  const rest = takeDamaged(source, target, tally)
  for (const record of rest.source) missing(record)
  for (const record of rest.target) tally.surplus(record)
}

function holesOf(records: readonly LogRecord[], next: LogRecord | undefined): number {
  return records.reduce((sum, record) => sum + record.holesBefore, next?.holesBefore ?? 0)
}

interface Rest {
  source: readonly LogRecord[]
  target: readonly LogRecord[]
}

function takeMoved(gap: Rest, tally: PartitionTally): Rest {
  if (gap.source.length === 0 || gap.target.length === 0) return gap
  const byKey = new Map<string, LogRecord[]>()
  for (const record of gap.target) {
    const key = tally.keys.of(record)
    const same = byKey.get(key)
    if (same === undefined) byKey.set(key, [record])
    else same.push(record)
  }
  const moved = new Set<LogRecord>()
  const source = gap.source.filter(record => {
    const other = byKey.get(tally.keys.of(record))?.shift()
    if (other === undefined) return true
    moved.add(other)
    tally.moved(record, other)
    return false
  })
  return { source, target: gap.target.filter(record => !moved.has(record)) }
}

/** Pairs records in the order of the logs; one that is like the next on neither side stays without a partner. */
function takeDamaged(source: readonly LogRecord[], target: readonly LogRecord[], tally: PartitionTally): Rest {
  if (!tally.mayBeDamaged) return { source, target }
  const rest: { source: LogRecord[]; target: LogRecord[] } = { source: [], target: [] }
  let [i, j] = [0, 0]
  while (i < source.length && j < target.length) {
    const [one, other] = [source[i] as LogRecord, target[j] as LogRecord]
    if (isDamagedCopy(one, other)) {
      tally.damaged(one, other)
      i++
      j++
      // The longer side has records without a partner: leave those out first.
    } else if (source.length - i > target.length - j) rest.source.push(source[i++] as LogRecord)
    else if (source.length - i < target.length - j) rest.target.push(target[j++] as LogRecord)
    else {
      rest.source.push(source[i++] as LogRecord)
      rest.target.push(target[j++] as LogRecord)
    }
  }
  rest.source.push(...source.slice(i))
  rest.target.push(...target.slice(j))
  return rest
}
