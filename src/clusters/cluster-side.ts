import type { Cluster } from './cluster.js'
import type { Leaders } from './leaders.js'
import type { TopicAdmin } from './topic-admin.js'

/** One of the two clusters, with what an engine keeps about it. */
export interface ClusterSide {
  cluster: Cluster
  leaders: Leaders
  admin: TopicAdmin
}
