import type { Clock } from '../clock.js'
import type { DoctorReport } from '../doctor/finding.js'
import type { ExitCode } from '../errors.js'
import type { EventListener } from '../events.js'
import type { StatusReader } from '../registry/state.js'
import type { ReplicatorOptions } from '../replication/replicator-options.js'
import type { ReplicatorSnapshot } from '../replication/snapshot.js'
import type { StoredStatus } from '../replication/stored-status.js'

/** What `run` needs of a replicator; the class `Replicator` of `replication/` is one. */
export interface RunnableReplicator {
  onEvent(listener: EventListener): void
  /** Throws a UserError when it cannot even begin. */
  start(): Promise<void>
  /** Sends what is in flight and waits for the acknowledgements. */
  stop(): Promise<void>
  /** Has it go by other topics and groups while it runs; see `Replicator.update`. */
  update(selection: Pick<ReplicatorOptions, 'topics' | 'groups'>): Promise<void>
  snapshot(): ReplicatorSnapshot
  /** Resolves when it ends by itself (everything held: 5) or after `stop` (0). */
  readonly ended: Promise<{ exitCode: ExitCode; reason?: string | undefined }>
}

/** A replicator that is looked at; `StoredStatusReader` of `replication/` is one. */
export interface StatusReading {
  /** Never rejects: what could not be asked is unknown, with the reason. */
  read(): Promise<StoredStatus>
  close(): void
}

/** The engine as the command line sees it; a test brings its own. */
export interface Engine {
  create(options: ReplicatorOptions): RunnableReplicator
  /** Everything that can fail before the first record: both clusters answer and are who they should be. */
  preflight(options: ReplicatorOptions): Promise<void>
  /** Looks at both clusters for all that could go wrong. Never rejects; ends within 30 s. */
  examine(options: ReplicatorOptions, clock: Clock): Promise<DoctorReport>
  readStatus: StatusReader
  /** Looks at a replicator from outside, as often as wanted. */
  openStatus(options: ReplicatorOptions, clock: Clock): StatusReading
  /** Takes leave of a replicator on its target; its offset maps stay. Throws when that does not answer. */
  forgetState(options: ReplicatorOptions): Promise<void>
}
