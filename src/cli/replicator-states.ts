import { loadConnections } from '../config/load-connections.js'
import { toReplicatorOptions } from '../config/replicator-options.js'
import { messageOf } from '../errors.js'
import { parseReplicatorArn } from '../registry/arn.js'
import type { ReplicatorDefinition } from '../registry/definition.js'
import type { ReplicatorStateView, StatusReading } from '../registry/state.js'
import { isAlive, replicatorState } from '../registry/state.js'
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
      const { CurrentVersion: currentVersion, Deleting, Request } = definition
      const lastSeen = await registry.lastSeen(definition)
      const facts = { name: Request.ReplicatorName, currentVersion, isDeleting: Deleting === true, lastSeen }
      return replicatorState(facts, reading, shell.clock.now())
    }),
  )
}

/**
 * Deletes a replicator: at once, or, where an engine on this machine runs it, through that one, which drains first.
 * Answers why what it has left on its target could not be marked as deleted; undefined where that was done or is not
 * ours to do.
 */
export async function deleteDefinition(
  definition: ReplicatorDefinition,
  version: string | undefined,
  shell: Shell,
): Promise<string | undefined> {
  const registry = await shell.registry()
  const { ReplicatorArn } = definition
  const reading = await readWithin(definition, shell)
  const runs = isAlive(reading, shell.clock.now())
  if (runs && (await registry.lastSeen(definition)).state === 'RUNNING') {
    if (!definition.Deleting) await registry.beginDeletion(ReplicatorArn, version)
    return undefined
  }
  await registry.delete(ReplicatorArn, version)
  return await takeLeave(definition, reading, shell)
}

/**
 * Marks what a deleted replicator has left on its target (`forgetState`); one that still runs does so itself when it
 * notices. Answers why it could not be done, or undefined.
 */
export async function forgetDeleted(definition: ReplicatorDefinition, shell: Shell): Promise<string | undefined> {
  return await takeLeave(definition, await readWithin(definition, shell), shell)
}

async function takeLeave(
  definition: ReplicatorDefinition,
  reading: StatusReading,
  shell: Shell,
): Promise<string | undefined> {
  if (reading === 'never-ran') return undefined
  if ('unknown' in reading) return reading.unknown
  if (isAlive(reading, shell.clock.now())) return undefined
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
