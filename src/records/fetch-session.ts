import { groupBy } from '../group-by.js'
import { Code } from '../wire/kafka-errors.js'
import type { FetchByIdRequest, ValidatedPartition } from '../wire/messages/fetch-by-id.js'

/** What a fetch session follows: a partition, where it is to be read from next, and the epoch of what lies before. */
export interface Followed {
  sourceTopic: string
  sourceTopicId: string
  partition: number
  fetchOffset: number
  fetchEpoch: number
}

/** What the broker was last told of one partition. */
interface Told {
  fetchOffset: number
  fetchEpoch: number
  leaderEpoch: number
}

/** The broker no longer knows the session, or not as we do: a full request begins another one. */
const SESSION_ERRORS: readonly number[] = [
  Code.FetchSessionIdNotFound,
  Code.InvalidFetchSessionEpoch,
  Code.FetchSessionTopicIdError,
]

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
  private mustBeginAnew = false

  constructor(partitionMaxBytes: number) {
    this.partitionMaxBytes = partitionMaxBytes
  }

  /** The partition is to be asked for, from its present `fetchOffset`, in the next request. */
  update(followed: T, leaderEpoch: number): void {
    this.leaving.delete(followed)
    if (!this.told.has(followed) && this.replacesOneThatLeaves(followed)) this.mustBeginAnew = true
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
  next(): Pick<FetchByIdRequest, 'sessionId' | 'sessionEpoch' | 'topics' | 'forgotten'> {
    if (this.mustBeginAnew) this.reset()
    for (const followed of this.leaving) this.told.delete(followed)
    for (const [followed, leaderEpoch] of this.changed) {
      this.told.delete(followed) // to the end: the next full request then begins with those served longest ago
      const { fetchOffset, fetchEpoch } = followed
      this.told.set(followed, { fetchOffset, fetchEpoch, leaderEpoch })
    }
    const asked = this.epoch === 0 ? [...this.told.keys()] : [...this.changed.keys()]
    const forgotten = this.epoch === 0 ? [] : [...this.leaving]
    this.changed.clear()
    this.leaving.clear()
    return {
      sessionId: this.id,
      sessionEpoch: this.epoch,
      topics: byTopic(asked, followed => this.row(followed)),
      forgotten: byTopic(forgotten, followed => followed.partition),
    }
  }

  /** Takes what the answer says of the session; answers whether the error in it, if any, concerns the session alone. */
  answered({ errorCode, sessionId }: { errorCode: number; sessionId: number }): boolean {
    const isLost = SESSION_ERRORS.includes(errorCode)
    // A broker short of memory grants none (id 0): every request is then a full one.
    if (isLost || sessionId === 0) this.reset()
    else {
      this.id = sessionId
      this.epoch = this.epoch === 0x7fffffff ? 1 : this.epoch + 1
    }
    return isLost || errorCode === Code.None
  }

  /** Begins a new session with the next request, for example over a new connection. */
  reset(): void {
    this.id = 0
    this.epoch = 0
    this.mustBeginAnew = false
  }

  /** A broker that is told to add a partition and to forget it in one request forgets it. */
  private replacesOneThatLeaves({ sourceTopic, partition }: T): boolean {
    for (const other of this.leaving)
      if (other.sourceTopic === sourceTopic && other.partition === partition) return true
    return false
  }

  private row(followed: T): ValidatedPartition {
    const { fetchOffset, fetchEpoch, leaderEpoch } = this.told.get(followed) as Told
    return {
      partition: followed.partition,
      currentLeaderEpoch: leaderEpoch,
      fetchOffset,
      lastFetchedEpoch: fetchEpoch,
      maxBytes: this.partitionMaxBytes,
    }
  }
}

/** A topic and the one created anew under its name are two. */
function byTopic<T extends Followed, Row>(all: readonly T[], rowOf: (followed: T) => Row) {
  const groups = groupBy(all, ({ sourceTopic, sourceTopicId }) => `${sourceTopicId} ${sourceTopic}`)
  return [...groups.values()].map(group => {
    const { sourceTopic: topic, sourceTopicId: topicId } = group[0] as T
    return { topic, topicId, partitions: group.map(rowOf) }
  })
}
