import type { OpenClusters } from './open-clusters.js'
import type { ClusterSnapshot } from './snapshot.js'

/** How both clusters serve this replicator. */
export function describeClusters(clusters: Pick<OpenClusters, 'source' | 'target'>): ClusterSnapshot[] {
  return (['source', 'target'] as const).map(side => {
    const { alias, authErrors, health } = clusters[side].cluster
    return { side, alias, isAnswering: health.isAnswering, authErrors, throttleMsMax: health.throttleMsMax }
  })
}
