import type { EventListener, ReplicationEvent } from '../events.js'
import type { FollowedGroup, FollowedOffset } from './followed-group.js'

/** Of more groups than these at once, one sentence names the first and counts the others. */
const NAMED_MAX = 3

const NO_COUNTERPART =
  'ConsumerGroupOffsetSyncMode is ENHANCED, but no replicator copies the other way (yet): offsets of groups follow in one direction only'
const LEGACY_COUNTERPART =
  'ConsumerGroupOffsetSyncMode is ENHANCED, but the replicator of the other direction is not: offsets that groups commit on the target do not come back as they should'

type Level = ReplicationEvent['level']
type Code = Extract<ReplicationEvent['code'], 'group-active' | 'group-failed'>

/** What there is to tell of groups: each thing once, and together where it is about many. */
export class GroupReports {
  private readonly emit: EventListener
  private lacking: string | undefined
  private readonly pending = new Map<string, { code: Code; level: Level; what: string; groups: string[] }>()
  /** AWS's ConsumerGroupOffsetSyncFailure: attempts that failed since the start of this process. */
  failures = 0

  constructor(emit: EventListener) {
    this.emit = emit
  }

  /** It has members on the target. */
  active(group: FollowedGroup): void {
    const what = 'has members on the target: its offsets there are left alone while it has'
    this.add({ code: 'group-active', level: 'info', what }, group)
  }

  failed(group: FollowedGroup, reason: string): void {
    this.failures++
    if (group.told === reason) return
    group.told = reason
    const what = `cannot be brought to the target (${reason}); it is tried again every few seconds`
    this.add({ code: 'group-failed', level: 'warn', what }, group)
  }

  worked(group: FollowedGroup): void {
    group.told = undefined
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
  }

  private add(report: { code: Code; level: Level; what: string }, { name }: FollowedGroup): void {
    const key = `${report.code} ${report.what}`
    const known = this.pending.get(key)
    if (known) known.groups.push(name)
    else this.pending.set(key, { ...report, groups: [name] })
  }
}
