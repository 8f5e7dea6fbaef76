import type { BrokerConnection } from '../../../src/clusters/broker-connection.js'
import type { Cluster } from '../../../src/clusters/cluster.js'
import { ClusterHealth } from '../../../src/clusters/cluster-health.js'
import { Leaders } from '../../../src/clusters/leaders.js'
import { TopicAdmin } from '../../../src/clusters/topic-admin.js'
import type { OpenClusters } from '../../../src/replication/open-clusters.js'
import type { Api } from '../../../src/wire/api.js'
import type { Connection } from '../../../src/wire/connection.js'
import { ConnectionError } from '../../../src/wire/kafka-errors.js'
import { metadata } from '../../../src/wire/messages/metadata.js'
import type { MemoryCluster } from '../broker/memory-cluster.js'
import type { Life } from './life.js'
import { SimConnection } from './sim-connection.js'

const CONNECT_TIMEOUT_MS = 10_000

/** A cluster as one process of the engine reaches it: what `clusters/cluster.ts` promises, over the network in memory. */
export class SimCluster implements Pick<Cluster, keyof Cluster> {
  readonly options: Cluster['options']
  /** Nobody is refused here. */
  onAccess = () => {}
  readonly authErrors = 0
  readonly health: ClusterHealth
  readonly principal = 'User:ANONYMOUS'
  private readonly life: Life
  private readonly memory: MemoryCluster
  private readonly control = new Map<number, Promise<SimConnection>>()
  private known: number[] = []
  private turn = 0
  private id: string | undefined

  constructor(life: Life, memory: MemoryCluster, options: Cluster['options']) {
    this.life = life
    this.health = new ClusterHealth(life.clock)
    this.memory = memory
    this.options = options
  }

  get alias(): string {
    return this.options.alias
  }

  get clusterId(): string {
    if (this.id === undefined) throw new Error('the cluster is not connected yet')
    return this.id
  }

  get brokerCount(): number {
    return this.known.length
  }

  async connect(): Promise<void> {
    this.id = (await this.metadata([])).clusterId ?? ''
  }

  async metadata(topics: string[] | null): ReturnType<Cluster['metadata']> {
    const answer = await this.callAny(metadata, { topics })
    if (answer.brokers.length > 0) this.known = answer.brokers.map(({ nodeId }) => nodeId)
    return answer
  }

  async call<Request, Response>(nodeId: number, api: Api<Request, Response>, request: Request): Promise<Response> {
    if (!this.known.includes(nodeId)) throw new ConnectionError(`broker ${nodeId} of ${this.alias} is not known`)
    return (await this.controlConnection(nodeId)).call(api, request)
  }

  async callAny<Request, Response>(api: Api<Request, Response>, request: Request): Promise<Response> {
    let failure: unknown
    const { brokers } = this.memory
    this.turn++
    for (let i = 0; i < brokers.length; i++) {
      try {
        const connection = await this.controlConnection((this.turn + i) % brokers.length)
        return await connection.call<Request, Response>(api, request)
      } catch (error) {
        failure = error
        if (!(error instanceof ConnectionError)) throw error
      }
    }
    throw failure
  }

  async supports(nodeId: number, api: Pick<Api<never, never>, 'key' | 'version'>): Promise<boolean> {
    await this.controlConnection(nodeId)
    const range = this.memory.offered.get(api.key)
    return range !== undefined && range.min <= api.version && api.version <= range.max
  }

  async openDataConnection(nodeId: number): Promise<BrokerConnection> {
    const connection = await this.open(nodeId, true)
    // Only what the engine uses of a connection; the rest of the real one is its socket.
    return { connection: connection as unknown as Connection, versions: this.memory.offered }
  }

  nodeIds(): number[] {
    return [...this.known]
  }

  async close(): Promise<void> {
    const open = [...this.control.values()]
    this.control.clear()
    for (const attempt of await Promise.allSettled(open)) if (attempt.status === 'fulfilled') attempt.value.close()
  }

  private controlConnection(nodeId: number): Promise<SimConnection> {
    const existing = this.control.get(nodeId)
    if (existing) return existing
    const opening = this.open(nodeId, false)
    this.control.set(nodeId, opening)
    const forget = () => {
      if (this.control.get(nodeId) === opening) this.control.delete(nodeId)
    }
    opening.then(connection => connection.onClose(forget), forget)
    return opening
  }

  private open(nodeId: number, isData: boolean): Promise<SimConnection> {
    const { world } = this.life
    const broker = this.memory.broker(nodeId)
    return new Promise((resolve, reject) => {
      const pauseMs = broker ? Math.max(0, broker.pausedUntil - world.time.elapsed) : 0
      const waitMs = Math.min(pauseMs, CONNECT_TIMEOUT_MS) + world.delay() + world.delay()
      world.time.after(waitMs, () =>
        this.life.run(() => {
          if (broker?.isUp && pauseMs < CONNECT_TIMEOUT_MS)
            resolve(new SimConnection(this.life, this.memory, broker, isData))
          else reject(new ConnectionError(`cannot connect to broker ${nodeId} of ${this.alias}`))
        }),
      )
    })
  }
}

/** Both clusters for one life of the engine: the seam of `Replicator`. */
export async function openSimClusters(
  life: Life,
  memory: { source: MemoryCluster; target: MemoryCluster },
  options: { source: Cluster['options']; target: Cluster['options'] },
): Promise<OpenClusters> {
  const sides = (['source', 'target'] as const).map(side => {
    // `Cluster` has private members, so that nothing but itself is one; this has all of its public ones.
    const cluster = new SimCluster(life, memory[side], options[side]) as unknown as Cluster
    return { cluster, leaders: new Leaders(cluster, life.clock), admin: new TopicAdmin(cluster) }
  })
  const [source, target] = sides as [OpenClusters['source'], OpenClusters['target']]
  const close = async () => {
    await Promise.all([source.cluster.close(), target.cluster.close()])
  }
  try {
    await Promise.all([source.cluster.connect(), target.cluster.connect()])
  } catch (error) {
    await close()
    throw error
  }
  return { source, target, close }
}
