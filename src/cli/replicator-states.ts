import { loadConnections } from '../config/load-connections.js'
import { toReplicatorOptions } from '../config/replicator-options.js'
import { messageOf } from '../errors.js'
import { parseReplicatorArn } from '../registry/arn.js'
import type { ReplicatorDefinition } from '../registry/definition.js'
import type { ReplicatorStateView, StatusReading } from '../registry/state.js'
import { HEARTBEAT_FRESH_MS, replicatorState } from '../registry/state.js'
import type { ReplicatorOptions, RunOverrides } from '../replication/replicator-options.js'
import type { Shell } from './shell.js'

/** A cluster that does not answer must not hang a `describe`; a healthy one answers in a fraction of this. */
const READING_TIMEOUT_MS = 5_000

/** What the engine needs to know to run a registered replicator; reads its connections file and secrets. */
export async function optionsOf(
  definition: ReplicatorDefinition,
  overrides: RunOverrides = {},
  env: Shell['env'] = process.env,
): Promise<ReplicatorOptions> {
  const { ConnectionsFile, ReplicatorArn, Request } = definition
  const connections = ConnectionsFile === undefined ? undefined : await loadConnections(ConnectionsFile)
  const id = parseReplicatorArn(ReplicatorArn)?.uuid ?? ''
  return await toReplicatorOptions(Request, connections, id, overrides, env)
}

/** The states of replicators, asked of their target clusters all at once; what cannot be asked says so. */
export async function readStates(
  definitions: readonly ReplicatorDefinition[],
  shell: Shell,
): Promise<ReplicatorStateView[]> {
  const registry = await shell.registry()
  return await Promise.all(
    definitions.map(async definition => {
      const reading = await readWithin(definition, shell)
      const lastKnown = await registry.lastKnownState(definition)
      return replicatorState(definition.Request.ReplicatorName, reading, shell.clock.now(), lastKnown)
    }),
  )
}

/**
 * Marks what a deleted replicator has left on its target (`forgetState`); one that still runs does so itself when it
 * notices. Answers why it could not be done, or undefined.
 */
export async function forgetDeleted(definition: ReplicatorDefinition, shell: Shell): Promise<string | undefined> {
  const reading = await readWithin(definition, shell)
  if (reading === 'never-ran') return undefined
  if ('unknown' in reading) return reading.unknown
  if (reading.state === 'running' && shell.clock.now() - reading.at <= HEARTBEAT_FRESH_MS) return undefined
  try {
    const engine = await shell.engine()
    await engine.forgetState(await optionsOf(definition, {}, shell.env))
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

async function readWithin(definition: ReplicatorDefinition, shell: Shell): Promise<StatusReading> {
  const done = new AbortController()
  const timeout = shell.clock
    .sleep(READING_TIMEOUT_MS, done.signal)
    .then(
      (): StatusReading => ({ unknown: `the target cluster did not answer within ${READING_TIMEOUT_MS / 1000} s.` }),
    )
  try {
    return await Promise.race([read(definition, shell), timeout])
  } finally {
    done.abort()
  }
}

async function read(definition: ReplicatorDefinition, shell: Shell): Promise<StatusReading> {
  try {
    const engine = await shell.engine()
    return (await engine.readStatus(await optionsOf(definition, {}, shell.env))) ?? 'never-ran'
  } catch (error) {
    return { unknown: messageOf(error) }
  }
}
