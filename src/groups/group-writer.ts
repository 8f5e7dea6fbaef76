import type { Clock } from '../clock.js'
import { askOffsets } from '../clusters/ask-offsets.js'
import type { ClusterSide } from '../clusters/cluster-side.js'
import type { CommitResult, CommittedOffset, ConsumerGroups, OffsetToCommit } from '../clusters/consumer-groups.js'
import { refusal } from '../clusters/refusal.js'
import { messageOf } from '../errors.js'
import { metadataFor, stampText } from '../policy/commit-stamp.js'
import { decideGroupOffset } from '../policy/group-offset-decision.js'
import { Code, errorName, isRetriable } from '../wire/kafka-errors.js'
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from '../wire/messages/list-offsets.js'
import { placeKey } from '../wire/place.js'
import { type FollowedGroup, type FollowedOffset, isBehindWritten, isNewReset } from './followed-group.js'
import type { GroupReports } from './group-reports.js'
import { type LogBounds, within } from './start-for-group.js'

/**
 * What was read from the target is acted on within these milliseconds, or read again: no consumer joins, reads, commits
 * and leaves in less (a first rebalance alone waits 3 s, `group.initial.rebalance.delay.ms`).
 */
const READING_VALID_MS = 2_000
/** So many groups are read, decided and written at a time, to stay within that on a slow target too. */
const GROUPS_AT_ONCE = 200
/** A group that did not take its offsets (active, refused) is tried again after so long. */
const TRY_AGAIN_MS = 5_000
/** An expired or deleted group of the target comes back within that, and a group that was moved there is seen. */
const LOOK_AGAIN_MS = 30_000
/** Offsets of a group without members expire after a week (`offsets.retention.minutes`), though the source's is alive. */
const WRITE_AGAIN_MS = 6 * 3_600_000
const ANSWER_MS = 10_000

/** Who writes: a replicator, in one of its runs. */
export interface GroupWriterOptions {
  replicatorId: string
  generation: number
  followResets: boolean
}

interface Writing {
  row: FollowedOffset
  commit: OffsetToCommit
}

/** Brings offsets to the target. What may not be moved is left: never back, never a group with members. */
export class GroupWriter {
  private readonly groups: ConsumerGroups
  private readonly target: ClusterSide
  private readonly options: GroupWriterOptions
  private readonly clock: Clock
  private readonly reports: GroupReports
  /** Whether this instance may still write: one that was suspended must first hear whether another has taken over. */
  private readonly mayWrite: () => boolean
  /** Commits that are on their way to the target. */
  private underWay = 0

  constructor(
    groups: ConsumerGroups,
    target: ClusterSide,
    options: GroupWriterOptions,
    clock: Clock,
    reports: GroupReports,
    mayWrite: () => boolean,
  ) {
    this.groups = groups
    this.target = target
    this.options = options
    this.clock = clock
    this.reports = reports
    this.mayWrite = mayWrite
  }

  /** Whether something is on its way that may still move a group, though `mayWrite` forbids it by now. */
  get isWriting(): boolean {
    return this.underWay > 0
  }

  /** Looks at the target for the groups where something has moved, and writes what has to be written. */
  async bring(groups: Iterable<FollowedGroup>): Promise<void> {
    const now = this.clock.monotonic()
    const due = [...groups].filter(group => group.unsettled(now).length > 0)
    for (let i = 0; i < due.length; i += GROUPS_AT_ONCE) await this.bringSome(due.slice(i, i + GROUPS_AT_ONCE))
  }

  private async bringSome(groups: readonly FollowedGroup[]): Promise<void> {
    const now = this.clock.monotonic()
    const rows = new Map(groups.map(group => [group, group.unsettled(now)]))
    const bounds = await this.boundsOf([...rows.values()].flat())
    const readAt = this.clock.monotonic()
    const committed = await this.groups.committed(groups.map(({ name }) => name))
    await Promise.all(
      groups.map(async group => {
        const found = committed.get(group.name)
        if (found === undefined || found instanceof Error) return this.failed(group, found)
        const writings = this.decide(group, rows.get(group) ?? [], found, bounds)
        if (writings.length > 0) await this.write(group, writings, readAt)
        else group.isActiveOnTarget = false // nobody has said so again
      }),
    )
  }

  private failed(group: FollowedGroup, error: Error | undefined): void {
    const failure = error ?? new Error('the target did not say where it stands')
    const lasts = this.reports.failed(group, 'target', failure)
    if (lasts) for (const row of group.offsets) row.refusal = messageOf(failure)
    group.quietUntil = this.clock.monotonic() + TRY_AGAIN_MS
  }

  /** What of a group has to be written, by what the target says now. */
  private decide(
    group: FollowedGroup,
    rows: readonly FollowedOffset[],
    found: readonly CommittedOffset[],
    boundsOf: (row: FollowedOffset) => LogBounds | undefined,
  ): Writing[] {
    const now = this.clock.monotonic()
    const byPlace = new Map(found.map(offset => [placeKey(offset), offset]))
    const isRefresh = now >= group.writeAgainAt
    if (now >= group.lookAgainAt) group.lookAgainAt = now + LOOK_AGAIN_MS
    if (isRefresh || group.writeAgainAt === Number.POSITIVE_INFINITY) group.writeAgainAt = now + WRITE_AGAIN_MS
    return rows.flatMap(row => {
      row.target = byPlace.get(placeKey({ topic: row.translation.targetTopic, partition: row.partition }))
      const bounds = boundsOf(row)
      const exact = row.translation.exact === undefined || !bounds ? undefined : within(bounds, row.translation.exact)
      if (exact !== undefined && this.isToBeWritten(group, row, exact, isRefresh)) {
        return [{ row, commit: this.commitOf(row, exact) }]
      }
      row.refusal = undefined
      return []
    })
  }

  private isToBeWritten(group: FollowedGroup, row: FollowedOffset, exact: number, isRefresh: boolean): boolean {
    const { replicatorId, generation, followResets } = this.options
    const sourceOffset = row.committed.offset
    const target = row.target === 'unread' ? undefined : row.target
    const decision = decideGroupOffset({
      ...{ sourceOffset, sourceMetadata: row.committed.metadata, exact, target, written: row.written },
      ...{ replicatorId, generation, followResets },
    })
    const wasReset = decision === 'reset' || decision === 'back'
    if (wasReset && isNewReset(row)) this.reports.wasReset(group, row, decision === 'back')
    row.resetTo = wasReset || isBehindWritten(row) ? sourceOffset : undefined
    if (decision === 'synced') row.written ??= { offset: exact, sourceOffset }
    return decision === 'write' || decision === 'back' || (decision === 'synced' && isRefresh)
  }

  private commitOf(row: FollowedOffset, offset: number): OffsetToCommit {
    const { replicatorId, generation } = this.options
    const stamp = { replicatorId, generation, sourceOffset: row.committed.offset }
    const metadata = row.isMetadataTooLong ? stampText(stamp) : metadataFor(row.committed.metadata, stamp)
    return { topic: row.translation.targetTopic, partition: row.partition, offset, metadata }
  }

  private async write(group: FollowedGroup, writings: readonly Writing[], readAt: number): Promise<void> {
    const validMs = readAt + READING_VALID_MS - this.clock.monotonic()
    if (!this.mayWrite() || validMs < 0) return // the next round reads again
    const commits = writings.map(({ commit }) => commit)
    this.underWay++
    try {
      // Not tried for longer: a consumer could have come and gone while no coordinator answered us.
      const results = await this.groups.commit(group.name, commits, validMs)
      this.takeResults(group, writings, results)
    } catch (error) {
      this.failed(group, error instanceof Error ? error : new Error(messageOf(error)))
    } finally {
      this.underWay--
    }
  }

  private takeResults(group: FollowedGroup, writings: readonly Writing[], results: readonly CommitResult[]): void {
    const codes = new Map(results.map(row => [placeKey(row), row.errorCode]))
    const codeOf = ({ commit }: Writing) => codes.get(placeKey(commit)) ?? UNANSWERED
    const wasActive = group.isActiveOnTarget
    group.isActiveOnTarget = writings.some(writing => ACTIVE.includes(codeOf(writing)))
    if (group.isActiveOnTarget && !wasActive) this.reports.active(group)
    const refused = writings.filter(writing => codeOf(writing) !== Code.None)
    if (refused.length > 0) group.quietUntil = this.clock.monotonic() + TRY_AGAIN_MS
    for (const writing of writings) this.takeResult(group, writing, codeOf(writing))
    if (refused.length === 0) this.reports.worked(group, 'target')
  }

  private takeResult(group: FollowedGroup, { row, commit }: Writing, code: number): void {
    row.refusal = undefined
    if (code === Code.None) {
      row.target = commit
      row.written = { offset: commit.offset, sourceOffset: row.committed.offset }
      row.resetTo = undefined
      this.reports.committed(group)
    } else if (code === Code.OffsetMetadataTooLarge) {
      row.isMetadataTooLong = true // ours is short; it goes with the next try
    } else if (!ACTIVE.includes(code)) {
      if (!isRetriable(code)) row.refusal = `the target refuses the offset: ${errorName(code)}`
      const resource = code === Code.TopicAuthorizationFailed ? `topic ${commit.topic}` : `group ${group.name}`
      const needed = { operation: 'Read', resource } as const
      const refused = refusal(this.target.cluster, code, `offset of ${commit.topic}-${commit.partition}`, needed)
      this.reports.failed(group, 'target', refused)
    }
  }

  /** First offset and end of each target partition in question; those without an answer wait for the next round. */
  private async boundsOf(rows: readonly FollowedOffset[]): Promise<(row: FollowedOffset) => LogBounds | undefined> {
    const partitions = rows.map(({ translation, partition }) => ({ topic: translation.targetTopic, partition }))
    const unique = [...new Map(partitions.map(one => [placeKey(one), one])).values()]
    const unknown = new Set(unique.map(({ topic }) => topic).filter(topic => !this.target.leaders.topic(topic)))
    if (unknown.size > 0) await this.target.leaders.refresh(unknown)
    const ask = (timestamp: number) =>
      askOffsets(this.target, unique, { isolation: 'read_uncommitted', timestamp, timeoutMs: ANSWER_MS }, this.clock)
    const [starts, ends] = await Promise.all([ask(EARLIEST_TIMESTAMP), ask(LATEST_TIMESTAMP)])
    const moved = unique.filter(one => 'problem' in ends(one)).map(({ topic }) => topic)
    if (moved.length > 0) await this.target.leaders.refresh(new Set(moved)) // for the next round
    return ({ translation, partition }) => {
      const [start, end] = [starts, ends].map(answers => answers({ topic: translation.targetTopic, partition }))
      return start && end && 'offset' in start && 'offset' in end ? { start: start.offset, end: end.offset } : undefined
    }
  }
}

/** The group has members: an answer, not an error. */
const ACTIVE: readonly number[] = [
  Code.UnknownMemberId,
  Code.IllegalGeneration,
  Code.RebalanceInProgress,
  Code.StaleMemberEpoch,
]
/** A broker that leaves a partition out of its answer. */
const UNANSWERED = -1
