import type { ReplicatorOptions } from '../../replication/replicator-options.js'
import type { StoredStatus } from '../../replication/stored-status.js'
import type { RunbookContext } from '../context.js'
import { type Gate, waitForGate } from '../gate.js'
import type { StepOutcome } from '../step.js'
import type { RunbookTools } from '../tools.js'

/** The replicator of the other direction, from the secondary to the primary; tests bring their own. */
export interface ReverseReplicator {
  /** The one that is registered, or the name that one will be registered by. */
  readonly name: string
  exists(): Promise<boolean>
  /** Whether a failback has registered it; then it goes with that, otherwise it is the user's. */
  isOurs(): Promise<boolean>
  /** Registers it. Throws where the name is in use by another one. */
  create(): Promise<void>
  options(): Promise<ReplicatorOptions>
  tools(): Promise<RunbookTools>
  /**
   * How it stands. It is needed then, so it runs: in this process, unless it does elsewhere. Throws UserError where it
   * cannot begin or has ended by itself.
   */
  status(): Promise<StoredStatus>
  /** It runs no more and is registered no more; what its notes say of offsets stays for the groups. */
  remove(): Promise<void>
}

/** The same runbook as the reverse replicator sees it: its source is the secondary, its target the primary. */
export async function reversed(context: RunbookContext, reverse: ReverseReplicator): Promise<RunbookContext> {
  const [options, tools] = await Promise.all([reverse.options(), reverse.tools()])
  return { ...context, options, tools, status: () => reverse.status() }
}

/** Waits for what must hold of the reverse replicator. */
export async function waitForReverse(
  gate: Gate,
  context: RunbookContext,
  reverse: ReverseReplicator,
): Promise<StepOutcome> {
  return await waitForGate(gate, await reversed(context, reverse))
}
