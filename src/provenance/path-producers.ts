import type { Clock } from '../clock.js'
import type { ClusterSide } from '../clusters/cluster-side.js'
import { refusal } from '../clusters/refusal.js'
import type { ProgressStore } from '../progress/progress-store.js'
import { isRetriable } from '../wire/kafka-errors.js'
import { initProducerId } from '../wire/messages/init-producer-id.js'
import type { Path, ProvenanceRegistry } from './provenance-registry.js'

/** One of our producers on the target: the same in every life of this replicator. */
export interface ProducerSession {
  readonly producerId: number
  readonly producerEpoch: number
}

/** A broker that has just started answers "coordinator loading" for a few seconds. */
const PRODUCER_ID_DEADLINE_MS = 30_000
const PRODUCER_ID_POLL_MS = 200

/**
 * One producer id for each distinct way that records have come (design, section 4): one for what is native to the
 * source, as a rule the only one. Allocated once, claimed in the target's registry, noted, and then the same for all
 * lives (design, section 3).
 */
export class PathProducers {
  private readonly store: ProgressStore
  private readonly registry: ProvenanceRegistry
  private readonly target: ClusterSide
  private readonly replicatorId: string
  private readonly clock: Clock
  private readonly sessions = new Map<string, Promise<ProducerSession>>()
  private readonly known = new Set<number>()

  constructor(
    store: ProgressStore,
    registry: ProvenanceRegistry,
    target: ClusterSide,
    replicatorId: string,
    clock: Clock,
  ) {
    this.store = store
    this.registry = registry
    this.target = target
    this.replicatorId = replicatorId
    this.clock = clock
    for (const { path, producerId, producerEpoch } of store.producers) {
      const session = { producerId, producerEpoch }
      this.known.add(producerId)
      this.sessions.set(path.join(' '), Promise.resolve(session))
    }
  }

  /** The ids of all that this replicator has ever written under. */
  get ids(): ReadonlySet<number> {
    return this.known
  }

  /** The producer for records that came this way; allocates it the first time. Throws what the target refuses. */
  forPath(path: Path): Promise<ProducerSession> {
    const key = path.join(' ')
    const existing = this.sessions.get(key)
    if (existing) return existing
    const allocated = this.allocate(path)
    this.sessions.set(key, allocated)
    allocated.catch(() => this.sessions.delete(key))
    return allocated
  }

  /** Claims in the registry whatever an earlier life has noted and the registry does not hold (any more). */
  async claimAll(): Promise<void> {
    await this.registry.claimProducers(
      this.store.producers.map(({ producerId, path }) => ({ producerId, entry: this.entryFor(path) })),
    )
  }

  private entryFor(path: Path): { path: Path; replicatorId: string } {
    return { path, replicatorId: this.replicatorId }
  }

  /**
   * Claimed before it is noted, noted before it is used. Two instances may do this at once; both then read the notes
   * again and use the one that stands first.
   */
  private async allocate(path: Path): Promise<ProducerSession> {
    const { producerId, producerEpoch } = await this.newProducerId()
    await this.registry.claimProducers([{ producerId, entry: this.entryFor(path) }])
    await this.store.saveProducer({ producerId, producerEpoch, path })
    const noted = await this.store.readProducers()
    const chosen = noted.find(other => other.path.join(' ') === path.join(' '))
    if (chosen === undefined) throw new Error('a producer id that was noted is not among the notes')
    const session = { producerId: chosen.producerId, producerEpoch: chosen.producerEpoch }
    this.known.add(session.producerId)
    return session
  }

  private async newProducerId(): Promise<ProducerSession> {
    const { cluster } = this.target
    const deadline = this.clock.monotonic() + PRODUCER_ID_DEADLINE_MS
    for (;;) {
      const { errorCode, producerId, producerEpoch } = await cluster.callAny(initProducerId, undefined)
      if (errorCode === 0) return { producerId, producerEpoch }
      if (!isRetriable(errorCode) || this.clock.monotonic() > deadline) {
        // Since Kafka 2.8 the right to write to any topic does as well.
        const needed = { operation: 'IdempotentWrite', resource: 'the cluster' } as const
        throw refusal(cluster, errorCode, `allocating a producer id on ${cluster.alias}`, needed)
      }
      await this.clock.sleep(PRODUCER_ID_POLL_MS)
    }
  }
}
