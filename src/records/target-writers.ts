import type { Clock } from '../clock.js'
import type { Cluster } from '../clusters/cluster.js'
import type { PartitionCopy } from './partition-copy.js'
import { TargetWriter } from './target-writer.js'

/**
 * Connections per target broker; each partition is pinned to one. A broker works on one request per connection at a
 * time, so one connection keeps only one of its threads busy; more share the partitions out and make smaller requests.
 * Two partitions on each were best, measured with four (1, 2 and 4 connections: 170, 240 and 175 MB/s).
 */
const PARTITIONS_PER_CONNECTION = 2
const MAX_CONNECTIONS_PER_BROKER = 4

/** Finds the writer for each partition: by its leader, always the same connection. */
export class TargetWriters {
  private readonly cluster: Cluster
  private readonly clock: Clock
  /** `node/lane` → the writer, or the attempt to open it. */
  private readonly writers = new Map<string, Promise<TargetWriter>>()
  private readonly places = new Map<PartitionCopy, TargetWriter>()
  private readonly lanes = new Map<PartitionCopy, number>()
  private closing = false

  constructor(cluster: Cluster, clock: Clock) {
    this.cluster = cluster
    this.clock = clock
  }

  /** Pins the partition to a connection to the broker that leads it. Throws ConnectionError. */
  async assign(copy: PartitionCopy, nodeId: number): Promise<void> {
    const key = `${nodeId}/${this.laneOf(copy)}`
    let writer = this.writers.get(key)
    if (!writer) {
      writer = this.open(nodeId, key)
      this.writers.set(key, writer)
    }
    const place = await writer
    const before = this.places.get(copy)
    if (before !== place) before?.forget(copy)
    this.places.set(copy, place)
  }

  /** Sends what these partitions have waiting. */
  send(copies: readonly PartitionCopy[]): void {
    const touched = new Set<TargetWriter>()
    for (const copy of copies) {
      const writer = this.places.get(copy)
      if (!writer) continue
      writer.announce(copy)
      touched.add(writer)
    }
    for (const writer of touched) writer.pump()
  }

  /** Closes all connections; what is still in flight counts as lost. */
  async close(): Promise<void> {
    this.closing = true
    const open = [...this.writers.values()]
    this.writers.clear()
    for (const attempt of await Promise.allSettled(open)) {
      if (attempt.status === 'fulfilled') attempt.value.close()
    }
  }

  /** Fills one connection after the other, round and round; a partition keeps the one it has. */
  private laneOf(copy: PartitionCopy): number {
    const known = this.lanes.get(copy)
    if (known !== undefined) return known
    const lane = Math.floor(this.lanes.size / PARTITIONS_PER_CONNECTION) % MAX_CONNECTIONS_PER_BROKER
    this.lanes.set(copy, lane)
    return lane
  }

  private async open(nodeId: number, key: string): Promise<TargetWriter> {
    try {
      const { connection } = await this.cluster.openDataConnection(nodeId)
      const writer = new TargetWriter(connection, this.cluster, this.clock)
      connection.onClose(error => {
        this.writers.delete(key)
        for (const [copy, place] of this.places) {
          if (place !== writer) continue
          this.places.delete(copy)
          if (!this.closing) copy.targetLost(error.message)
        }
      })
      return writer
    } catch (error) {
      this.writers.delete(key)
      throw error
    }
  }
}
