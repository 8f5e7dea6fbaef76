import { randomBytes } from 'node:crypto'
import type { Admin, Kafka, KafkaMessage, TopicPartitionOffset } from 'kafkajs'
import { ExitCode, UserError } from '../errors.js'
import { commitWithoutJoining, deleteGroup, onceCoordinatorIsReady } from './kafkajs-groups.js'
import { waitUntil, withinTime } from './wait-until.js'

/** A record to write. A missing key or value is null, which is not the same as empty. */
export interface OutgoingRecord {
  key?: Buffer | string | null
  value: Buffer | string | null
  /** Without it, kafkajs chooses by the key's hash, or at random. */
  partition?: number
  headers?: Record<string, Buffer | string>
  /** Milliseconds since the epoch, as text; without it, now. */
  timestamp?: string
}

/** A record that was read. */
export interface IncomingRecord {
  partition: number
  offset: bigint
  /** Milliseconds since the epoch. */
  timestamp: number
  key: Buffer | null
  value: Buffer | null
  headers: KafkaMessage['headers']
}

export interface ReadOptions {
  /** Default: all up to the present end. */
  count?: number | undefined
  group?: string
  /** Only with a group. Default false. */
  commit?: boolean
}

/** A partition as a group sees it: where it goes on, and the present end. */
interface GroupPartition {
  partition: number
  start: bigint
  end: bigint
}

/** Longer than any broker of ours needs for what a test asks; a wait beyond it is a fault to be seen. */
const READ_TIMEOUT_MS = 30_000
const CONNECTION_TIMEOUT_MS = 3_000
/** A new topic is led within milliseconds; a busy machine takes seconds. */
const LEADERS_TIMEOUT_MS = 30_000

/** Groups that `read` makes when it is not given one begin with this, so that a test can leave them out. */
export const READER_GROUP_PREFIX = 'local-kafka-reader-'

/**
 * The simple verbs, through kafkajs: a client that shares no code with the replicator's data path.
 * Each call opens its own connection and closes it, so a broker may be killed and restarted between two calls.
 * kafkajs reads uncompressed and gzip batches only; for the other codecs there is the outside client.
 */
export class KafkajsClient {
  readonly #bootstrapServers: string

  constructor(bootstrapServers: string) {
    this.#bootstrapServers = bootstrapServers
  }

  /** The cluster's id once a broker is there to take requests; undefined while it is starting. Never throws. */
  async clusterIdWhenReady(): Promise<string | undefined> {
    const kafka = await this.#kafka({ retries: 0 })
    const admin = kafka.admin({ retry: { retries: 0 } })
    try {
      await admin.connect()
      const { brokers, clusterId, controller } = await admin.describeCluster()
      // A KRaft node accepts connections a moment before its controller counts it in.
      return brokers.length > 0 && controller !== null && controller >= 0 ? clusterId : undefined
    } catch {
      // Refused or unanswered while it starts: the caller's time limit decides how long that may go on.
      return undefined
    } finally {
      await admin.disconnect()
    }
  }

  /** Whether all partitions of all these topics have a leader that takes requests. Never throws. */
  async servesTopics(topics: readonly string[]): Promise<boolean> {
    try {
      const found = await this.#withAdmin(admin => admin.fetchTopicMetadata({ topics: [...topics] }))
      return found.topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))
    } catch {
      // Unknown or leaderless as yet: the caller's time limit decides.
      return false
    }
  }

  /** Creates the topic and waits until its partitions have leaders. Throws what kafkajs throws when it exists. */
  async createTopic(topic: string, partitions: number, configs: Record<string, string> = {}): Promise<void> {
    const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }))
    await this.#withAdmin(async admin => {
      await admin.createTopics({
        topics: [{ topic, numPartitions: partitions, replicationFactor: 1, configEntries }],
        waitForLeaders: true,
      })
      await untilLed(admin, topic)
    })
  }

  /** Writes the records with acks=all, uncompressed, one batch per partition. */
  async produce(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    const kafka = await this.#kafka()
    const { Partitioners } = await kafkajs()
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
    await producer.connect()
    try {
      await producer.send({
        topic,
        acks: -1,
        messages: records.map(record => ({ ...record, key: record.key ?? null })),
      })
    } finally {
      await producer.disconnect()
    }
  }

  /**
   * Reads committed records from the beginning, or from where `group` committed. Without `count` it reads to the end
   * offsets of this moment. In partition order; partitions mix as they arrive. With `commit` the group has then consumed
   * what is answered; without, nothing is committed.
   * @throws UserError when fewer than `count` records are there after 30 s.
   */
  async read(topic: string, options: ReadOptions = {}): Promise<IncomingRecord[]> {
    if (options.group !== undefined) return this.#readWithGroup(topic, options.group, options)
    // kafkajs reads only as a group member; a group that nobody asked for must not stay on the cluster.
    const groupId = `${READER_GROUP_PREFIX}${randomBytes(6).toString('hex')}`
    const records = await this.#readWithGroup(topic, groupId, { count: options.count })
    await this.#withAdmin(admin => deleteGroup(admin, groupId))
    return records
  }

  /**
   * Commits one offset for a group without members, creating the group if it is new.
   * @throws what the broker answers, UNKNOWN_MEMBER_ID when the group has members.
   */
  async commitOffset(group: string, topic: string, partition: number, offset: bigint | number): Promise<void> {
    const kafka = await this.#kafka()
    await onceCoordinatorIsReady(() => commitWithoutJoining(kafka, { group, topic, partition, offset }))
  }

  async #readWithGroup(topic: string, groupId: string, { count, commit }: ReadOptions): Promise<IncomingRecord[]> {
    const kafka = await this.#kafka()
    const partitions = count === undefined || commit ? await this.#partitionsOf(topic, groupId) : []
    const unread = count === undefined ? unreadOf(partitions) : undefined
    if (count === 0 || unread?.size === 0) return []
    const records: IncomingRecord[] = []
    const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 })
    await consumer.connect()
    try {
      await consumer.subscribe({ topic, fromBeginning: true })
      const complete = new Promise<true>((resolve, reject) => {
        consumer.on(consumer.events.CRASH, ({ payload }) => {
          // It restarts itself after what passes, such as a coordinator that is still loading its groups.
          if (!payload.restart) reject(payload.error)
        })
        // The event, unlike the batches we are handed, also tells of batches that hold transaction markers only.
        consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
          const end = unread?.get(payload.partition)
          if (end !== undefined && BigInt(payload.lastOffset) + 1n >= end) unread?.delete(payload.partition)
          if (count === undefined ? unread?.size === 0 : records.length >= count) resolve(true)
        })
      })
      await consumer.run({
        autoCommit: false,
        eachBatch: async ({ batch }) => {
          records.push(...batch.messages.map(message => incomingRecord(batch.partition, message)))
        },
      })
      if (!(await withinTime(complete, READ_TIMEOUT_MS))) throw tooFew(topic, records.length, count)
      const wanted = records.slice(0, count)
      if (commit) await consumer.commitOffsets(positionsBehind(topic, wanted, partitions))
      return wanted
    } finally {
      await consumer.disconnect()
    }
  }

  /** Where the group stands in each partition, and where that ends. */
  #partitionsOf(topic: string, groupId: string): Promise<GroupPartition[]> {
    return this.#withAdmin(async admin => {
      const offsets = await admin.fetchTopicOffsets(topic)
      const [committed] = await onceCoordinatorIsReady(() => admin.fetchOffsets({ groupId, topics: [topic] }))
      return offsets.map(({ partition, low, high }) => {
        const own = committed?.partitions.find(one => one.partition === partition)?.offset ?? '-1'
        return { partition, start: BigInt(own === '-1' ? low : own), end: BigInt(high) }
      })
    })
  }

  async #withAdmin<Result>(action: (admin: Admin) => Promise<Result>): Promise<Result> {
    const admin = (await this.#kafka()).admin()
    await admin.connect()
    try {
      return await action(admin)
    } finally {
      await admin.disconnect()
    }
  }

  async #kafka(retry: { retries: number } = { retries: 5 }): Promise<Kafka> {
    const { Kafka, logLevel } = await kafkajs()
    return new Kafka({
      clientId: 'local-kafka',
      brokers: [this.#bootstrapServers],
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      // Its warnings would mix with the output of tests and demo; what matters comes back as an exception.
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 100, ...retry },
    })
  }
}

/** Loaded on first use: commands that start no broker should not pay for it. */
async function kafkajs(): Promise<typeof import('kafkajs')> {
  return (await import('kafkajs')).default as typeof import('kafkajs')
}

function incomingRecord(partition: number, message: KafkaMessage): IncomingRecord {
  const { key, value, headers } = message
  return { partition, offset: BigInt(message.offset), timestamp: Number(message.timestamp), key, value, headers }
}

/** The partitions in which there is something left to read, with their ends. */
function unreadOf(partitions: readonly GroupPartition[]): Map<number, bigint> {
  return new Map(partitions.filter(({ start, end }) => start < end).map(({ partition, end }) => [partition, end]))
}

/** Where a group goes on that has read these; as Kafka's own consumer has it, also in partitions where nothing came. */
function positionsBehind(
  topic: string,
  records: readonly IncomingRecord[],
  partitions: readonly GroupPartition[],
): TopicPartitionOffset[] {
  const next = new Map(partitions.map(({ partition, start }) => [partition, start]))
  // The last one of a partition wins: they are in its order.
  for (const { partition, offset } of records) next.set(partition, offset + 1n)
  return [...next].map(([partition, offset]) => ({ topic, partition, offset: String(offset) }))
}

function tooFew(topic: string, found: number, wanted: number | undefined): UserError {
  const goal = wanted === undefined ? 'its end was not reached' : `${wanted} were expected`
  return new UserError(`Read ${found} records from topic ${topic} in ${READ_TIMEOUT_MS / 1000} s; ${goal}.`, {
    exitCode: ExitCode.NotReached,
    fix: 'Are that many records committed, and are they uncompressed or gzip? This reader knows no other codec.',
  })
}

const NOT_YET_LED = ['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION']

/** The broker tells of leaders before it leads (outside-client/Topics.java); offsets tells only who does. */
async function untilLed(admin: Admin, topic: string): Promise<void> {
  const isLed = await waitUntil(
    async () => {
      try {
        await admin.fetchTopicOffsets(topic)
        return true
      } catch (error) {
        if (!NOT_YET_LED.includes(String((error as { type?: string }).type))) throw error
        return undefined
      }
    },
    { timeoutMs: LEADERS_TIMEOUT_MS, intervalMs: 20 },
  )
  if (!isLed) throw new Error(`nobody leads ${topic} within ${LEADERS_TIMEOUT_MS / 1000} s`)
}
