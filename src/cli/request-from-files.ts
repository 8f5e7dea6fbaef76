import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { sourceReference, targetReference } from '../config/cluster-references.js'
import { loadConnections } from '../config/load-connections.js'
import { toReplicatorOptions } from '../config/replicator-options.js'
import type { CreateReplicatorRequest } from '../config/types.js'
import { ExitCode, UserError } from '../errors.js'
import type { RunOverrides } from '../replication/replicator-options.js'
import { createReplicator } from './aws/model.js'
import { readParameters } from './aws/parameters.js'
import { checkRequest } from './check-request.js'
import { connectionsPath } from './connections-file.js'
import { asOperation } from './errors.js'
import { optionsOf } from './replicator-states.js'
import type { RunRequest } from './run-replicators.js'
import type { Shell } from './shell.js'

/**
 * What to run, straight from the files. When a replicator of that name is registered with the same request, its
 * progress is taken up; with another request it is refused, for both would write to the same topics.
 */
export async function requestFromFiles(
  given: Readonly<Record<string, unknown>>,
  overrides: RunOverrides,
  shell: Shell,
): Promise<RunRequest> {
  const parameters = await readParameters(createReplicator, given, shell)
  const request = await asOperation(createReplicator.name, () => checkRequest(parameters))
  const path = typeof given.connections === 'string' ? connectionsPath(given.connections, shell) : undefined
  const known = await (await shell.registry()).find(request.ReplicatorName)
  if (known !== undefined && !sameRequest(known.Request, request)) throw registeredOtherwise(request.ReplicatorName)
  if (known !== undefined) {
    const definition = path === undefined ? known : { ...known, ConnectionsFile: path }
    return { definition: known, options: await optionsOf(definition, overrides, shell.env) }
  }
  const connections = path === undefined ? undefined : await loadConnections(path)
  const files = { Request: request, ...(path === undefined ? {} : { ConnectionsFile: path }) }
  return { files, options: await toReplicatorOptions(request, connections, progressId(request), overrides, shell.env) }
}

/** Compared as JSON: parsed objects may differ in their prototypes only. */
function sameRequest(one: CreateReplicatorRequest, other: CreateReplicatorRequest): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other)))
}

/** The same name, source and target resume where they ended; another flow of the same name starts afresh. */
function progressId(request: CreateReplicatorRequest): string {
  const flow = request.ReplicationInfoList[0]
  const source = flow === undefined ? '' : sourceReference(flow)
  const target = flow === undefined ? '' : targetReference(flow)
  const hash = createHash('sha256')
    .update(JSON.stringify([request.ReplicatorName, source, target]))
    .digest('hex')
  return `files-${hash.slice(0, 24)}`
}

function registeredOtherwise(name: string): UserError {
  return new UserError(`A replicator named ${name} is registered with other settings than these files have.`, {
    exitCode: ExitCode.Usage,
    fix: `Run the registered one with: kafka-replicator run --replicator-name ${name}. Or give these files another name.`,
  })
}
