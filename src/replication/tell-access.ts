import { messageOf } from '../errors.js'
import type { EventListener } from '../events.js'
import type { OpenClusters } from './open-clusters.js'

/** Tells when a cluster begins to refuse our connections (certificate, login, a secret that is gone), and when it ends. */
export function tellAccess({ source, target }: Pick<OpenClusters, 'source' | 'target'>, emit: EventListener): void {
  for (const { cluster } of [source, target]) {
    cluster.onAccess = refusal => {
      const isRefused = refusal !== undefined
      emit({
        code: 'cluster-unreachable',
        level: isRefused ? 'error' : 'info',
        message: isRefused
          ? `cluster ${cluster.alias} does not let us in: ${messageOf(refusal)}; it is tried again every few seconds, and goes on when that is mended`
          : `cluster ${cluster.alias} lets us in again`,
        data: { cluster: cluster.alias, refused: isRefused },
      })
    }
  }
}
