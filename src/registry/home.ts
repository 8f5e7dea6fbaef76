import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'

/** Where definitions live: `$KAFKA_REPLICATOR_HOME`, else the XDG state folder's part of ours. */
export function registryHome(env: Readonly<Record<string, string | undefined>>): string {
  if (env.KAFKA_REPLICATOR_HOME) return resolve(env.KAFKA_REPLICATOR_HOME)
  // The XDG rules say that a relative path in the variable is to be ignored.
  const xdg = env.XDG_STATE_HOME && isAbsolute(env.XDG_STATE_HOME) ? env.XDG_STATE_HOME : undefined
  return join(xdg ?? join(env.HOME || homedir(), '.local', 'state'), 'kafka-replicator')
}
