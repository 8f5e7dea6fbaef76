import type { Clock } from '../clock.js'
import type { ReplicatorOptions } from '../replication/replicator-options.js'
import type { StoredStatus } from '../replication/stored-status.js'
import type { Evidence } from './evidence.js'
import type { Hooks } from './hooks.js'
import type { Journal } from './journal.js'
import type { RunbookTools } from './tools.js'

/** The thresholds that gates wait for (contract, section 5). */
export interface RunbookSettings {
  /** Source offsets still to copy, all partitions together. */
  maxMessageLag: number
  maxLatencySeconds: number
  /** Records that a group has not consumed yet, where it must have. */
  maxOffsetLag: number
  /** How many groups there must be; undefined: as many as are selected on the source. */
  expectedGroups: number | undefined
  /** So many looks one after the other must find it so. */
  samples: number
  intervalMs: number
  /** For each gate. */
  timeoutMs: number
  acceptDataLoss: boolean
  /** Read all of both logs in `verify`, instead of the last records. */
  deepVerify: boolean
  fence: 'acl' | undefined
  /** Whether it may begin though another run, here or elsewhere, has not ended (`--anew`). */
  takesOver: boolean
}

/** What a person says. */
export type Answer = 'yes' | 'no' | 'nobody-there' | 'interrupted'

/** What a runbook may touch of the world around it; a test brings its own. */
export interface RunbookContext {
  readonly options: ReplicatorOptions
  /** Which run it is, for people who meet what it has changed: `failover r-1a2b3c`. */
  readonly by: string
  readonly settings: RunbookSettings
  readonly clock: Clock
  readonly journal: Journal
  readonly evidence: Evidence
  readonly hooks: Hooks
  readonly tools: RunbookTools
  /** Aborts when the operator wants to stop; its reason is the signal by which that was said (`SIGINT`, `SIGTERM`). */
  readonly stop: AbortSignal
  /** How the replicator stands now. */
  readonly status: () => Promise<StoredStatus>
  /** The same of any replicator: a runbook may work with two. */
  readonly statusOf: (options: ReplicatorOptions) => Promise<StoredStatus>
  /** A line that stays. */
  say(line: string): Promise<void>
  /** A table that is drawn over the one before on a terminal, and written where it has changed elsewhere. */
  show(table: GateTable): Promise<void>
  /** Whether it may go on: `--yes` says yes at once; without a terminal nobody is there. */
  confirm(question: string): Promise<Answer>
  /** What only a person can know, so `--yes` does not answer it: was it done? Without a terminal nobody is there. */
  ask(question: string): Promise<Answer>
}

/** What a gate shows while it waits. */
export interface GateTable {
  /** `drain before failover` */
  title: string
  /** `max lag 0` */
  threshold: string
  shows: GateRows
  /** How many looks there were, this one counted. */
  sample: number
  /** How many of the last ones found it so, one after the other. */
  good: number
  /** How many of them are asked for. */
  samples: number
  status: StoredStatus
  /** Why it does not hold yet; undefined while it does. */
  lacking: string | undefined
}

/**
 * What the rows of a gate's table are. `drain`: topics, each until its lag is `maxLag` source offsets at most · `still`:
 * topics, each until its log on the source stands still · `groups`: consumer groups, with where they are · `replicator`:
 * none, only whether it runs and what it has heard of.
 */
export type GateRows = { kind: 'drain'; maxLag: number } | { kind: 'still' | 'groups' | 'replicator' }
