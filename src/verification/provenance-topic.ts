import type { Clock } from '../clock.js'
import { StateTopic } from '../progress/state-topic.js'
import type { LogSide } from './connection-pool.js'
import { stableEnd } from './log-offsets.js'

/** Where replicators write down what they bring from elsewhere (design, section 4). */
const PROVENANCE_TOPIC = '__kafka_replicator_provenance'
const FORMAT = 1

/** What is written under a producer id, or into a topic, has been through the clusters of `path`. */
interface Entry {
  v: number
  path: readonly string[]
  replicatorId: string
}

/**
 * A cluster's registry of provenance, with verify's own understanding of it: the engine's filter is what is to be
 * proven, so none of its code is used here.
 */
export class ProvenanceTopic {
  private readonly side: LogSide
  private readonly topic: StateTopic
  private readonly clock: Clock
  private readonly entries = new Map<string, Entry>()
  private readTo = 0

  constructor(side: LogSide, clock: Clock) {
    this.side = side
    this.topic = new StateTopic(PROVENANCE_TOPIC, side, clock)
    this.clock = clock
  }

  /**
   * Reads it up to its end as it is now. A producer is registered before it first writes; so after this call it is
   * known of every batch that was in any log of the cluster at the moment of the call. Throws when the cluster does
   * not answer, or where an entry was written by a newer version of this tool.
   */
  async refresh(): Promise<void> {
    if (!(await this.topic.exists())) return
    const end = await stableEnd(this.side, PROVENANCE_TOPIC, 0, this.clock)
    if (end <= this.readTo) return
    for (const [key, text] of await this.topic.readAll()) this.entries.set(key, parse(key, text))
    // Several partitions may be read at once: never back.
    this.readTo = Math.max(this.readTo, end)
  }

  /** The id of the topic, hex; null where the cluster has none. */
  get topicId(): string | null {
    return this.side.leaders.topic(PROVENANCE_TOPIC)?.topicId ?? null
  }

  /** The clusters that data was on which is written here under a producer id; undefined for native data. */
  producerPath(producerId: number): readonly string[] | undefined {
    return this.entries.get(`producer/${producerId}`)?.path
  }

  /** Whether a topic was made by a replicator, for records that have been on a cluster before. */
  topicCameThrough(name: string, clusterId: string): boolean {
    return this.entries.get(`topic/${name}`)?.path.includes(clusterId) ?? false
  }

  /** Under which producer ids a replicator writes here, whatever became of its notes. */
  producersOf(replicatorId: string): number[] {
    const own = [...this.entries].filter(([key, entry]) => isProducer(key) && entry.replicatorId === replicatorId)
    return own.map(([key]) => Number(key.slice(key.indexOf('/') + 1)))
  }
}

function isProducer(key: string): boolean {
  return key.startsWith('producer/')
}

function parse(key: string, text: string): Entry {
  const entry = JSON.parse(text) as Entry
  if (entry.v === FORMAT) return entry
  throw new Error(
    `${PROVENANCE_TOPIC} holds "${key}" in format ${entry.v}, this version knows ${FORMAT}: update the tool`,
  )
}
