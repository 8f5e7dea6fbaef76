import { systemClock } from '../clock.js'
import { refuseLoop } from './loop-guard.js'
import { openClusters } from './open-clusters.js'
import type { ReplicatorOptions } from './replicator-options.js'

/**
 * Everything that can be known to fail before a replicator is registered: both clusters answer and are those that were
 * meant, and nothing copies the other way under the same names. Throws UserError; changes nothing anywhere.
 */
export async function preflight(options: ReplicatorOptions): Promise<void> {
  const clusters = await openClusters(options, systemClock)
  try {
    if (options.topics.naming === 'identical') await refuseLoop(clusters.source, clusters.target, systemClock)
  } finally {
    await clusters.close()
  }
}
