import type { PathProducers, ProducerSession } from './path-producers.js'
import type { ProvenanceRegistry } from './provenance-registry.js'

/**
 * What becomes of a source batch, by who wrote it: it is written on the target under this producer, or it has been on
 * the target before and is not copied.
 */
export type Origin = ProducerSession | 'loop'

/** Producers come and go; beyond so many, those that were found native are looked up again. */
const REMEMBERED_MAX = 100_000
/** What batches of producers without an id carry. */
const NO_PRODUCER_ID = -1

/** Tells for each batch of the source where it came from (invariant: **never a loop**). */
export class Origins {
  private readonly registry: ProvenanceRegistry
  private readonly producers: PathProducers
  private readonly sourceId: string
  private readonly targetId: string
  private readonly remembered = new Map<number, Origin>()
  private native: ProducerSession | undefined

  /** `registry` is the source's. */
  constructor(registry: ProvenanceRegistry, producers: PathProducers, clusterIds: { source: string; target: string }) {
    this.registry = registry
    this.producers = producers
    this.sourceId = clusterIds.source
    this.targetId = clusterIds.target
  }

  /** Needed before anything can be copied. Throws what the target refuses. */
  async begin(): Promise<void> {
    this.native = await this.producers.forPath([this.sourceId])
    this.remembered.set(NO_PRODUCER_ID, this.native)
  }

  /** Undefined where it is not known yet: then `learn`, and ask again. */
  of(producerId: number): Origin | undefined {
    return this.remembered.get(producerId)
  }

  /** Finds out about a producer id that was seen in the source's log. Throws what a cluster refuses. */
  async learn(producerId: number): Promise<void> {
    await this.registry.refresh()
    const path = this.registry.producer(producerId)?.path
    const origin = path === undefined ? this.native : await this.originFor(path)
    if (origin === undefined) throw new Error('a batch was judged before the producers were known')
    if (this.remembered.size >= REMEMBERED_MAX) this.forgetNative()
    this.remembered.set(producerId, origin)
  }

  private async originFor(path: readonly string[]): Promise<Origin> {
    return path.includes(this.targetId) ? 'loop' : await this.producers.forPath([...path, this.sourceId])
  }

  private forgetNative(): void {
    for (const [producerId, origin] of this.remembered) {
      if (origin === this.native && producerId !== NO_PRODUCER_ID) this.remembered.delete(producerId)
    }
  }
}
