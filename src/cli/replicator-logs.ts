import { parseMskClusterArn, targetReference } from '../config/cluster-references.js'
import type { CreateReplicatorRequest } from '../config/types.js'
import type { EventListener } from '../events.js'
import type { LogDelivery } from '../log-delivery/log-delivery.js'
import type { Shell } from './shell.js'

/**
 * Opens log delivery as the request asks; undefined where it asks for none. `tell` hears when a sink begins to fail.
 * Throws UserError when a package of the AWS SDK is missing: better at the start than not at all.
 */
export async function openLogs(
  request: CreateReplicatorRequest | undefined,
  shell: Shell,
  tell: EventListener,
): Promise<LogDelivery | undefined> {
  if (request?.LogDelivery?.ReplicatorLogDelivery === undefined) return undefined
  const { LogDelivery } = await import('../log-delivery/log-delivery.js')
  const region = targetRegion(request)
  const { clock, env } = shell
  return await LogDelivery.open(request.LogDelivery, {
    replicatorName: request.ReplicatorName,
    ...{ clock, env, region, tell },
  })
}

/** MSK delivers logs and metrics in the target's region; an Apache cluster has none. */
export function targetRegion(request: CreateReplicatorRequest | undefined): string | undefined {
  const flow = request?.ReplicationInfoList[0]
  const reference = flow === undefined ? undefined : targetReference(flow)
  return reference === undefined ? undefined : parseMskClusterArn(reference)?.region
}
