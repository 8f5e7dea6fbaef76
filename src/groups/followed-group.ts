import type { CommittedOffset } from '../clusters/consumer-groups.js'
import { wasReset } from '../policy/group-offset-decision.js'
import { type GroupState, judgeGroup } from './group-state.js'
import type { KnownWays } from './known-ways.js'
import type { Translation } from './translate.js'

type Translate = (offset: CommittedOffset) => Translation | undefined
type Ways = Pick<KnownWays, 'round' | 'hasChangedSince'>

/** For whoever knows nothing of the rounds before. */
const ALL_NEW: Ways = { round: 0, hasChangedSince: () => true }

/** A commit on the target, as it was last seen or written by us. */
export interface SeenCommit {
  offset: number
  metadata: string
}

/** One committed offset of a group, and how it stands on the target. */
export interface FollowedOffset {
  readonly topic: string
  readonly partition: number
  /** What the group has committed on the source. */
  committed: CommittedOffset
  translation: Translation
  /** Undefined where it has none; 'unread' where nobody has looked yet. */
  target: SeenCommit | undefined | 'unread'
  /** What this instance wrote last. */
  written: { offset: number; sourceOffset: number } | undefined
  /** It was found to be reset, and this source offset seen since: that is settled, unless it goes further back. */
  resetTo: number | undefined
  /** Why the target did not take it; undefined when it did. */
  refusal: string | undefined
  /** Its own metadata is too long for the target, so that ours stands there. */
  isMetadataTooLong: boolean
}

/** Why a cluster cannot be asked about a group, or does not take its offsets. */
export interface GroupTrouble {
  /** Monotonic milliseconds; undefined while all is well. */
  since?: number
  /** What was told of it, so that it is told once. */
  told?: string
}

/** A group of the source whose offsets are brought to the target. */
export class FollowedGroup {
  readonly name: string
  private rows = new Map<string, FollowedOffset>()
  private list: readonly FollowedOffset[] = []
  private source: readonly CommittedOffset[] = []
  /** The round of `KnownWays` in which its offsets were translated last. */
  private translatedIn = 0
  /** Whether the target said, when it was last tried, that the group has members there. */
  isActiveOnTarget = false
  /** Nothing is tried before (monotonic milliseconds). */
  quietUntil = Number.NEGATIVE_INFINITY
  /** When the target is looked at though nothing has moved. */
  lookAgainAt = Number.NEGATIVE_INFINITY
  /** When it is written again though nothing has moved. */
  writeAgainAt = Number.POSITIVE_INFINITY
  /** What is wrong with it on either cluster, if anything. */
  readonly troubles: Record<'source' | 'target', GroupTrouble> = { source: {}, target: {} }

  constructor(name: string) {
    this.name = name
  }

  /** Its offsets of copied topics. */
  get offsets(): readonly FollowedOffset[] {
    return this.list
  }

  /** Takes what it has committed on the source, as of now. Only what `ways` says has changed is translated again. */
  take(committed: readonly CommittedOffset[], translate: Translate, ways: Ways = ALL_NEW): void {
    if (committed !== this.source || !this.translateAgain(translate, ways)) this.takeNew(committed, translate)
    this.source = committed
    this.translatedIn = ways.round
  }

  /** Those that the target is to be asked about, since something may have to be written. */
  unsettled(now: number): FollowedOffset[] {
    if (now < this.quietUntil) return []
    if (now >= this.lookAgainAt || now >= this.writeAgainAt) return [...this.list]
    return this.list.filter(row => {
      const { exact } = row.translation
      if (exact === undefined) return false
      if (row.target === 'unread' || row.target === undefined) return true
      return row.target.offset < exact || (isBehindWritten(row) && isNewReset(row))
    })
  }

  private takeNew(committed: readonly CommittedOffset[], translate: Translate): void {
    const rows = new Map<string, FollowedOffset>()
    for (const offset of committed) {
      const translation = translate(offset)
      if (translation === undefined) continue
      const key = `${offset.topic}/${offset.partition}`
      const row = this.rows.get(key) ?? newRow(offset, translation)
      row.committed = offset
      row.translation = translation
      rows.set(key, row)
    }
    this.rows = rows
    this.list = [...rows.values()]
  }

  /** The offsets have not moved; whether the same rows do still. Only where a way has changed is there something to do. */
  private translateAgain(translate: Translate, ways: Ways): boolean {
    let known = 0
    for (const offset of this.source) {
      const row = this.list[known]
      const isRowOf = row !== undefined && row.topic === offset.topic && row.partition === offset.partition
      if (!ways.hasChangedSince(this.translatedIn, offset.topic, offset.partition)) {
        if (isRowOf) known++ // else it is of a topic that is not copied, still
        continue
      }
      const translation = translate(offset)
      if (translation === undefined) continue
      if (!isRowOf) return false
      row.translation = translation
      known++
    }
    return known === this.list.length
  }
}

/** The source group stands before what was translated last. */
export function isBehindWritten({ written, committed }: Pick<FollowedOffset, 'written' | 'committed'>): boolean {
  return written !== undefined && written.sourceOffset > committed.offset
}

/** Given that it was moved back: nobody has decided yet what becomes of that. */
export function isNewReset({ committed, resetTo }: Pick<FollowedOffset, 'committed' | 'resetTo'>): boolean {
  return resetTo === undefined || committed.offset < resetTo
}

/** How one of its offsets stands. */
export function stateOf(row: FollowedOffset, isActiveOnTarget: boolean, replicatorId: string): GroupState {
  if (row.refusal !== undefined) return 'failed'
  const target = row.target === 'unread' ? undefined : row.target
  const sourceOffset = row.committed.offset
  return judgeGroup({
    sourceOffset,
    copied: row.translation.copied,
    exact: row.translation.exact,
    targetOffset: target?.offset,
    isActiveOnTarget,
    wasReset: wasReset({
      sourceOffset,
      sourceMetadata: row.committed.metadata,
      target,
      written: row.written,
      replicatorId,
    }),
  })
}

function newRow({ topic, partition }: CommittedOffset, translation: Translation): FollowedOffset {
  const nothing = {
    target: 'unread',
    written: undefined,
    resetTo: undefined,
    refusal: undefined,
    isMetadataTooLong: false,
  } as const
  return { topic, partition, committed: { topic, partition, offset: 0, metadata: '' }, translation, ...nothing }
}
