import { answerControl } from '../broker/answer-control.js'
import { answerFetch } from '../broker/answer-fetch.js'
import { answerGroups, isAboutGroups } from '../broker/answer-groups.js'
import { answerProduce } from '../broker/answer-produce.js'
import type { MemoryBroker, MemoryCluster } from '../broker/memory-cluster.js'
import type { World } from '../world.js'

/** What travels: bytes on a data connection and about groups, else an object on a control connection. */
export type Message = { key: number; version: number; bytes: () => Buffer } | { key: number; request: unknown }

interface Arrived {
  message: Message
  /** Elapsed milliseconds. */
  sentAt: number
  reply: (answer: unknown) => void
}

/**
 * The broker's end of a connection. One request is worked on at a time, the next when its answer has left. When the
 * connection breaks, requests on the way may still be carried out, the oldest first, some time later; nobody hears of it.
 */
export class BrokerSocket {
  readonly isData: boolean
  private readonly world: World
  private readonly cluster: MemoryCluster
  private readonly broker: MemoryBroker
  private readonly onSevered: (why: string) => void
  private readonly queue: Arrived[] = []
  /** Answers come so much later. */
  congestionMs = 0
  private busy = false
  private outstanding = 0
  private unanswered = 0
  private lastArrival = 0
  /** Once severed: so many requests are still carried out. */
  private still: number | undefined
  private severedAt = 0

  constructor(cluster: MemoryCluster, broker: MemoryBroker, isData: boolean, onSevered: (why: string) => void) {
    this.world = cluster.world
    this.cluster = cluster
    this.broker = broker
    this.isData = isData
    this.onSevered = onSevered
    broker.sockets.add(this)
  }

  /** Whether a request or an answer is on its way, or one is being worked on. */
  get isBusy(): boolean {
    return this.unanswered > 0
  }

  /** The client has got an answer. */
  answered(): void {
    this.unanswered--
  }

  send(message: Message, reply: (answer: unknown) => void): void {
    this.outstanding++
    this.unanswered++
    const sentAt = this.world.time.elapsed
    this.lastArrival = Math.max(this.lastArrival, this.world.time.elapsed + this.world.delay())
    this.world.time.after(this.lastArrival - this.world.time.elapsed, () => {
      // The bytes are taken only now: what a sender changes before they have left would be sent changed.
      const arrived = 'bytes' in message ? { ...message, bytes: constantly(message.bytes()) } : message
      this.queue.push({ message: arrived, sentAt, reply })
      this.pump()
    })
  }

  /** Breaks the connection; the other side learns of it unless it did it itself. */
  sever(why: string): void {
    if (this.still !== undefined) return
    this.broker.sockets.delete(this)
    this.still = this.broker.isUp ? this.world.network.between(0, this.outstanding) : 0
    this.severedAt = this.world.time.elapsed
    this.onSevered(why)
  }

  private pump(): void {
    const next = this.queue[0]
    if (this.busy || !next) return
    this.busy = true
    this.queue.shift()
    const lateMs = this.still === undefined ? 0 : this.world.network.next() * 3_000
    this.world.time.after(0.05 + this.world.brokers.next() * 0.5 + lateMs, () =>
      this.whenAwake(() => this.execute(next)),
    )
  }

  private whenAwake(work: () => void): void {
    const { time } = this.world
    if (this.broker.pausedUntil <= time.elapsed) return work()
    time.after(this.broker.pausedUntil - time.elapsed, () => this.whenAwake(work))
  }

  private execute({ message, sentAt, reply }: Arrived): void {
    const done = () => {
      this.outstanding--
      this.busy = false
      this.pump()
    }
    if (this.still !== undefined && (this.still-- <= 0 || !this.broker.isUp || this.isTooLate)) return done()
    if (this.still !== undefined && message.key === 0) this.cluster.orphans++
    this.carryOut(message, sentAt, answer => {
      if (this.still === undefined) reply(answer)
      done()
    })
  }

  private get isTooLate(): boolean {
    return !this.cluster.orphansOutliveExpiry && this.cluster.expiredAt >= this.severedAt
  }

  private carryOut(message: Message, sentAt: number, reply: (answer: unknown) => void): void {
    try {
      if ('request' in message) return reply(answerControl(this.cluster, this.broker, message.key, message.request))
      const { key, version } = message
      if (key === 1 && (version === 11 || version === 13)) {
        return answerFetch(this.cluster, this.broker, { bytes: message.bytes(), version }, reply)
      }
      if (key === 0 && version === 8) return reply(answerProduce(this.cluster, this.broker, message.bytes()))
      if (isAboutGroups(key)) {
        return reply(answerGroups(this.cluster, this.broker, { key, version, bytes: message.bytes(), sentAt }))
      }
      throw new Error(`the brokers of the simulation do not know request ${key} in version ${version}`)
    } catch (error) {
      if ((error as Error).name !== 'KafkaError') this.world.fail(`a broker cannot read a request: ${error}`)
      reply(error)
    }
  }
}

function constantly(bytes: Buffer): () => Buffer {
  return () => bytes
}
