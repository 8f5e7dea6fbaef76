import type { Clock } from '../clock.js'
import { messageOf } from '../errors.js'
import { Code, ConnectionError, KafkaError } from '../wire/kafka-errors.js'
import { type ListedGroup, type ListGroupsResponse, listGroups, listTypedGroups } from '../wire/messages/list-groups.js'
import { type CommitResult, type OffsetToCommit, offsetCommit } from '../wire/messages/offset-commit.js'
import {
  type CommittedOffset,
  type GroupOffsets,
  OFFSET_FETCH_OF_MANY,
  offsetFetchOfMany,
  offsetFetchOfOne,
} from '../wire/messages/offset-fetch.js'
import { chunksOf } from './chunks.js'
import type { Cluster } from './cluster.js'
import { GroupCoordinators } from './group-coordinators.js'
import { refusal } from './refusal.js'
import { RequestSlots } from './request-slots.js'

export type { CommitResult, CommittedOffset, ListedGroup, OffsetToCommit }

/**
 * A coordinator that moves or loads is ready within a second or two. Longer ones are the next round's: one that asks
 * about many groups must not wait long for the answers of all because of one. No try begins after these milliseconds.
 */
const PATIENCE_MS = 10_000
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 1_000
/**
 * With an answer to a request in 100 ms, 160 groups a second where a request takes one group only; and what somebody
 * else asks on the same connection stands behind no more than this.
 */
const REQUESTS_PER_BROKER = 16
/** 100 groups with 1,000 partitions each are about 4 MB; 100 usual ones some 100 KB. */
const GROUPS_PER_REQUEST = 100
/**
 * A coordinator writes one commit as one batch of its own topic, which takes 1 MiB (`message.max.bytes`) unless set
 * otherwise; half of it leaves room for what is not counted.
 */
const BYTES_PER_COMMIT = 512 * 1024
/** Of an entry in that batch, besides its names and metadata: lengths, offset, epoch, times. */
const BYTES_PER_OFFSET = 64

/** What a coordinator answers that is not ready, or that is none: to be looked for and asked again. */
const COORDINATOR_TROUBLE: readonly number[] = [
  Code.CoordinatorLoadInProgress,
  Code.CoordinatorNotAvailable,
  Code.NotCoordinator,
]

const NO_OFFSETS: readonly CommittedOffset[] = []

/** Asks one coordinator about groups of its own; an Error stands for one group's refusal. */
type Question<Answer> = (nodeId: number, groups: readonly string[]) => Promise<Map<string, Answer | Error>>

/**
 * The consumer groups of one cluster: which there are, where they stand, and putting them somewhere else while they have
 * no members. Uses the cluster's control connections.
 */
export class ConsumerGroups {
  private readonly cluster: Cluster
  private readonly clock: Clock
  private readonly slots = new RequestSlots(REQUESTS_PER_BROKER)
  private readonly coordinators: GroupCoordinators
  private readonly known = new Map<string, GroupOffsets>()
  private readonly patienceMs: number
  private closed = false

  /** @param patienceMs how long a question goes on about groups whose coordinator moves, loads or does not answer */
  constructor(cluster: Cluster, clock: Clock, patienceMs = PATIENCE_MS) {
    this.cluster = cluster
    this.clock = clock
    this.patienceMs = patienceMs
    this.coordinators = new GroupCoordinators(cluster, this.slots)
  }

  /**
   * Asks every broker, since each lists the groups that it coordinates. `problems` says, in words, which brokers did not
   * answer or refused, so that their groups are missing. Waits up to 10 s while a coordinator loads its groups; never
   * rejects.
   *
   * That a group is not there does not mean that it is gone: a broker says nothing of groups that we may not describe,
   * and for a second or two, while it starts or stops, it lists some or none of its groups without an error.
   */
  async list(): Promise<{ groups: ListedGroup[]; problems: string[] }> {
    const problems: string[] = []
    // A broker that is new has groups, too.
    await this.cluster.metadata([]).catch((error: unknown) => problems.push(messageOf(error)))
    const groups = new Map<string, ListedGroup>()
    const asking = this.cluster.nodeIds().map(async nodeId => {
      const listed = await this.listPatiently(nodeId)
      if (listed instanceof Error) {
        problems.push(`broker ${nodeId} of ${this.cluster.alias} does not list its groups: ${listed.message}`)
        return
      }
      for (const row of listed) groups.set(row.group, row)
      this.coordinators.learn(
        nodeId,
        listed.map(({ group }) => group),
      )
    })
    await Promise.all(asking)
    if (problems.length === 0) this.forgetAllBut(new Set(groups.keys()))
    return { groups: [...groups.values()], problems }
  }

  /**
   * The committed offsets of groups, of all their topics that we may describe; [] for a group that has none or does not
   * exist. What stands in the place of a group: KafkaError when it was refused, ConnectionError when its coordinator did
   * not answer for as long as our patience lasts. An answer that is byte for byte the one before gives the very same array. Never rejects.
   */
  async committed(groups: readonly string[]): Promise<Map<string, readonly CommittedOffset[] | Error>> {
    return this.askCoordinators([...new Set(groups)], (nodeId, own) => this.fetchAt(nodeId, own))
  }

  /**
   * Writes offsets of a group without members; the group is made when there is none. Answers an error code for each
   * partition, 0 where it was written; UNKNOWN_MEMBER_ID (25) says that the group has members, and nothing was changed.
   * A share group, which commits no offsets, answers GROUP_ID_NOT_FOUND (69).
   * Offsets beyond what one request takes go in several, one after the other. Waits for a coordinator that loads or moves,
   * `patienceMs` in all. A request whose answer was lost is *not* sent again: meanwhile the group may have come and gone.
   * Rejects with ConnectionError or KafkaError then, and with RangeError for an offset below 0.
   */
  async commit(
    group: string,
    offsets: readonly OffsetToCommit[],
    patienceMs = this.patienceMs,
  ): Promise<CommitResult[]> {
    // A broker takes them without a word, and the group would begin anew as one that never read.
    const negative = offsets.find(({ offset }) => offset < 0)
    if (negative) throw new RangeError(`offset ${negative.offset} for ${negative.topic}-${negative.partition}`)
    const weightOf = ({ topic, metadata }: OffsetToCommit) =>
      BYTES_PER_OFFSET + Buffer.byteLength(group) + Buffer.byteLength(topic) + Buffer.byteLength(metadata)
    const end = this.clock.monotonic() + patienceMs
    const results: CommitResult[] = []
    for (const chunk of chunksOf(offsets, BYTES_PER_COMMIT, weightOf)) {
      const question = (nodeId: number) => this.commitAt(nodeId, group, chunk, end)
      const answers = await this.askCoordinators([group], question, isCoordinatorTrouble, end)
      const answer = answers.get(group)
      if (answer instanceof Error) throw answer
      results.push(...(answer ?? []))
    }
    return results
  }

  /** Nothing is tried again: what waits for its next try ends within a second, with what the last one ended with. */
  close(): void {
    this.closed = true
  }

  /** One that does not answer is not waited for: the groups of the others are there, and it is asked the next time. */
  private async listPatiently(nodeId: number): Promise<ListedGroup[] | Error> {
    let listed = await orError(this.listAt(nodeId))
    const end = this.clock.monotonic() + this.patienceMs
    await this.whileTrouble(isCoordinatorTrouble(listed), end, async () => {
      listed = await orError(this.listAt(nodeId))
      return isCoordinatorTrouble(listed)
    })
    return listed
  }

  private async listAt(nodeId: number): Promise<ListedGroup[]> {
    const tellsTypes = await this.cluster.supports(nodeId, listTypedGroups)
    const api = tellsTypes ? listTypedGroups : listGroups
    const answer: ListGroupsResponse = await this.slots.run(nodeId, () => this.cluster.call(nodeId, api, undefined))
    if (answer.errorCode !== Code.None) {
      const needed = { operation: 'Describe', resource: 'the cluster' } as const
      throw refusal(this.cluster, answer.errorCode, `ListGroups of broker ${nodeId}`, needed)
    }
    return answer.groups
  }

  private async fetchAt(
    nodeId: number,
    groups: readonly string[],
  ): Promise<Map<string, readonly CommittedOffset[] | Error>> {
    const answers = new Map<string, readonly CommittedOffset[] | Error>()
    const takesMany = await this.cluster.supports(nodeId, OFFSET_FETCH_OF_MANY)
    const asking = chunksOf(groups, takesMany ? GROUPS_PER_REQUEST : 1).map(async chunk => {
      const found = await orError(this.slots.run(nodeId, () => this.fetchChunk(nodeId, chunk, takesMany)))
      for (const group of chunk) answers.set(group, found instanceof Error ? found : this.take(group, found.get(group)))
    })
    await Promise.all(asking)
    return answers
  }

  private async fetchChunk(nodeId: number, groups: readonly string[], takesMany: boolean) {
    if (takesMany) return this.cluster.call(nodeId, offsetFetchOfMany(this.known), groups)
    const [group = ''] = groups
    return new Map([[group, await this.cluster.call(nodeId, offsetFetchOfOne(this.known, group), undefined)]])
  }

  private take(group: string, found: GroupOffsets | undefined): readonly CommittedOffset[] | Error {
    if (!found) return new KafkaError(-1, `the offsets of group ${group} were left out of the answer`)
    if (found.errorCode !== Code.None) {
      const needed = { operation: 'Describe', resource: `group ${group}` } as const
      return refusal(this.cluster, found.errorCode, `the offsets of group ${group}`, needed)
    }
    if (found.offsets.length === 0) return NO_OFFSETS
    this.known.set(group, found)
    return found.offsets
  }

  private async commitAt(
    nodeId: number,
    group: string,
    offsets: readonly OffsetToCommit[],
    end: number,
  ): Promise<Map<string, CommitResult[] | Error>> {
    const commit = () => {
      // Others were before it on a slow connection.
      if (this.clock.monotonic() > end) throw new ConnectionError(`the time for a commit of ${group} was over`)
      return this.cluster.call(nodeId, offsetCommit, { group, offsets })
    }
    const rows = await this.slots.run(nodeId, commit)
    const trouble = rows.find(({ errorCode }) => COORDINATOR_TROUBLE.includes(errorCode))
    return new Map([[group, trouble ? new KafkaError(trouble.errorCode, `commit for group ${group}`) : rows]])
  }

  /**
   * Asks each group's coordinator, and again about groups whose coordinator has moved, is loading or does not answer,
   * until all are answered or patience is over, which is at `givenEnd` (monotonic milliseconds) where that is given.
   */
  private async askCoordinators<Answer>(
    groups: readonly string[],
    question: Question<Answer>,
    isToBeAskedAgain: (answer: unknown) => boolean = isPassing,
    givenEnd?: number,
  ): Promise<Map<string, Answer | Error>> {
    const answers = new Map<string, Answer | Error>()
    let open = groups
    const ask = async () => {
      await this.askOnce(open, question, answers)
      for (const group of open) if (isPassing(answers.get(group))) this.coordinators.forget(group)
      open = open.filter(group => isToBeAskedAgain(answers.get(group)))
      return open.length > 0
    }
    const tryAgain = async () => {
      // A broker that is not reached may be at another address by now. If this fails too, the question tells why.
      if (open.some(group => answers.get(group) instanceof ConnectionError)) await orError(this.cluster.metadata([]))
      return ask()
    }
    const isTrouble = await ask()
    await this.whileTrouble(isTrouble, givenEnd ?? this.clock.monotonic() + this.patienceMs, tryAgain)
    return answers
  }

  private async askOnce<Answer>(
    groups: readonly string[],
    question: Question<Answer>,
    answers: Map<string, Answer | Error>,
  ): Promise<void> {
    const { byNode, failures } = await this.coordinators.locate(groups)
    for (const [group, failure] of failures) answers.set(group, failure)
    const asking = [...byNode].map(async ([nodeId, own]) => {
      const found = await orError(question(nodeId, own))
      for (const group of own) {
        const answer = found instanceof Error ? found : found.get(group)
        if (answer !== undefined) answers.set(group, answer)
      }
    })
    await Promise.all(asking)
  }

  /** Tries again with growing pauses while the last try says so, and until the end (monotonic milliseconds). */
  private async whileTrouble(trouble: boolean, end: number, tryAgain: () => Promise<boolean>): Promise<void> {
    let again = trouble
    for (let pause = FIRST_PAUSE_MS; again; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      if (this.clock.monotonic() + pause > end) return
      await this.clock.sleep(pause)
      if (this.closed) return
      again = await tryAgain()
    }
  }

  private forgetAllBut(groups: ReadonlySet<string>): void {
    this.coordinators.keepOnly(groups)
    for (const group of this.known.keys()) if (!groups.has(group)) this.known.delete(group)
  }
}

/** Whether it is a matter of where and when to ask, and not the group's answer. */
function isPassing(answer: unknown): boolean {
  return answer instanceof ConnectionError || isCoordinatorTrouble(answer)
}

function isCoordinatorTrouble(answer: unknown): boolean {
  return answer instanceof KafkaError && COORDINATOR_TROUBLE.includes(answer.code)
}

/** A rejection as a value, for whoever has several at once. */
async function orError<Answer>(promise: Promise<Answer>): Promise<Answer | Error> {
  try {
    return await promise
  } catch (error) {
    return error instanceof Error ? error : new Error(messageOf(error))
  }
}
