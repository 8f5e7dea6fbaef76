import type { Clock } from '../clock.js'
import { chunksOf } from '../clusters/chunks.js'
import type { Cluster } from '../clusters/cluster.js'
import { type Retention, retentionHeadroom, retentionOf } from '../policy/retention-headroom.js'
import { describeSettings } from '../wire/messages/describe-configs.js'
import { placeKey } from '../wire/place.js'
import type { PartitionSnapshot, TopicSnapshot } from './snapshot.js'

const KEYS = ['cleanup.policy', 'retention.ms', 'retention.bytes']
/** Three settings of a topic are some 100 bytes. */
const TOPICS_PER_REQUEST = 1_000

interface Seen {
  at: number
  sourceEnd: number
  recordsPerSecond: number | undefined
  /** When nothing was left to copy: whatever is now came later. */
  caughtUpAt: number | undefined
}

/**
 * How long the source still keeps what is not copied yet, topic by topic. It costs one request a round and nothing on the
 * way of a record; what it does not know it does not say.
 */
export class RetentionWatch {
  private readonly clock: Clock
  private retentions = new Map<string, Retention | undefined>()
  private seen = new Map<string, Seen>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** Asks the source for the settings of these topics, and looks how far each partition is. Throws when none answers. */
  async look(source: Cluster, topics: readonly TopicSnapshot[]): Promise<void> {
    this.seen = new Map(topics.flatMap(topic => this.lookAt(topic)))
    const retentions = new Map<string, Retention | undefined>()
    for (const chunk of chunksOf(
      topics.map(({ sourceTopic }) => sourceTopic),
      TOPICS_PER_REQUEST,
    )) {
      // A topic that is refused has no values, and so no headroom.
      for (const { topic, values } of await source.callAny(describeSettings, { topics: chunk, keys: KEYS })) {
        retentions.set(topic, retentionOf(values))
      }
    }
    this.retentions = retentions
  }

  /** The topics with their headroom: the least of their partitions, null as soon as one is not known. */
  with(topics: readonly TopicSnapshot[]): TopicSnapshot[] {
    return topics.map(topic => ({ ...topic, retentionHeadroomSeconds: this.headroomOf(topic) }))
  }

  private headroomOf({ sourceTopic, partitions }: TopicSnapshot): number | null {
    const retention = this.retentions.get(sourceTopic)
    if (retention === undefined || partitions.length === 0) return null
    let least = Number.POSITIVE_INFINITY
    for (const partition of partitions) {
      const seen = this.seen.get(placeKey({ topic: sourceTopic, partition: partition.partition }))
      const seconds = retentionHeadroom(retention, { now: this.clock.now(), ...backlogOf(partition, seen) })
      if (seconds === undefined) return null
      least = Math.min(least, seconds)
    }
    return least
  }

  private lookAt({ sourceTopic, partitions }: TopicSnapshot): [string, Seen][] {
    const at = this.clock.now()
    return partitions.flatMap(({ lag, partition, sourceEnd }) => {
      if (sourceEnd === null) return []
      const key = placeKey({ topic: sourceTopic, partition })
      const before = this.seen.get(key)
      const seconds = before === undefined ? 0 : (at - before.at) / 1000
      const recordsPerSecond = seconds > 0 ? Math.max(0, sourceEnd - before!.sourceEnd) / seconds : undefined
      const caughtUpAt = lag === 0 ? at : before?.caughtUpAt
      return [[key, { at, sourceEnd, recordsPerSecond, caughtUpAt }]]
    })
  }
}

function backlogOf({ bytesCopied, lag, lastCopied, recordsCopied }: PartitionSnapshot, seen: Seen | undefined) {
  const times = [lastCopied?.newest, seen?.caughtUpAt].filter(time => time !== undefined && time >= 0) as number[]
  return {
    lag,
    // Later records are hardly older than the one before them, nor than the moment when there was none.
    oldestAtLeast: times.length === 0 ? undefined : Math.max(...times),
    bytesPerRecord: recordsCopied === 0 ? undefined : bytesCopied / recordsCopied,
    recordsPerSecond: seen?.recordsPerSecond,
  }
}
