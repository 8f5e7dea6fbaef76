import type { ControlNote } from '../progress/notes.js'
import type { VerificationResult } from '../verification/verification-result.js'
import type { Acl } from '../wire/messages/create-acls.js'
import type { Heartbeat, HeartbeatOutcome } from './write-heartbeat.js'

/** What was asked of an engine last, and by whom. */
export type Asked = Pick<ControlNote, 'groupSync' | 'copying' | 'fencedTopics' | 'by'>

/** What a runbook asks of the engine that copies, wherever that runs (`progress/notes.ts`, ControlNote). */
export interface ControlChange {
  groupSync?: 'on' | 'frozen'
  copying?: 'on' | 'stopped'
  fencedTopics?: readonly string[]
  deniedTopics?: readonly string[]
}

/** What a runbook does to clusters and replicators; tests bring their own. */
export interface RunbookTools {
  /** What was asked of the engine last; null where nothing was. Throws when the target does not answer. */
  asked(): Promise<Asked | null>
  /**
   * Notes on the target that this run works with the replicator, for runbooks on all machines (`ControlNote.openRun`).
   * `takesOver`: also where another one does, which its operator has given up. Throws UserError (5) where another one does.
   */
  claim(by: string, takesOver: boolean): Promise<void>
  /** Notes that it is over; nothing is changed where it has claimed nothing, or another one has taken over. */
  letGo(by: string): Promise<void>
  /**
   * Writes it down for the engine on the target; what is not mentioned stays as it is. Throws when the target does not
   * answer, UserError (5) where another run works with the replicator. `inNameOf`: who is said to have asked, by default `by`.
   */
  control(change: ControlChange, by: string, inNameOf?: string): Promise<void>
  /** Reads both clusters and compares them: the last records of each partition, or all of them. */
  verify(lastRecords: number | undefined): Promise<VerificationResult>
  /** Writes one record on the source that every replicator copies. Throws when the source does not answer. */
  writeHeartbeat(heartbeat: Heartbeat): Promise<HeartbeatOutcome>
  /** The rules that would keep every producer off the topics, but us: those that are not there yet. Changes nothing. */
  planFence(topics: readonly string[]): Promise<Acl[]>
  createRules(acls: readonly Acl[]): Promise<void>
  /** Removes exactly these rules; those that are gone already are no failure. */
  deleteRules(acls: readonly Acl[]): Promise<void>
}
