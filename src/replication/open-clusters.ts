import type { Clock } from '../clock.js'
import { Cluster } from '../clusters/cluster.js'
import type { ClusterSide } from '../clusters/cluster-side.js'
import type { ClusterConnectionOptions } from '../clusters/connection-options.js'
import { Leaders } from '../clusters/leaders.js'
import { TopicAdmin } from '../clusters/topic-admin.js'
import { ExitCode, UserError } from '../errors.js'

/** Both clusters, reached and found to be the ones that were meant. */
export interface OpenClusters {
  source: ClusterSide
  target: ClusterSide
  close(): Promise<void>
}

/**
 * Reaches both clusters and checks their ids. Throws UserError (254) when one does not answer, has another id than the
 * configuration says, or both are the same cluster.
 */
export async function openClusters(
  options: { source: ClusterConnectionOptions; target: ClusterConnectionOptions },
  clock: Clock,
): Promise<OpenClusters> {
  const source = openSide(options.source, clock)
  const target = openSide(options.target, clock)
  const close = async () => {
    await Promise.all([closeSide(source), closeSide(target)])
  }
  const results = await Promise.allSettled([source.cluster.connect(), target.cluster.connect()])
  const failed = results.find(result => result.status === 'rejected')
  if (failed) {
    await close()
    throw failed.reason
  }
  if (source.cluster.clusterId === target.cluster.clusterId) {
    await close()
    throw new UserError(`Source and target are the same cluster ("${source.cluster.clusterId}").`, {
      exitCode: ExitCode.Service,
      fix: 'Check both BootstrapBrokerString values: a cluster copied onto itself would never come to an end.',
    })
  }
  return { source, target, close }
}

/** One side, not reached yet. */
export function openSide(options: ClusterConnectionOptions, clock: Clock): ClusterSide {
  const cluster = new Cluster(options, clock)
  return { cluster, leaders: new Leaders(cluster, clock), admin: new TopicAdmin(cluster) }
}

export async function closeSide({ cluster }: ClusterSide): Promise<void> {
  await cluster.close()
}
