import type { Clock } from '../clock.js'
import type { ClusterSide } from '../clusters/cluster-side.js'
import { ExitCode, UserError } from '../errors.js'
import { StateTopic } from '../progress/state-topic.js'

/** The registry of one cluster: who writes here what came from elsewhere. Shared by all replicators, never deleted. */
export const PROVENANCE_TOPIC = '__kafka_replicator_provenance'

/** The clusters that data has been through, in order, by their ids. */
export type Path = readonly string[]

/** One replicator's claim: what is written under this producer id, or into this topic, came this way. */
export interface ProvenanceEntry {
  path: Path
  replicatorId: string
}

const BELIEVE_GONE_AFTER_MS = 3_000
const ASK_AGAIN_MS = 500

const FORMAT = 1
const KEY = {
  producer: (producerId: number) => `producer/${producerId}`,
  topic: (name: string) => `topic/${name}`,
}

/**
 * Provenance by producer id (design, section 4). Every batch bears the id of the producer that wrote it, through
 * compaction and recompression. A replicator claims its ids here *before* it first writes under them; so whoever reads
 * a batch with an id that is not here once the registry has been read up to its end as of now, reads a native record.
 */
export class ProvenanceRegistry {
  private readonly side: ClusterSide
  private readonly clock: Clock
  private readonly topic: StateTopic
  private readonly entries = new Map<string, ProvenanceEntry>()
  /** The id of the topic as it was first seen; null while it is not there. */
  private trustedId: string | null = null
  private refreshing: Promise<void> | undefined
  private queued: Promise<void> | undefined

  constructor(side: ClusterSide, clock: Clock) {
    this.side = side
    this.clock = clock
    this.topic = new StateTopic(PROVENANCE_TOPIC, side, clock)
  }

  /** The topic's id, hex; null where the cluster has no registry. */
  get topicId(): string | null {
    return this.trustedId
  }

  /**
   * Reads it for the first time. `notedId` is the id that earlier lives relied on, undefined for a first life.
   * Throws UserError (5) when it is gone or another one now: what came from elsewhere could not be told any more.
   */
  async open(notedId: string | null | undefined): Promise<void> {
    this.trustedId = notedId ?? null
    await this.readNow()
  }

  /** Takes it as it is now, whatever earlier lives have relied on (`--repair-provenance`). */
  async trustAnew(): Promise<void> {
    this.trustedId = (await this.topic.exists()) ? (this.currentId() as string) : null
    await this.readNow()
  }

  /** Creates it where it is missing. */
  async ensure(): Promise<void> {
    if (this.trustedId !== null) return
    await this.topic.ensure(this.side.admin)
    this.trustedId = this.currentId()
  }

  /** Reads what was added, up to the end as it is at the moment of the call. Throws as `open` does. */
  refresh(): Promise<void> {
    if (this.refreshing === undefined) return this.begin()
    // The one under way may have asked for the end before: one more, shared by all who call meanwhile.
    this.queued ??= this.refreshing.then(
      () => this.begin(),
      () => this.begin(),
    )
    return this.queued
  }

  /** The way of what was written under a producer id; undefined for native records. */
  producer(producerId: number): ProvenanceEntry | undefined {
    return this.entries.get(KEY.producer(producerId))
  }

  /** The way of a topic that a replicator has made under a prefixed name; undefined for the others. */
  topicNamed(name: string): ProvenanceEntry | undefined {
    return this.entries.get(KEY.topic(name))
  }

  /** Whether this replicator has ever claimed anything here. */
  knowsReplicator(replicatorId: string): boolean {
    return [...this.entries.values()].some(entry => entry.replicatorId === replicatorId)
  }

  /** The replicators that write here what they read from a cluster. */
  replicatorsFrom(clusterId: string): string[] {
    const direct = [...this.entries.values()].filter(({ path }) => path.at(-1) === clusterId)
    return [...new Set(direct.map(({ replicatorId }) => replicatorId))]
  }

  claimProducers(claims: readonly { producerId: number; entry: ProvenanceEntry }[]): Promise<void> {
    return this.claim(claims.map(({ producerId, entry }) => [KEY.producer(producerId), entry]))
  }

  claimTopics(claims: readonly { name: string; entry: ProvenanceEntry }[]): Promise<void> {
    return this.claim(claims.map(({ name, entry }) => [KEY.topic(name), entry]))
  }

  close(): void {
    this.topic.close()
  }

  private async claim(claims: [key: string, entry: ProvenanceEntry][]): Promise<void> {
    const missing = claims.filter(([key, { path }]) => this.entries.get(key)?.path.join(' ') !== path.join(' '))
    if (missing.length === 0) return
    await this.topic.append(missing.map(([key, entry]) => ({ key, value: JSON.stringify({ v: FORMAT, ...entry }) })))
    for (const [key, entry] of missing) this.entries.set(key, entry)
  }

  private begin(): Promise<void> {
    this.queued = undefined
    this.refreshing = this.readNow().finally(() => {
      this.refreshing = undefined
    })
    return this.refreshing
  }

  private async readNow(): Promise<void> {
    const id = await this.idNow()
    if (this.trustedId !== null && id !== this.trustedId) throw this.notTrusted(id)
    this.trustedId = id
    if (id === null) return
    for (const { key, value } of await this.topic.readNew()) {
      if (value !== null) this.entries.set(key, parse(key, value))
    }
  }

  /** A broker that has just started may not know of a topic that is there: "gone" is believed only when it lasts. */
  private async idNow(): Promise<string | null> {
    const deadline = this.clock.monotonic() + BELIEVE_GONE_AFTER_MS
    for (;;) {
      const id = (await this.topic.exists()) ? this.currentId() : null
      if (id === this.trustedId || this.trustedId === null || this.clock.monotonic() > deadline) return id
      await this.clock.sleep(ASK_AGAIN_MS)
    }
  }

  private currentId(): string | null {
    return this.side.leaders.topic(PROVENANCE_TOPIC)?.topicId ?? null
  }

  private notTrusted(id: string | null): UserError {
    const { alias } = this.side.cluster
    return new UserError(
      `Topic ${PROVENANCE_TOPIC} on ${alias} was deleted${id === null ? '' : ' and created again'}: it says which records on ${alias} came from other clusters, and without it they could be copied in a circle.`,
      {
        exitCode: ExitCode.Protected,
        fix: `Start each replicator that writes to or reads from ${alias} once with --repair-provenance: it writes down again what the notes of all replicators on ${alias} still say.`,
      },
    )
  }
}

function parse(key: string, text: string): ProvenanceEntry {
  const { v, ...entry } = JSON.parse(text) as ProvenanceEntry & { v: number }
  if (v !== FORMAT) {
    throw new Error(`${PROVENANCE_TOPIC} holds "${key}" in format ${v}, this version knows ${FORMAT}: update the tool`)
  }
  return entry
}
