import type { Clock } from '../clock.js'
import { ExitCode, UserError } from '../errors.js'
import type { ProducerNote } from '../progress/notes.js'
import type { ProgressStore } from '../progress/progress-store.js'
import { ProvenanceTopic } from './provenance-topic.js'
import type { BothSides } from './verify-partition.js'

/** Who wrote what on both clusters, by their registries. */
export class Provenance {
  private readonly sides: BothSides
  private readonly source: ProvenanceTopic
  private readonly target: ProvenanceTopic
  private readonly replicatorId: string
  private readonly store: ProgressStore | undefined

  constructor(sides: BothSides, replicatorId: string, store: ProgressStore | undefined, clock: Clock) {
    this.sides = sides
    this.source = new ProvenanceTopic(sides.source, clock)
    this.target = new ProvenanceTopic(sides.target, clock)
    this.replicatorId = replicatorId
    this.store = store
  }

  /**
   * Makes it known for every batch that is in a log by now. Throws UserError (5) where the source's registry is not the
   * one any more that the replicator has relied on: what came from the target could not be told.
   */
  async refresh(): Promise<void> {
    await Promise.all([this.source.refresh(), this.target.refresh()])
    const noted = this.store?.replicator?.sourceRegistry ?? null
    if (noted === null || noted === this.source.topicId) return
    const { alias } = this.sides.source.cluster
    throw new UserError(
      `The registry of provenance on ${alias} is not the one that the replicator has relied on: which of the records on ${alias} came from the target cannot be told.`,
      { exitCode: ExitCode.Protected, fix: 'Start the replicator once with --repair-provenance, then verify again.' },
    )
  }

  /** Whether what is written on the source under a producer id has been on the target before. */
  cameFromTarget(producerId: number): boolean {
    return this.source.producerPath(producerId)?.includes(this.sides.target.cluster.clusterId) ?? false
  }

  /** Whether a source topic was made for copies of what has been on the target before. */
  topicCameFromTarget(name: string): boolean {
    return this.source.topicCameThrough(name, this.sides.target.cluster.clusterId)
  }

  /** Noted producers that the target's registry does not hold as they are noted: what they wrote looks native there. */
  unregisteredProducers(): number[] {
    const noted = this.store?.producers ?? []
    const isRegistered = ({ producerId, path }: ProducerNote) =>
      this.target.producerPath(producerId)?.join(' ') === path.join(' ')
    return noted.filter(note => !isRegistered(note)).map(({ producerId }) => producerId)
  }

  /**
   * The producers that the replicator writes with on the target: by its notes, and by the registry, which remembers
   * also those that two of its instances have allocated at once. Undefined where it never ran.
   */
  ownProducers(): ReadonlySet<number> | undefined {
    if (this.store === undefined) return undefined
    const noted = this.store.producers.map(({ producerId }) => producerId)
    return new Set([...noted, ...this.target.producersOf(this.replicatorId)])
  }
}
