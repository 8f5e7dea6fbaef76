import type { Clock } from '../clock.js'
import { isAboutRights } from '../clusters/refusal.js'
import { messageOf } from '../errors.js'
import type { EventListener, ReplicationEvent } from '../events.js'
import type { ControlNote } from '../progress/notes.js'
import { errorName, KafkaError, mayPass } from '../wire/kafka-errors.js'
import type { FollowedGroup, FollowedOffset } from './followed-group.js'

/** Of more groups than these at once, one sentence names the first and counts the others. */
const NAMED_MAX = 3
/** A coordinator that moves or loads is back within seconds: nobody wants to hear of that. */
const TOLD_AFTER_MS = 10_000
/** Commits are everyday: one record of them a minute, for log delivery. */
const COMMITS_TOLD_EVERY_MS = 60_000

const NO_COUNTERPART =
  'ConsumerGroupOffsetSyncMode is ENHANCED, but no replicator copies the other way (yet): offsets of groups follow in one direction only'
const LEGACY_COUNTERPART =
  'ConsumerGroupOffsetSyncMode is ENHANCED, but the replicator of the other direction is LEGACY: make it ENHANCED too, so that it also waits for what this one has copied'

interface Report extends Pick<ReplicationEvent, 'level'> {
  code: 'group-active' | 'group-failed'
  /** The sentence behind the names of the groups. */
  what: string
}

/** What there is to tell of groups: each thing once, and together where it is about many. */
export class GroupReports {
  private readonly emit: EventListener
  private readonly clock: Clock
  private lacking: string | undefined
  private isFrozen = false
  private readonly pending = new Map<string, Report & { groups: string[] }>()
  /** AWS's ConsumerGroupOffsetSyncFailure: attempts that failed since the start of this process. */
  failures = 0
  private commits = 0
  private readonly committedGroups = new Set<string>()
  private commitsToldAt: number

  constructor(emit: EventListener, clock: Clock) {
    this.emit = emit
    this.clock = clock
    this.commitsToldAt = clock.monotonic()
  }

  /** It has members on the target. */
  active(group: FollowedGroup): void {
    const what = 'has members on the target: its offsets there are left alone while it has'
    this.add({ code: 'group-active', level: 'info', what }, group)
  }

  /** One of its offsets was written to the target. */
  committed({ name }: FollowedGroup): void {
    this.commits++
    this.committedGroups.add(name)
  }

  /** One of the clusters has refused it, or does not answer about it. Whether that is more than a blip. */
  failed(group: FollowedGroup, side: 'source' | 'target', error: Error): boolean {
    this.failures++
    const trouble = group.troubles[side]
    trouble.since ??= this.clock.monotonic()
    if (mayPass(error) && this.clock.monotonic() - trouble.since < TOLD_AFTER_MS) return false
    const isRefusal = side === 'source' && error instanceof KafkaError && !isAboutRights(error.code)
    const reason = isRefusal ? `the source answers ${errorName(error.code)}` : messageOf(error)
    if (trouble.told === reason) return true
    trouble.told = reason
    const what = `cannot be brought to the target: ${reason}; it is tried again every few seconds`
    this.add({ code: 'group-failed', level: 'warn', what }, group)
    return true
  }

  worked(group: FollowedGroup, side: 'source' | 'target'): void {
    group.troubles[side] = {}
  }

  wasReset(group: FollowedGroup, { topic, partition, committed }: FollowedOffset, isFollowed: boolean): void {
    const then = isFollowed
      ? 'it is moved back on the target too'
      : 'its offset on the target stays (with --follow-resets it would be moved back too)'
    this.emit({
      code: 'group-reset',
      level: 'warn',
      message: `group ${group.name} was reset on the source, ${topic}-${partition} to offset ${committed.offset}: ${then}`,
      data: { group: group.name, topic, partition, sourceOffset: committed.offset, followed: isFollowed },
    })
  }

  /** ENHANCED takes one replicator each way, both ENHANCED (msk-api 5.3); what is lacking is told when it changes. */
  counterparts(all: readonly { isEnhanced: boolean }[]): void {
    const lacking = all.length === 0 ? NO_COUNTERPART : all.some(one => one.isEnhanced) ? undefined : LEGACY_COUNTERPART
    if (lacking !== undefined && lacking !== this.lacking) {
      this.emit({ code: 'counterpart-missing', level: 'warn', message: lacking, data: { counterparts: all.length } })
    }
    this.lacking = lacking
  }

  /** Somebody wants the groups left alone, or moved again. */
  control(control: ControlNote | undefined): void {
    const isFrozen = control?.groupSync === 'frozen'
    if (isFrozen === this.isFrozen) return
    this.isFrozen = isFrozen
    const by = control === undefined ? '' : ` by ${control.by}`
    const message = isFrozen
      ? `offsets of consumer groups are frozen${by}: none is moved on the target`
      : `offsets of consumer groups are brought over again, released${by}`
    this.emit({ code: 'groups-frozen', level: 'warn', message, data: { frozen: isFrozen, by: control?.by ?? null } })
  }

  /** Tells what has come together. */
  flush(): void {
    for (const { code, level, what, groups } of this.pending.values()) {
      const named = groups.slice(0, NAMED_MAX).join(', ')
      const more = groups.length > NAMED_MAX ? ` and ${groups.length - NAMED_MAX} more` : ''
      this.emit({
        code,
        level,
        message: `consumer group ${named}${more} ${what}`,
        data: { group: named, groups: groups.length },
      })
    }
    this.pending.clear()
    this.tellCommits()
  }

  private tellCommits(): void {
    const now = this.clock.monotonic()
    if (this.commits === 0 || now - this.commitsToldAt < COMMITS_TOLD_EVERY_MS) return
    const { commits, committedGroups } = this
    const message = `brought ${commits} offsets of ${committedGroups.size} consumer groups to the target`
    this.emit({ code: 'groups-committed', level: 'info', message, data: { commits, groups: committedGroups.size } })
    this.commits = 0
    this.commitsToldAt = now
    committedGroups.clear()
  }

  private add(report: Report, { name }: FollowedGroup): void {
    const key = `${report.code} ${report.what}`
    const known = this.pending.get(key)
    if (known) known.groups.push(name)
    else this.pending.set(key, { ...report, groups: [name] })
  }
}
