import type { Cluster } from '../clusters/cluster.js'
import type { Leaders } from '../clusters/leaders.js'
import type { Connection } from '../wire/connection.js'
import { ConnectionError } from '../wire/kafka-errors.js'

/** One cluster, as verify reads from it. */
export interface LogSide {
  cluster: Cluster
  leaders: Leaders
  connections: ConnectionPool
}

/**
 * Data connections to the brokers of one cluster, lent to one partition at a time and used again for the next: a topic
 * of a thousand quiet partitions must not log in a thousand times.
 */
export class ConnectionPool {
  private readonly cluster: Cluster
  private readonly idle = new Map<number, Connection[]>()
  private closed = false

  constructor(cluster: Cluster) {
    this.cluster = cluster
  }

  async borrow(nodeId: number): Promise<Connection> {
    if (this.closed) throw new ConnectionError('reading was stopped')
    const idle = this.idle.get(nodeId) ?? []
    for (let connection = idle.pop(); connection; connection = idle.pop()) if (connection.isOpen) return connection
    return (await this.cluster.openDataConnection(nodeId)).connection
  }

  /** Only a connection on which nothing is outstanding; any other must be closed. */
  giveBack(nodeId: number, connection: Connection): void {
    if (this.closed || !connection.isOpen) return connection.close()
    const idle = this.idle.get(nodeId) ?? []
    idle.push(connection)
    this.idle.set(nodeId, idle)
  }

  close(): void {
    this.closed = true
    for (const connection of [...this.idle.values()].flat()) connection.close()
    this.idle.clear()
  }
}
