import type { ObstaclePolicy } from '../../../src/policy/obstacle-policy.js'
import type { MemoryCluster } from '../broker/memory-cluster.js'
import type { Random } from '../random.js'
import type { World } from '../world.js'
import type { Engine } from './engine.js'
import type { GroupScene } from './groups/group-scene.js'
import type { Judge } from './judge.js'
import type { Workload } from './workload.js'

/** What a fault may lay its hands on. */
export interface Stage {
  world: World
  random: Random
  source: MemoryCluster
  target: MemoryCluster
  engines: Engine[]
  workload: Workload
  judge: Judge
  targetNameOf: (sourceTopic: string) => string
  obstacles: ObstaclePolicy
  groups: GroupScene | undefined
}

/** Everything is well again. */
export function heal({ world, source, target, workload, groups }: Stage): void {
  workload.finish()
  groups?.rest()
  healClusters(world, [source, target])
}

export function healClusters(world: World, clusters: readonly MemoryCluster[]): void {
  world.weather = { minMs: 0.5, maxMs: 2, spikeChance: 0, spikeMs: 0 }
  for (const cluster of clusters) {
    cluster.refusals.clear()
    for (const broker of cluster.brokers) {
      broker.pausedUntil = 0
      for (const socket of broker.sockets) socket.congestionMs = 0
      if (!broker.isUp) cluster.startBroker(broker)
    }
  }
  world.tell('all is well again')
}
