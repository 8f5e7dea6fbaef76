import type { LogRecord } from './log-record.js'

/**
 * What makes two records of one partition the same: content and time; content alone from where the target's broker
 * began to set the times.
 */
export class RecordKeys {
  private timed = true

  /** The target's timestamps say nothing about the copies. */
  ignoreTimes(): void {
    this.timed = false
  }

  of(record: LogRecord): string {
    return this.timed ? `${record.timestamp}/${record.contentHash}` : record.contentHash
  }
}
