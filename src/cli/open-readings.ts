import type { ReplicatorOptions } from '../replication/replicator-options.js'
import type { StoredStatus } from '../replication/stored-status.js'
import type { StatusReading } from './engine.js'

/** The replicators that a runbook looks at: each opened at its first look, by its id, and closed with all others. */
export class OpenReadings {
  private readonly open: (options: ReplicatorOptions) => StatusReading
  private readonly readings = new Map<string, StatusReading>()
  /** Looks that are under way: who asks meanwhile sees the same. */
  private readonly looks = new Map<string, Promise<StoredStatus>>()

  constructor(open: (options: ReplicatorOptions) => StatusReading) {
    this.open = open
  }

  /** How the replicator stands. Never rejects. */
  read(options: ReplicatorOptions): Promise<StoredStatus> {
    const { id } = options
    const reading = this.readings.get(id) ?? this.open(options)
    this.readings.set(id, reading)
    const look = this.looks.get(id) ?? reading.read().finally(() => this.looks.delete(id))
    this.looks.set(id, look)
    return look
  }

  close(): void {
    for (const reading of this.readings.values()) reading.close()
  }
}
