import type { ReplicatorOptions } from '../replication/replicator-options.js'
import type { RunbookSettings } from '../runbooks/context.js'
import type { Runbook, RunbookName } from '../runbooks/step.js'
import type { RunRequest } from './run-replicators.js'
import type { RunbookDefaults, RunbookFlags } from './runbook-options.js'
import type { Shell } from './shell.js'

/** What makes failover, failback and migrate differ. */
export interface RunbookKind<Flags extends RunbookFlags> {
  name: RunbookName
  /** How many replicators it takes. */
  replicators: 1 | 2
  defaults: RunbookDefaults
  /** Which replicators they are, where that is not simply those that are named; it sees itself that they are enough. */
  requestsOf?(given: Flags, shell: Shell): Promise<RunRequest[]>
  /** Replicators that it works with besides, by their ids: no other runbook on this machine may. */
  alsoLocks?(requests: readonly RunRequest[]): Promise<string[]>
  /** Whose source is left for whose target, as the user's commands see it; the first replicator's unless it says so. */
  wayOf?(requests: readonly RunRequest[], flags: Flags): ReplicatorOptions
  /** What the user's commands find in their environment besides. */
  hookEnvironment?(flags: Flags): Record<string, string>
  /** Its own flags that a run keeps for when it is resumed, in camel case. */
  ownFlags: readonly (keyof Flags & string)[]
  /** What it does, its steps, and what comes after them. Touches nothing: it is asked for `--dry-run` too. */
  build(given: RunbookGiven<Flags>): Promise<BuiltRunbook>
  /** The same for `--abort`. */
  undo(given: RunbookGiven<Flags>): Promise<BuiltRunbook>
}

export type BuiltRunbook = Pick<Runbook, 'purpose' | 'steps' | 'next'>

/** What the steps of a runbook are made of. */
export interface RunbookGiven<Flags extends RunbookFlags> {
  /** The first is the one that it is called by. */
  requests: readonly RunRequest[]
  flags: Flags
  settings: RunbookSettings
  shell: Shell
}

/** The replicator that a runbook is called by. */
export function mainOf(requests: readonly RunRequest[]) {
  const options = requests[0]?.options
  if (options === undefined) throw new Error('a runbook without a replicator')
  return options
}
