import type { Api } from '../../../src/wire/api.js'
import { ByteReader } from '../../../src/wire/byte-reader.js'
import { ByteWriter } from '../../../src/wire/byte-writer.js'
import type { Connection, RequestHead, SendOptions } from '../../../src/wire/connection.js'
import { ConnectionError } from '../../../src/wire/kafka-errors.js'
import { isAboutGroups } from '../broker/answer-groups.js'
import type { MemoryBroker, MemoryCluster } from '../broker/memory-cluster.js'
import type { Life } from './life.js'
import { BrokerSocket, type Message } from './socket.js'

interface Pending {
  name: string
  deadline: number
  resolve: (answer: never) => void
  reject: (error: Error) => void
}

/** As the real connection's. */
const REQUEST_TIMEOUT_MS = 30_000

/** The engine's end of a connection, with the promises of `wire/connection.ts`. */
export class SimConnection implements Pick<Connection, 'isOpen' | 'address' | 'send' | 'call' | 'onClose' | 'close'> {
  readonly address: string
  private readonly life: Life
  private readonly socket: BrokerSocket
  private readonly pending: Pending[] = []
  private readonly listeners: ((error: ConnectionError) => void)[] = []
  private lastArrival = 0
  private failure: ConnectionError | undefined

  constructor(life: Life, cluster: MemoryCluster, broker: MemoryBroker, isData: boolean) {
    this.life = life
    this.address = `${cluster.alias}:${9000 + broker.nodeId}`
    this.socket = new BrokerSocket(cluster, broker, isData, why => {
      life.world.time.after(life.world.delay(), () =>
        life.run(() => this.fail(`lost the connection to ${this.address}: ${why}`)),
      )
    })
    life.onDeath(() => this.socket.sever('its client died'))
  }

  get isOpen(): boolean {
    return this.failure === undefined
  }

  onClose(listener: (error: ConnectionError) => void): void {
    if (this.failure) listener(this.failure)
    else this.listeners.push(listener)
  }

  send(head: RequestHead, body: readonly Buffer[], options: SendOptions = {}): Promise<Buffer> {
    const message = { key: head.key, version: head.version, bytes: () => Buffer.concat(body) }
    const allocate = options.allocate ?? Buffer.allocUnsafe
    return this.ask(head.name, message, options.timeoutMs, answer => {
      const bytes = allocate(answer.length + 4).subarray(0, answer.length + 4)
      bytes.fill(0, 0, 4)
      bytes.set(answer as Buffer, 4)
      return bytes.subarray(4)
    })
  }

  /** Requests of the control plane travel as objects, but for those about groups. */
  call<Request, Response>(api: Api<Request, Response>, request: Request, options: SendOptions = {}): Promise<Response> {
    if (isAboutGroups(api.key)) return this.callInBytes(api, request, options)
    return this.ask(api.name, { key: api.key, request }, options.timeoutMs, answer => answer as Response)
  }

  private async callInBytes<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
    options: SendOptions,
  ): Promise<Response> {
    const body = new ByteWriter()
    api.write(body, request)
    return api.read(new ByteReader(await this.send(api, [body.bytes()], options)))
  }

  close(reason = 'closed by this side'): void {
    this.fail(`the connection to ${this.address} was ${reason}`)
    this.socket.sever('its client closed it')
  }

  // biome-ignore lint/suspicious/noExplicitAny: an answer is bytes or any object
  private ask<T>(name: string, message: Message, timeoutMs = REQUEST_TIMEOUT_MS, take: (answer: any) => T): Promise<T> {
    if (this.failure) return Promise.reject(this.failure)
    const { time } = this.life.world
    return new Promise<T>((resolve, reject) => {
      const pending: Pending = { name, deadline: time.elapsed + timeoutMs, resolve, reject }
      this.pending.push(pending)
      if (this.pending.length === 1) this.watch(pending)
      this.socket.send(message, answer => this.travelBack(pending, answer, take))
    })
  }

  private travelBack(pending: Pending, answer: unknown, take: (answer: unknown) => unknown): void {
    const { time } = this.life.world
    this.lastArrival = Math.max(this.lastArrival, time.elapsed + this.socket.congestionMs + this.life.world.delay())
    time.after(this.lastArrival - time.elapsed, () => {
      this.socket.answered()
      this.life.run(() => {
        if (this.failure) return
        this.pending.shift()
        if (this.pending[0]) this.watch(this.pending[0])
        if (answer instanceof Error) pending.reject(answer)
        else pending.resolve(take(answer) as never)
      })
    })
  }

  /** The oldest request alone needs a deadline: answers come in order. */
  private watch(oldest: Pending): void {
    const { time } = this.life.world
    time.after(oldest.deadline - time.elapsed, () => {
      if (this.failure || this.pending[0] !== oldest) return
      this.life.run(() => this.fail(`lost the connection to ${this.address}: no answer to ${oldest.name} in time`))
      this.socket.sever('its client gave up')
    })
  }

  private fail(why: string): void {
    if (this.failure) return
    const error = new ConnectionError(why)
    this.failure = error
    for (const request of this.pending.splice(0)) request.reject(error)
    for (const listener of this.listeners.splice(0)) listener(error)
  }
}
