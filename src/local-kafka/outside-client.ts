import { ExitCode, UserError } from '../errors.js'
import { JsonLinesProcess } from './json-lines-process.js'
import { outsideClientCommand } from './outside-client-command.js'
import type {
  AccessRule,
  Bytes,
  GroupOffset,
  LatencyRequest,
  LatencyResult,
  LoadRequest,
  LoadResult,
  OutsideRecord,
  PartitionDigest,
  PartitionOffsets,
  ProduceSettings,
  ReadRecord,
  ReadSettings,
  TopicDescription,
} from './outside-client-types.js'

export interface OutsideClientOptions {
  /** More properties for every Java client, for example security.protocol. */
  config?: Record<string, string>
  onProgress?: (text: string) => void
}

/** Java clients give up after 60 s (the Java program's PATIENCE), so that its word on the cause arrives first. */
const ANSWER_TIMEOUT_MS = 90_000
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
    const command = await outsideClientCommand(options.onProgress)
    const process = new JsonLinesProcess('java', [...command, JSON.stringify(config)])
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

  /** First offsets and high watermarks of all partitions. */
  async endOffsets(topic: string): Promise<PartitionOffsets[]> {
    const answer = await this.#ask<Raw<PartitionOffsets, 'beginning' | 'end'>[]>('endOffsets', { topic })
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
    await this.#ask('commitOffset', { group, topic, partition, offset: Number(offset), metadata })
  }

  /** What a group has committed, in no order. */
  async groupOffsets(group: string): Promise<GroupOffset[]> {
    const answer = await this.#ask<Raw<GroupOffset, 'offset'>[]>('groupOffsets', { group })
    return answer.map(one => ({ ...one, offset: BigInt(one.offset) }))
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

  /** Ends a transaction that `produce` left open. */
  async endTransaction(transactionalId: string, outcome: 'commit' | 'abort'): Promise<void> {
    await this.#ask('endTransaction', { transactionalId, outcome })
  }

  /** Writes many deterministic, compressible records; `timeoutMs` bounds it, default 10 minutes. */
  load(request: LoadRequest, timeoutMs = 600_000): Promise<LoadResult> {
    return this.#ask<LoadResult>('load', request, timeoutMs)
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
  close(): Promise<void> {
    return this.#process.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #ask<Answer>(operation: string, request: object, timeoutMs = ANSWER_TIMEOUT_MS): Promise<Answer> {
    return this.#process.ask<Answer>(operation, { ...request, operation }, timeoutMs)
  }
}

/** A type as it comes in JSON, with numbers where we have bigint. */
type Raw<Type, Fields extends keyof Type> = Omit<Type, Fields> & Record<Fields, number>
type RawDigest = Omit<PartitionDigest, 'firstOffset' | 'lastOffset'> &
  Record<'firstOffset' | 'lastOffset', number | null>
interface RawReadRecord extends Omit<ReadRecord, 'offset' | 'key' | 'value' | 'headers'> {
  offset: number
  key: string | null
  value: string | null
  headers: [string, string | null][]
}

function rawRecord(record: OutsideRecord): object {
  const headers = (record.headers ?? []).map(([key, value]) => [key, base64(value)])
  return { ...record, key: base64(record.key ?? null), value: base64(record.value), headers }
}

function readRecord(raw: RawReadRecord): ReadRecord {
  return {
    ...raw,
    offset: BigInt(raw.offset),
    key: fromBase64(raw.key),
    value: fromBase64(raw.value),
    headers: raw.headers.map(([key, value]) => [key, fromBase64(value)]),
  }
}

function base64(bytes: Bytes): string | null {
  return bytes === null ? null : Buffer.from(bytes as string).toString('base64')
}

function fromBase64(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text, 'base64')
}

function bigintOrNull(value: number | null): bigint | null {
  return value === null ? null : BigInt(value)
}

function mapValues<From, To>(object: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]))
}
