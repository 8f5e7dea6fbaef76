import { ExitCode, UserError } from '../errors.js'
import { JsonLinesProcess } from './json-lines-process.js'
import { outsideClientCommand } from './outside-client-command.js'
import type { Raw, RawConsumedRecord, RawDigest, RawReadRecord } from './outside-client-json.js'
import { bigintOrNull, consumedRecord, mapValues, rawOffsets, rawRecord, readRecord } from './outside-client-json.js'
import type {
  AccessRule,
  ConsumedRecord,
  ConsumeRequest,
  GroupListing,
  GroupOffset,
  Isolation,
  LatencyRequest,
  LatencyResult,
  LoadRequest,
  LoadResult,
  MemberRequest,
  OffsetToCommit,
  OutsideRecord,
  PartitionDigest,
  PartitionOffsets,
  ProduceSettings,
  ReadRecord,
  ReadSettings,
  TopicDescription,
  TopicPartition,
  TransactionOutcome,
} from './outside-client-types.js'

export interface OutsideClientOptions {
  /** More properties for every Java client, for example security.protocol. */
  config?: Record<string, string>
  /** Default true: half of the CPU time, slower under load. Benchmarks set it to false. */
  quickStart?: boolean
  /** One more option for the JVM, instead of the archive of classes. */
  jvmOption?: string
  onProgress?: (text: string) => void
  /** Told, once for each request, when it takes 40 s: with what the threads are doing. */
  onHang?: (report: string) => void
}

/** Java clients give up after 60 s (the Java program's PATIENCE), so that its word on the cause arrives first. */
const ANSWER_TIMEOUT_MS = 90_000
/** What writes a million records, or commits for ten thousand groups. */
const LONG_TIMEOUT_MS = 600_000
/** No answer for so long is worth a look at what it does; a busy machine takes half of that. */
const HANG_MS = 40_000
/** A JVM, and the first time the compiler; 1-3 s when the machine is idle. */
const START_TIMEOUT_MS = 60_000

/**
 * Kafka's own Java clients of 4.2.0 (which talk to a 2.8.1 broker too), as a process that is kept for many requests: what proves our results and makes loads.
 * Every method throws an Error with the Java exception's text when the request fails. Requests may run side by side.
 */
export class OutsideClient implements AsyncDisposable {
  readonly #process: JsonLinesProcess

  private constructor(process: JsonLinesProcess) {
    this.#process = process
  }

  /**
   * Starts the client; it connects to `bootstrapServers` with the first request.
   * @throws UserError when there is no JDK or the program does not start within a minute.
   */
  static async start(bootstrapServers: string, options: OutsideClientOptions = {}): Promise<OutsideClient> {
    const config = { ...options.config, 'bootstrap.servers': bootstrapServers }
    const command = await outsideClientCommand(options)
    const hang = options.onHang && { afterMs: HANG_MS, report: options.onHang }
    const process = new JsonLinesProcess('java', [...command, JSON.stringify(config)], hang)
    try {
      await process.greeting(START_TIMEOUT_MS)
    } catch (error) {
      process.kill()
      throw new UserError('The outside client did not start.', {
        exitCode: ExitCode.Environment,
        fix: 'Is the Java on the PATH a JDK 17 or newer?',
        cause: error,
      })
    }
    return new OutsideClient(process)
  }

  async createTopic(topic: string, partitions: number, configs: Record<string, string> = {}): Promise<void> {
    await this.#ask('createTopic', { topic, partitions, configs })
  }

  async deleteTopic(topic: string): Promise<void> {
    await this.#ask('deleteTopic', { topic })
  }

  describeTopic(topic: string): Promise<TopicDescription> {
    return this.#ask<TopicDescription>('describeTopic', { topic })
  }

  /** Raises the number of partitions to `partitions`. */
  async createPartitions(topic: string, partitions: number): Promise<void> {
    await this.#ask('createPartitions', { topic, partitions })
  }

  /** Changes only the named configs of a topic (IncrementalAlterConfigs). */
  async alterConfig(
    topic: string,
    change: { set?: Record<string, string>; delete?: readonly string[] },
  ): Promise<void> {
    await this.#ask('alterConfig', { topic, ...change })
  }

  /** Creates an access rule (ACL); only on a cluster with an authorizer. */
  async createAcl(rule: AccessRule): Promise<void> {
    await this.#ask('createAcl', rule)
  }

  /** All access rules of the cluster, in no order. */
  describeAcls(): Promise<AccessRule[]> {
    return this.#ask<AccessRule[]>('describeAcls', {})
  }

  /** Moves the partition's beginning to `before`. */
  async deleteRecords(topic: string, partition: number, before: bigint | number): Promise<void> {
    await this.#ask('deleteRecords', { topic, partition, before: Number(before) })
  }

  /** First offsets of all partitions, and their high watermarks; for read_committed the last stable offsets. */
  async endOffsets(topic: string, isolation: Isolation = 'read_uncommitted'): Promise<PartitionOffsets[]> {
    const answer = await this.#ask<Raw<PartitionOffsets, 'beginning' | 'end'>[]>('endOffsets', { topic, isolation })
    return answer.map(one => ({ ...one, beginning: BigInt(one.beginning), end: BigInt(one.end) }))
  }

  /** Commits for a group without members; the group is created if it is new. */
  async commitOffset(
    group: string,
    topic: string,
    partition: number,
    offset: bigint | number,
    metadata = '',
  ): Promise<void> {
    await this.commitOffsets(group, [{ topic, partition, offset, metadata }])
  }

  /** What a group has committed, in no order. */
  async groupOffsets(group: string): Promise<GroupOffset[]> {
    const answer = await this.#ask<Raw<GroupOffset, 'offset'>[]>('groupOffsets', { group })
    return answer.map(one => ({ ...one, offset: BigInt(one.offset) }))
  }

  /** Many offsets of one group at once, as nobody's member: refused with UnknownMemberId while the group is active. */
  async commitOffsets(group: string, offsets: readonly OffsetToCommit[]): Promise<void> {
    await this.#ask('commitOffsets', { group, offsets: rawOffsets(offsets) })
  }

  /** The same offsets for the groups `${prefix}0` to `${prefix}${count - 1}`; bounded by 10 minutes. */
  async commitManyGroups(request: {
    prefix: string
    count: number
    offsets: readonly OffsetToCommit[]
  }): Promise<void> {
    const offsets = rawOffsets(request.offsets)
    await this.#ask('commitManyGroups', { ...request, offsets }, LONG_TIMEOUT_MS)
  }

  /** Offsets that a producer commits with its transaction: in an open one they are pending. `endTransaction` ends it. */
  async commitOffsetsInTransaction(request: {
    transactionalId: string
    group: string
    offsets: readonly OffsetToCommit[]
    outcome: TransactionOutcome
  }): Promise<void> {
    await this.#ask('commitOffsetsInTransaction', { ...request, offsets: rawOffsets(request.offsets) })
  }

  /** Every group that the cluster knows, in no order. */
  listGroups(): Promise<GroupListing[]> {
    return this.#ask<GroupListing[]>('listGroups', {})
  }

  /** Refused with GroupNotEmpty while it has members. */
  async deleteGroup(group: string): Promise<void> {
    await this.#ask('deleteGroup', { group })
  }

  /** Forgets what a group has committed for one partition; refused while a member subscribes to the topic. */
  async deleteGroupOffsets(group: string, topic: string, partition: number): Promise<void> {
    await this.#ask('deleteGroupOffsets', { group, topic, partition })
  }

  /**
   * Reads as the only member of a group, from where the group is: up to `maxRecords`, or to the present end. Commits
   * its positions after what it answers, as `commitSync()` does, and leaves the group.
   */
  async consume(request: ConsumeRequest): Promise<ConsumedRecord[]> {
    const { timeoutMs = 60_000 } = request
    const allowedMs = timeoutMs + ANSWER_TIMEOUT_MS
    const answer = await this.#ask<RawConsumedRecord[]>('consume', { ...request, timeoutMs }, allowedMs)
    return answer.map(consumedRecord)
  }

  /** Joins a group and goes on reading until `stopMember`. One for each group; answers the partitions that it was given. */
  startMember(request: MemberRequest): Promise<TopicPartition[]> {
    return this.#ask<TopicPartition[]>('startMember', request)
  }

  /** Makes the member leave its group, and answers all that it has read; throws what has ended it before. */
  async stopMember(group: string): Promise<ConsumedRecord[]> {
    return (await this.#ask<RawConsumedRecord[]>('stopMember', { group })).map(consumedRecord)
  }

  /** Writes the records in order with one producer; answers where each went. */
  async produce(
    topic: string,
    records: readonly OutsideRecord[],
    settings: ProduceSettings = {},
  ): Promise<{ partition: number; offset: bigint }[]> {
    const request = { topic, records: records.map(rawRecord), ...settings }
    const answer = await this.#ask<{ partition: number; offset: number }[]>('produce', request)
    return answer.map(({ partition, offset }) => ({ partition, offset: BigInt(offset) }))
  }

  /** Many transactions one after the other by one producer, each with its records and its outcome. */
  async produceTransactions(
    topic: string,
    transactionalId: string,
    transactions: readonly { records: readonly OutsideRecord[]; outcome: 'commit' | 'abort' }[],
  ): Promise<void> {
    const raw = transactions.map(({ records, outcome }) => ({ records: records.map(rawRecord), outcome }))
    await this.#ask('produceTransactions', { topic, transactionalId, transactions: raw }, LONG_TIMEOUT_MS)
  }

  /** Ends a transaction that was left open. */
  async endTransaction(transactionalId: string, outcome: 'commit' | 'abort'): Promise<void> {
    await this.#ask('endTransaction', { transactionalId, outcome })
  }

  /** Writes many deterministic, compressible records; `timeoutMs` bounds it, default 10 minutes. */
  load(request: LoadRequest, timeoutMs = LONG_TIMEOUT_MS): Promise<LoadResult> {
    return this.#ask<LoadResult>('load', request, timeoutMs)
  }

  /** Has the load of a topic end with what it has written by now; its result counts that. */
  async endLoad(topic: string): Promise<void> {
    await this.#ask('endLoad', { topic })
  }

  /** Reads to the present end: for read_committed the last stable offset. Partitions mix; each is in order. */
  async read(topic: string, settings: ReadSettings = {}): Promise<ReadRecord[]> {
    const { from = 'beginning', timeoutMs = 60_000, ...rest } = settings
    const offsets = from === 'beginning' ? {} : mapValues(from, Number)
    const answer = await this.#ask<RawReadRecord[]>(
      'read',
      { topic, from: offsets, timeoutMs, ...rest },
      timeoutMs + ANSWER_TIMEOUT_MS,
    )
    return answer.map(readRecord)
  }

  /** A hash of each partition's records, computed as they stream by: for comparing millions. Default bound 5 minutes. */
  async digest(topic: string, settings: Omit<ReadSettings, 'maxRecords'> = {}): Promise<PartitionDigest[]> {
    const { from = 'beginning', timeoutMs = 300_000, ...rest } = settings
    const offsets = from === 'beginning' ? {} : mapValues(from, Number)
    const request = { topic, from: offsets, timeoutMs, ...rest }
    const answer = await this.#ask<RawDigest[]>('digest', request, timeoutMs + ANSWER_TIMEOUT_MS)
    return answer.map(one => ({
      ...one,
      firstOffset: bigintOrNull(one.firstOffset),
      lastOffset: bigintOrNull(one.lastOffset),
    }))
  }

  /** Produces to the source at a steady rate, consumes from the target, and measures in one JVM's clock. */
  latency(request: LatencyRequest): Promise<LatencyResult> {
    const seconds = request.seconds + (request.warmupSeconds ?? 0)
    return this.#ask<LatencyResult>('latency', request, seconds * 1000 + 2 * ANSWER_TIMEOUT_MS)
  }

  /** Ends the process; a transaction that was left open stays open on the broker. */
  close(patienceMs?: number): Promise<void> {
    return this.#process.close(patienceMs)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #ask<Answer>(operation: string, request: object, timeoutMs = ANSWER_TIMEOUT_MS): Promise<Answer> {
    return this.#process.ask<Answer>(operation, { ...request, operation }, timeoutMs)
  }
}
