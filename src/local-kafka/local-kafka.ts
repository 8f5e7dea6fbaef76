import { ExitCode, messageOf, UserError } from '../errors.js'
import type { BrokerProcess } from './broker-process.js'
import type { BrokerSettings } from './broker-settings.js'
import { newKafkaUuid } from './cluster-id.js'
import { createBroker } from './create-broker.js'
import { freePorts } from './free-port.js'
import type { KafkaVersion } from './jars.js'
import type { IncomingRecord, OutgoingRecord, ReadOptions } from './kafkajs-client.js'
import { KafkajsClient } from './kafkajs-client.js'
import type { ExtraListener, ExtraListeners } from './server-properties.js'
import { storedTopics } from './stored-topics.js'
import { TcpProxy } from './tcp-proxy.js'
import { waitUntil } from './wait-until.js'

/** How to start a local Kafka; every member has a default. */
export interface LocalKafkaOptions {
  /** Default 4.2.0 (KRaft); 2.8.1 runs with its own ZooKeeper. */
  version?: KafkaVersion
  /** 22 characters of base64url, as Kafka's own. Default: a new one. Not for 2.8.1, which makes its own. */
  clusterId?: string
  /** For data folder and messages. Default "kafka". */
  name?: string
  /** Entries of server.properties that win over ours. */
  config?: Record<string, string>
  /** Default 512, and 1024 without quickStart. */
  heapMb?: number
  /** Default true: ready sooner, slower under load. Benchmarks set it to false. */
  quickStart?: boolean
  /** Default false: with a second way in, through `proxy`, at `proxiedBootstrapServers`. Needs Java. */
  proxied?: boolean
  /** Further ways in by name, for `listener`; how they authenticate is said in `config`. Needs Java. */
  listeners?: Readonly<Record<string, ExtraListener['protocol']>>
  /** Jars for classes of our own that `config` names. */
  jars?: readonly string[]
  /** One more option for the JVM, instead of the archive of classes. */
  jvmOption?: string
  /** Told, in words for the user, of what takes long (the first download). */
  onProgress?: (text: string) => void
}

/** Usually 2-5 s; a machine with two busy cores took 20 s. */
const READY_TIMEOUT_MS = 60_000
/** Often enough to add little to the start, rarely enough to leave the processor to it. */
const READY_INTERVAL_MS = 100
const TOPICS_TIMEOUT_MS = 10_000
/** Lines of the broker's log in the message of a failed start. */
const FAILURE_LOG_LINES = 20

/**
 * A real Apache Kafka of one node on 127.0.0.1, for the demo, the tests and the benchmark:
 *
 *     await using kafka = await LocalKafka.start({ name: 'source' })
 *     await kafka.createTopic('customer', 3)
 *
 * It ends with our process, however that ends.
 */
export class LocalKafka implements AsyncDisposable {
  readonly version: KafkaVersion
  readonly name: string
  readonly #broker: BrokerProcess
  readonly #client: KafkajsClient
  readonly #proxy: TcpProxy | undefined
  readonly #extra: ExtraListeners
  #clusterId: string

  private constructor(settings: BrokerSettings, broker: BrokerProcess, proxy: TcpProxy | undefined) {
    this.version = settings.version
    this.name = settings.name
    this.#clusterId = settings.clusterId
    this.#broker = broker
    this.#proxy = proxy
    this.#extra = settings.extra ?? {}
    this.#client = new KafkajsClient(broker.bootstrapServers)
  }

  /**
   * Starts a cluster and waits until it answers.
   * @throws UserError with the last lines of the broker's log when it is not ready within 60 s, and with the fix when
   *   Java, Maven or the jars are missing.
   */
  static async start(options: LocalKafkaOptions = {}): Promise<LocalKafka> {
    const quickStart = options.quickStart ?? true
    const [port = 0] = options.proxied ? await freePorts(1) : []
    const extra = options.listeners && (await portsFor(options.listeners))
    const proxy = options.proxied ? await TcpProxy.start('127.0.0.1', port) : undefined
    const settings: BrokerSettings = {
      version: options.version ?? '4.2.0',
      name: options.name ?? 'kafka',
      clusterId: options.clusterId ?? newKafkaUuid(),
      config: options.config ?? {},
      quickStart,
      jvmOption: options.jvmOption,
      heapMb: options.heapMb ?? (quickStart ? 512 : 1024),
      proxied: proxy && { port, proxyPort: proxy.port },
      extra,
      jars: options.jars,
      onProgress: options.onProgress,
    }
    let kafka: LocalKafka | undefined
    try {
      kafka = new LocalKafka(settings, await createBroker(settings), proxy)
      await kafka.launch()
      return kafka
    } catch (error) {
      await (kafka ?? proxy)?.[Symbol.asyncDispose]()
      throw error
    }
  }

  /** "127.0.0.1:port", the same after restarts. */
  get bootstrapServers(): string {
    return this.#broker.bootstrapServers
  }

  /** The bad network before the broker. @throws Error when it was not started with `proxied`. */
  get proxy(): TcpProxy {
    if (!this.#proxy) throw new Error(`Kafka "${this.name}" was not started with proxied: true`)
    return this.#proxy
  }

  /** As `bootstrapServers`, through `proxy`: metadata sends these clients back to the proxy. */
  get proxiedBootstrapServers(): string {
    return `${this.proxy.host}:${this.proxy.port}`
  }

  /** "localhost:port" of a further way in. @throws Error when it was not started with that one. */
  listener(name: string): string {
    const found = this.#extra[name]
    if (!found) throw new Error(`Kafka "${this.name}" has no listener "${name}"`)
    return `localhost:${found.port}`
  }

  get clusterId(): string {
    return this.#clusterId
  }

  /** Process id of the broker; undefined while it is down, and for a container. */
  get pid(): number | undefined {
    return this.#broker.pid
  }

  /** Undefined for a container. */
  get dataDir(): string | undefined {
    return this.#broker.dataDir
  }

  /** Undefined for a container. */
  get logFile(): string | undefined {
    return this.#broker.logFile
  }

  /**
   * Starts it again after `kill` or `stop`, on the same port and data, and waits until it answers.
   * @throws UserError with the last lines of the broker's log when it is not ready within 60 s.
   */
  async launch(): Promise<void> {
    await this.#broker.launch()
    const clusterId = await waitUntil(() => this.#clusterIdOrFailure(), {
      timeoutMs: READY_TIMEOUT_MS,
      intervalMs: READY_INTERVAL_MS,
    })
    if (clusterId === undefined) throw await this.#startFailure(`was not ready within ${READY_TIMEOUT_MS / 1000} s`)
    this.#clusterId = clusterId
    await this.#waitForTopics()
  }

  /** Ends the broker (SIGTERM, a clean shutdown, unless told otherwise) and starts it again. */
  async restart(options: { signal?: 'SIGTERM' | 'SIGKILL' } = {}): Promise<void> {
    if (options.signal === 'SIGKILL') await this.kill()
    else await this.stop()
    await this.launch()
  }

  /** Shuts the broker down cleanly; its data stay for `launch`. */
  stop(): Promise<void> {
    return this.#broker.stop()
  }

  /** Ends the broker without warning (SIGKILL); its data stay for `launch`. */
  kill(): Promise<void> {
    return this.#broker.kill()
  }

  /** Freezes the broker: connections stay open and nothing answers. */
  pause(): Promise<void> {
    return this.#broker.pause()
  }

  unpause(): Promise<void> {
    return this.#broker.unpause()
  }

  /** The last lines of the broker's log, 100 unless told otherwise. */
  logs(lines = 100): Promise<string> {
    return this.#broker.logs(lines)
  }

  /** Creates a topic and waits until its partitions have leaders. */
  createTopic(name: string, partitions: number, configs: Record<string, string> = {}): Promise<void> {
    return this.#client.createTopic(name, partitions, configs)
  }

  /** Writes records with acks=all; one call makes one batch per partition. */
  produce(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    return this.#client.produce(topic, records)
  }

  /**
   * Reads committed records: `count` of them, or all up to the present end; from where `group` committed, or from the
   * beginning. Commits nothing, unless told to `commit`: then the group has consumed them. For uncompressed and gzip
   * batches; the outside client reads every codec.
   * @throws UserError when fewer are there after 30 s.
   */
  read(topic: string, options: ReadOptions = {}): Promise<IncomingRecord[]> {
    return this.#client.read(topic, options)
  }

  /** Commits an offset for a group without members; the group is created if it is new. */
  commitOffset(group: string, topic: string, partition: number, offset: bigint | number): Promise<void> {
    return this.#client.commitOffset(group, topic, partition, offset)
  }

  /** Ends the broker at once and removes its data: nobody reads them any more, so a clean shutdown would be lost time. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#broker.dispose(), this.#proxy?.[Symbol.asyncDispose]()])
  }

  /** A broker that is back answers a moment before it knows its topics again; a test would see them as unknown. */
  async #waitForTopics(): Promise<void> {
    const topics = await storedTopics(this.dataDir)
    if (topics.length === 0) return
    // Only so long: a topic whose deletion was interrupted has its folder still, but never comes back.
    await waitUntil(async () => ((await this.#client.servesTopics(topics)) ? true : undefined), {
      timeoutMs: TOPICS_TIMEOUT_MS,
      intervalMs: READY_INTERVAL_MS,
    })
  }

  async #clusterIdOrFailure(): Promise<string | undefined> {
    const reason = await this.#broker.endedBecause()
    if (reason !== undefined) throw await this.#startFailure(`ended while it started (${reason})`)
    return this.#client.clusterIdWhenReady()
  }

  async #startFailure(what: string): Promise<UserError> {
    const logs = await this.logs(FAILURE_LOG_LINES).catch((error: unknown) => `(no log: ${messageOf(error)})`)
    return new UserError(`The local Kafka ${this.version} "${this.name}" ${what}. Its last log lines:\n${logs}`, {
      exitCode: ExitCode.Environment,
      fix: 'Is there memory left for one more Java process, and is every entry given as config a valid one?',
    })
  }
}

async function portsFor(listeners: Readonly<Record<string, ExtraListener['protocol']>>): Promise<ExtraListeners> {
  const names = Object.keys(listeners)
  const ports = await freePorts(names.length)
  return Object.fromEntries(names.map((name, i) => [name, { protocol: listeners[name]!, port: ports[i]! }]))
}
