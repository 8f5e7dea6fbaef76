import { groupBy } from '../group-by.js'
import type { RecordedGap } from '../verification/recorded-gaps.js'
import type { PartitionVerification } from '../verification/verification-result.js'
import { grouped } from './format-number.js'

/** A gap a record would fill the screen; `--output json` has them all. */
const RANGES_SHOWN = 10
const REASONS_SHOWN = 5

/** What the replicator has recorded of a partition, with what verify has found of it: a line for each kind and reason. */
export function recordedGapTexts({ recordedGaps, recordedRecords, comparison }: PartitionVerification): string[] {
  const byKind = (kind: RecordedGap['kind']) => recordedGaps.filter(gap => gap.kind === kind)
  const poison = byKind('poison')
  const texts: string[] = []
  if (poison.length > 0) texts.push(`${records(recordedRecords)} left out, recorded: ${offsetsAndReasons(poison)}`)
  texts.push(...shown(byKind('truncated').map(({ reason }) => `left out, recorded: ${reason}`)))
  const diverged = byKind('diverged').map(({ reason }) => reason)
  if (diverged.length > 0) {
    const lost = records(comparison?.lostOnSource ?? 0)
    texts.push(`${lost} on the target that the source has lost, recorded: ${shown(diverged).join('; ')}`)
  }
  return texts
}

function offsetsAndReasons(gaps: readonly RecordedGap[]): string {
  const byReason = groupBy(gaps, reasonOf)
  return shown([...byReason].map(([reason, same]) => `${offsets(same)}: ${reason}`)).join('; ')
}

/** Without the gap's own offsets, so that what was refused for one reason is told once. */
function reasonOf({ from, to, reason }: RecordedGap): string {
  return reason.replace(` source offsets ${from}-${to - 1}`, '')
}

function offsets(gaps: readonly RecordedGap[]): string {
  const ranges = gaps.map(({ from, to }) => (to - from === 1 ? `${from}` : `${from}-${to - 1}`))
  const more = ranges.length - RANGES_SHOWN
  const all = more > 0 ? [...ranges.slice(0, RANGES_SHOWN), `and ${grouped(more)} more`] : ranges
  return `${ranges.length === 1 && !ranges[0]?.includes('-') ? 'offset' : 'offsets'} ${all.join(', ')}`
}

function shown(texts: readonly string[]): string[] {
  const more = texts.length - REASONS_SHOWN
  return more > 0 ? [...texts.slice(0, REASONS_SHOWN), `and ${grouped(more)} more`] : [...texts]
}

function records(count: number): string {
  return `${grouped(count)} record${count === 1 ? '' : 's'}`
}
