import { systemClock } from '../clock.js'
import { openClusters } from './open-clusters.js'
import type { ReplicatorOptions } from './replicator-options.js'

/**
 * Everything that can be known to fail before a replicator is registered: both clusters answer and are those that were
 * meant. Throws UserError; changes nothing anywhere.
 */
export async function preflight(options: ReplicatorOptions): Promise<void> {
  const clusters = await openClusters(options, systemClock)
  await clusters.close()
}
