import { byTopic } from '../wire/by-topic.js'
import { Code } from '../wire/kafka-errors.js'
import type { FetchPartition, FetchRequest } from '../wire/messages/fetch.js'

/** What a fetch session follows: a partition and where it is to be read from next. */
export interface Followed {
  sourceTopic: string
  partition: number
  fetchOffset: number
}

/** What the broker was last told of one partition. */
interface Told {
  fetchOffset: number
  leaderEpoch: number
}

/**
 * An incremental fetch session (KIP-227): the broker remembers the partitions, each request names only what has
 * changed, each answer only what has news. So thousands of quiet partitions cost nothing.
 */
export class FetchSession<T extends Followed> {
  private readonly partitionMaxBytes: number
  private id = 0
  private epoch = 0
  private readonly told = new Map<T, Told>()
  private readonly changed = new Map<T, number>()
  private readonly leaving = new Set<T>()

  constructor(partitionMaxBytes: number) {
    this.partitionMaxBytes = partitionMaxBytes
  }

  /** The partition is to be asked for, from its present `fetchOffset`, in the next request. */
  update(followed: T, leaderEpoch: number): void {
    this.leaving.delete(followed)
    this.changed.set(followed, leaderEpoch)
  }

  /** The partition is not to be asked for any more. */
  remove(followed: T): void {
    this.changed.delete(followed)
    if (this.told.has(followed)) this.leaving.add(followed)
  }

  /** Whether any partition would be asked for. */
  get isEmpty(): boolean {
    return this.changed.size === 0 && this.told.size === this.leaving.size
  }

  /** The offset that the outstanding request asked for; undefined where it is not in the session. */
  askedOffset(followed: T): number | undefined {
    return this.told.get(followed)?.fetchOffset
  }

  /** The next request's part that belongs to the session. */
  next(): Pick<FetchRequest, 'sessionId' | 'sessionEpoch' | 'topics' | 'forgotten'> {
    for (const followed of this.leaving) this.told.delete(followed)
    for (const [followed, leaderEpoch] of this.changed) {
      this.told.delete(followed) // to the end: the next full request then begins with those served longest ago
      this.told.set(followed, { fetchOffset: followed.fetchOffset, leaderEpoch })
    }
    const asked = this.epoch === 0 ? [...this.told.keys()] : [...this.changed.keys()]
    const forgotten = this.epoch === 0 ? [] : [...this.leaving]
    this.changed.clear()
    this.leaving.clear()
    return {
      sessionId: this.id,
      sessionEpoch: this.epoch,
      topics: byTopic(asked, topicOf, followed => this.row(followed)),
      forgotten: byTopic(forgotten, topicOf, followed => followed.partition),
    }
  }

  /** Takes what the answer says of the session. */
  answered({ errorCode, sessionId }: { errorCode: number; sessionId: number }): void {
    const lost = errorCode === Code.FetchSessionIdNotFound || errorCode === Code.InvalidFetchSessionEpoch
    // A broker short of memory grants none (id 0): every request is then a full one.
    if (lost || sessionId === 0) return this.reset()
    this.id = sessionId
    this.epoch = this.epoch === 0x7fffffff ? 1 : this.epoch + 1
  }

  /** Begins a new session with the next request, for example over a new connection. */
  reset(): void {
    this.id = 0
    this.epoch = 0
  }

  private row(followed: T): FetchPartition {
    const { fetchOffset, leaderEpoch } = this.told.get(followed) as Told
    return {
      partition: followed.partition,
      currentLeaderEpoch: leaderEpoch,
      fetchOffset,
      maxBytes: this.partitionMaxBytes,
    }
  }
}

function topicOf(followed: Followed): string {
  return followed.sourceTopic
}
