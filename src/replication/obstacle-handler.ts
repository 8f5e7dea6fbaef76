import type { Clock } from '../clock.js'
import type { EventListener } from '../events.js'
import { decideObstacle, type ObstaclePolicy, wayOut } from '../policy/obstacle-policy.js'
import { type Obstacle, obstacleReason } from '../policy/obstacles.js'
import type { GapNote } from '../progress/notes.js'
import type { ProgressStore } from '../progress/progress-store.js'
import type { PartitionCopy } from '../records/partition-copy.js'
import { gapOffsets } from './gaps.js'
import { rowOf } from './partition-rows.js'

/** Between two tries to record a gap. Nothing goes on before it is recorded. */
const RETRY_MS = 1_000

/** The ids that a topic has now, on both sides. */
export type CurrentIds = (copy: PartitionCopy) => { sourceTopicId: string; targetTopicId: string } | undefined

/**
 * Does what the operator wants done at an obstacle (invariant: **never a silent gap**): holds the partition, or records
 * what will be missing and brings it behind that. Resolves to whether it may be brought to work again.
 */
export class ObstacleHandler {
  private readonly policy: ObstaclePolicy
  private readonly clock: Clock
  private readonly emit: EventListener
  private readonly currentIds: CurrentIds
  private readonly stopping: AbortSignal

  constructor(
    policy: ObstaclePolicy,
    clock: Clock,
    emit: EventListener,
    currentIds: CurrentIds,
    stopping: AbortSignal,
  ) {
    this.policy = policy
    this.clock = clock
    this.emit = emit
    this.currentIds = currentIds
    this.stopping = stopping
  }

  async handle(copy: PartitionCopy, obstacle: Obstacle, store: ProgressStore): Promise<'resume' | 'stay'> {
    switch (decideObstacle(obstacle, this.policy)) {
      case 'hold':
        copy.hold(`${obstacleReason(obstacle)}; ${wayOut(obstacle)}`)
        return 'stay'
      case 'ignore':
        copy.ignore(obstacleReason(obstacle))
        copy.progress.markChanged()
        this.tell(copy, 'partition-ignored', `${copy.name} is not copied any more: ${obstacleReason(obstacle)}`)
        return 'stay'
      case 'restart':
        return this.restart(copy, obstacle)
      case 'skip':
        return (await this.skip(copy, obstacle, store)) ? 'resume' : 'stay'
    }
  }

  private restart(copy: PartitionCopy, obstacle: Obstacle): 'resume' | 'stay' {
    const ids = this.currentIds(copy)
    if (ids === undefined) {
      copy.hold(`${obstacleReason(obstacle)}; it is gone again just now: start again when it is there`)
      return 'stay'
    }
    const copied = copy.progress.hasBegun ? `, which was copied up to offset ${copy.progress.next.offset},` : ''
    copy.restart(ids)
    const what = `${obstacleReason(obstacle)}; the copy of the old one${copied} stays, the new one is copied from its beginning`
    this.tell(copy, 'partition-restarted', `${copy.name} begins anew: ${what}`)
    return 'resume'
  }

  /** The gap and the progress behind it are stored in one batch: never one without the other. */
  private async skip(copy: PartitionCopy, obstacle: Obstacle, store: ProgressStore): Promise<boolean> {
    if (obstacle.kind === 'recreated' || obstacle.kind === 'gone')
      throw new Error('a topic that is another one now has no records to skip')
    const { kind, from, to } = obstacle
    const reason = obstacleReason(obstacle)
    copy.progress.notedElsewhere = true
    // With the epoch, a log that is cut back further is found before anything more of it has been read.
    if (kind === 'diverged') copy.progress.sourceCutBack({ offset: from, epoch: obstacle.epochBefore })
    else copy.progress.passedOver({ offset: to, epoch: -1 })
    const { sourceTopic, partition, sourceTopicId, targetTopicId } = copy
    const topics = { sourceTopic, partition, sourceTopicId, targetTopicId }
    const gap: GapNote = { ...topics, kind, from, to, reason, at: this.clock.now() }
    while (!this.stopping.aborted) {
      try {
        const toNote = copy.progress.toNote()
        await store.savePartitions([rowOf(copy, toNote, gap)])
        copy.progress.stored(toNote)
        copy.progress.notedElsewhere = false
        copy.progress.gapOffsets += gapOffsets(gap)
        this.tell(copy, 'gap-recorded', gapSentence(copy, gap), { from, to, kind, offsets: to - from })
        copy.goOn()
        return true
      } catch (error) {
        copy.waitForTarget(`a gap could not be recorded: ${String(error)}`)
        await this.clock.sleep(RETRY_MS, this.stopping)
      }
    }
    return false
  }

  private tell(
    copy: PartitionCopy,
    code: 'partition-ignored' | 'partition-restarted' | 'gap-recorded',
    message: string,
    facts: Record<string, string | number> = {},
  ): void {
    const { sourceTopic, partition } = copy
    this.emit({ code, level: 'warn', message, data: { sourceTopic, partition, ...facts } })
  }
}

function gapSentence(copy: PartitionCopy, { kind, from, to, reason }: GapNote): string {
  const count = to - from === 1 ? 'offset' : `${to - from} offsets`
  return kind === 'diverged'
    ? `${copy.name}: ${count} (${from}-${to - 1}) of the target's copy are no longer on the source: ${reason}; recorded, it goes on at ${from}`
    : `${copy.name}: ${count} (${from}-${to - 1}) will never be on the target: ${reason}; recorded, it goes on at ${to}`
}
