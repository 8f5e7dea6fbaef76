import type { GapNote, PartitionNote } from '../progress/notes.js'

/** A gap that the replicator has recorded, as a result shows it: source offsets `from` … `to - 1`. */
export type RecordedGap = Pick<GapNote, 'kind' | 'from' | 'to' | 'reason'>

/**
 * The recorded gaps that still speak of what a partition's note is about: those of topics that had the same names
 * before are left out, and so is what was recorded of source records that the source has lost since.
 */
export function gapsThatHold(gaps: readonly GapNote[], note: PartitionNote): GapNote[] {
  const { sourceTopicId, targetTopicId } = note
  const ofNow = gaps.filter(gap => gap.sourceTopicId === sourceTopicId && gap.targetTopicId === targetTopicId)
  const cuts = ofNow.filter(({ kind }) => kind === 'diverged')
  return ofNow
    .map(gap => {
      if (gap.kind === 'diverged') return gap
      const later = cuts.filter(({ at }) => at > gap.at).map(({ from }) => from)
      return { ...gap, to: Math.min(gap.to, ...later) }
    })
    .filter(({ from, to }) => from < to)
    .sort((a, b) => a.from - b.from)
}

/** Offsets from the first up to, but not including, the second. */
type Range = [from: number, to: number]

/** Source offsets whose records the target will never take, as it is recorded. */
export class PoisonRanges {
  /** In order; neighbours are one. */
  private readonly ranges: Range[] = []

  constructor(gaps: readonly RecordedGap[]) {
    const poison = gaps.filter(({ kind }) => kind === 'poison').sort((a, b) => a.from - b.from)
    for (const { from, to } of poison) {
      const last = this.ranges.at(-1)
      if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to)
      else this.ranges.push([from, to])
    }
  }

  has(offset: number): boolean {
    return this.touch(offset, offset)
  }

  /** Whether any offset from `first` to `last` lies in a gap. */
  touch(first: number, last: number): boolean {
    const range = this.ranges[this.firstEndingBehind(first)]
    return range !== undefined && range[0] <= last
  }

  /** Whether all offsets from `first` to `last` do. */
  cover(first: number, last: number): boolean {
    const range = this.ranges[this.firstEndingBehind(first)]
    return range !== undefined && range[0] <= first && last < range[1]
  }

  /** There may be thousands, and each batch asks. */
  private firstEndingBehind(offset: number): number {
    let [low, high] = [0, this.ranges.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.ranges[middle] as Range)[1] > offset) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** Where a surplus target record lies between two records of the source; -1 and Infinity at its ends. */
export interface SourcePlace {
  after: number
  before: number
}

/**
 * Records that the target holds though the source has lost them, as it is recorded: of each such gap at most as many as
 * it has offsets, and only there. A producer may have sent again what was lost; then a copy of the old record looks
 * like one of the new, and the surplus shows a little later, but never beyond the gap's end.
 */
export class DivergedRecords {
  private readonly rest: { from: number; to: number; records: number }[]
  /** How many there were. */
  count = 0

  constructor(gaps: readonly RecordedGap[]) {
    this.rest = gaps.filter(({ kind }) => kind === 'diverged').map(({ from, to }) => ({ from, to, records: to - from }))
  }

  /** Whether records may be there that the source has lost. */
  mayLieAt(place: SourcePlace): boolean {
    return this.find(place) !== undefined
  }

  /** Takes one surplus record; false where no gap explains it. */
  explain(place: SourcePlace): boolean {
    const gap = this.find(place)
    if (gap === undefined) return false
    gap.records--
    this.count++
    return true
  }

  private find({ after, before }: SourcePlace) {
    return this.rest.find(({ from, to, records }) => records > 0 && after < to && before >= from)
  }
}
