import type { Clock } from '../clock.js'
import type { EventListener } from '../events.js'
import type { PartitionCopy } from '../records/partition-copy.js'

/** Between two tries. Each reads and sends a few batches in vain; rights are given by people, so seconds do no harm. */
const RETRY_MS = 5_000

/**
 * Partitions that we may not write to now. Each is tried again until the target takes something of it: rights come back,
 * as when the fence of a runbook is taken down.
 */
export class ForbiddenPartitions {
  private readonly clock: Clock
  private readonly emit: EventListener
  private readonly bring: (copy: PartitionCopy) => void
  private readonly stopping: AbortSignal

  constructor(clock: Clock, emit: EventListener, bring: (copy: PartitionCopy) => void, stopping: AbortSignal) {
    this.clock = clock
    this.emit = emit
    this.bring = bring
    this.stopping = stopping
  }

  /** Brings it to work after a pause; said once, not with each try. */
  tryLater(copy: PartitionCopy, reason: string): void {
    if (copy.progress.forbidden === undefined) {
      const message = `${copy.name} waits: ${reason}; it is tried again every ${RETRY_MS / 1_000} s`
      this.emit({ code: 'partition-waiting', level: 'warn', message, data: { ...placeOf(copy), reason } })
    }
    copy.progress.forbidden = { reason, offset: copy.progress.next.offset }
    copy.progress.markChanged() // those who look from outside see it too
    void this.tryAgain(copy)
  }

  private async tryAgain(copy: PartitionCopy): Promise<void> {
    await this.clock.sleep(RETRY_MS, this.stopping)
    if (this.stopping.aborted) return
    this.bring(copy)
    await this.clock.sleep(RETRY_MS, this.stopping)
    this.seeWhetherTaken(copy)
  }

  /** By now the target has taken something of it, or it is refused still. */
  private seeWhetherTaken(copy: PartitionCopy): void {
    const { forbidden, next } = copy.progress
    if (this.stopping.aborted || forbidden === undefined || forbidden.offset === next.offset) return
    copy.progress.forbidden = undefined
    const message = `${copy.name} copies again: the replicator may write to it`
    this.emit({ code: 'partition-resumed', level: 'info', message, data: placeOf(copy) })
  }
}

function placeOf({ sourceTopic, partition }: PartitionCopy) {
  return { sourceTopic, partition }
}
