import type { Socket } from 'node:net'
import { AnswerReader, type AnswerReceiver } from './answer-reader.js'
import type { Api } from './api.js'
import { ByteReader } from './byte-reader.js'
import { ByteWriter } from './byte-writer.js'
import { ConnectionError } from './kafka-errors.js'
import { type BrokerEndpoint, openSocket } from './open-socket.js'
import { socketTrouble } from './socket-trouble.js'

export type { BrokerEndpoint } from './open-socket.js'

/** Which request a list of body chunks is. */
export interface RequestHead {
  name: string
  key: number
  version: number
  flexible?: boolean
}

export interface SendOptions {
  /**
   * Milliseconds of silence until the answer counts as lost and the connection with it. It is silence only while nothing
   * arrives, neither of this answer nor of those before it: a slow link is not a dead one.
   */
  timeoutMs?: number
  /** Gives the buffer for an answer of `size` bytes; at least that long. Default: a fresh one. */
  allocate?: (size: number) => Buffer
}

interface Pending {
  name: string
  correlationId: number
  sentAt: number
  timeoutMs: number
  allocate: (size: number) => Buffer
  resolve: (answer: Buffer) => void
  reject: (error: Error) => void
}

/**
 * For requests that a broker answers at once; those that it may sit on say themselves how long. A live one answers well
 * within it, a blackholed one never: half of what the Java clients wait, so that 30 s after the end of an outage is time
 * enough to notice what was lost in its last moment, and to begin anew.
 */
const REQUEST_TIMEOUT_MS = 15_000
/**
 * No answer of ours is larger: fetches ask for a few MiB and a single batch is at most `message.max.bytes`. Smaller
 * than what the first bytes of a TLS alert (336 MiB) or of HTTP (1.1 GiB) read as.
 */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024

/** A body's first chunk up to this size is copied behind the header. */
const JOINED_BYTES = 4096

const CLIENT_ID = 'kafka-replicator'

/**
 * One socket to one broker. Requests are written in order without waiting for each other; a broker answers in the same
 * order, so the oldest waiting request owns the next answer. A request that is not answered in time closes the
 * connection, since everything behind it would wait too.
 *
 */
export class Connection implements AnswerReceiver {
  readonly endpoint: BrokerEndpoint
  private readonly socket: Socket
  private readonly reader: AnswerReader
  private readonly pending: Pending[] = []
  private nextCorrelationId = 1
  private timer: NodeJS.Timeout | undefined
  private corked = false
  /** What waits for the end of `exclusively`; no more than its owners have in flight at other times. */
  private held: (() => void)[] | undefined
  private heardAt = 0
  private failure: ConnectionError | undefined
  private readonly closeListeners: ((error: ConnectionError) => void)[] = []
  /** Told of every answer to a request. */
  onAnswer: (() => void) | undefined

  private constructor(endpoint: BrokerEndpoint, socket: Socket, reader: AnswerReader) {
    this.endpoint = endpoint
    this.socket = socket
    this.reader = reader
  }

  /** Opens a socket, with TLS where the endpoint says so. Throws ConnectionError (or AccessError) within 10 s. */
  static async open(endpoint: BrokerEndpoint): Promise<Connection> {
    // Nothing arrives before the reader has its receiver: a broker never speaks first.
    const reader = new AnswerReader()
    let connection: Connection | undefined
    const socket = await openSocket(endpoint, reader, () => {
      if (connection) connection.heardAt = performance.now()
    })
    connection = new Connection(endpoint, socket, reader)
    connection.listen()
    return connection
  }

  get isOpen(): boolean {
    return this.failure === undefined
  }

  /** `host:port`, for messages. */
  get address(): string {
    return `${this.endpoint.host}:${this.endpoint.port}`
  }

  /** Calls back once when the connection is closed, by either side; at once if it is already. */
  onClose(listener: (error: ConnectionError) => void): void {
    if (this.failure) listener(this.failure)
    else this.closeListeners.push(listener)
  }

  /** Sends one request and reads its answer. Throws ConnectionError; error codes inside are the caller's. */
  async call<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
    options: SendOptions = {},
  ): Promise<Response> {
    const body = new ByteWriter()
    api.write(body, request)
    const reader = new ByteReader(await this.send(api, [body.bytes()], options))
    if (api.flexible) reader.skipTags()
    return api.read(reader)
  }

  /**
   * Writes a request whose body is a list of chunks and gives the answer's bytes after the correlation id.
   * Rejects with ConnectionError when the connection is lost or the deadline passes: the request may have been carried
   * out all the same.
   */
  send(head: RequestHead, body: readonly Buffer[], options: SendOptions = {}): Promise<Buffer> {
    const { held } = this
    if (!held) return this.sendNow(head, body, options)
    return new Promise((resolve, reject) => {
      held.push(() => this.sendNow(head, body, options).then(resolve, reject))
    })
  }

  /**
   * Lets `work` alone send, through the function it is given; all else waits until it is done. For a login: between its
   * messages a broker takes no other request (KIP-368). Not to be nested.
   */
  async exclusively<Result>(work: (send: Connection['send']) => Promise<Result>): Promise<Result> {
    const held: (() => void)[] = []
    this.held = held
    try {
      return await work((head, body, options) => this.sendNow(head, body, options))
    } finally {
      this.held = undefined
      for (const send of held) send()
    }
  }

  private sendNow(head: RequestHead, body: readonly Buffer[], options: SendOptions = {}): Promise<Buffer> {
    if (this.failure) return Promise.reject(this.failure)
    const correlationId = this.nextCorrelationId
    this.nextCorrelationId = (correlationId % 0x7fffffff) + 1
    return new Promise((resolve, reject) => {
      this.pending.push({
        name: head.name,
        correlationId,
        sentAt: performance.now(),
        timeoutMs: options.timeoutMs ?? REQUEST_TIMEOUT_MS,
        allocate: options.allocate ?? Buffer.allocUnsafe,
        resolve,
        reject,
      })
      if (this.pending.length === 1) this.armTimer()
      this.write(requestHeader(head, correlationId, body), body)
    })
  }

  /** Closes the socket; everything waiting is rejected with the reason, told in words or as an error. */
  close(reason: string | ConnectionError = 'closed by this side'): void {
    const told = typeof reason === 'string'
    this.fail(told ? new ConnectionError(`the connection to ${this.address} was ${reason}`) : reason)
  }

  private listen(): void {
    this.reader.attach(this)
    this.socket.on('error', error => this.fail(socketTrouble(error, this.endpoint, 'lost the connection to')))
    this.socket.on('close', () => this.fail(this.lost('the broker closed it')))
    this.socket.on('end', () => this.fail(this.lost('the broker closed it')))
  }

  private lost(why: string): ConnectionError {
    return new ConnectionError(`lost the connection to ${this.address}: ${why}`)
  }

  /** All that is written in one turn of the event loop leaves in one system call. */
  private write(header: Buffer, body: readonly Buffer[]): void {
    if (!this.corked) {
      this.corked = true
      this.socket.cork()
      process.nextTick(() => {
        this.corked = false
        this.socket.uncork()
      })
    }
    const [first, ...rest] = body
    // Each chunk costs a call, so the small beginning of a body goes with the header.
    const joins = first !== undefined && first.length <= JOINED_BYTES
    this.socket.write(joins ? Buffer.concat([header, first]) : header)
    for (const chunk of joins ? rest : body) this.socket.write(chunk)
  }

  /** For the reader: an answer begins, and it is the oldest request's. */
  begin(size: number): Buffer | undefined {
    const owner = this.pending[0]
    if (owner !== undefined && size >= 4 && size <= MAX_ANSWER_BYTES) return owner.allocate(size)
    this.fail(this.lost('it answered something that is not the Kafka protocol: is TLS missing on this listener?'))
    return undefined
  }

  /** For the reader: the oldest request's answer is there. */
  complete(answer: Buffer): void {
    const owner = this.pending.shift() as Pending
    const correlationId = answer.readInt32BE(0)
    if (correlationId === owner.correlationId) {
      this.onAnswer?.()
      return owner.resolve(answer.subarray(4))
    }
    const error = this.lost(`answer ${correlationId} came where ${owner.correlationId} was due`)
    owner.reject(error)
    this.fail(error)
  }

  /**
   * One timer for the oldest request is enough: answers come in order. It is not moved with every answer; when it goes
   * off it looks whose turn it is.
   */
  private armTimer(): void {
    const oldest = this.pending[0]
    if (oldest === undefined || this.timer !== undefined) return
    this.timer = setTimeout(() => this.checkDeadline(), Math.max(1, this.deadlineOf(oldest) - performance.now()))
    this.timer.unref()
  }

  private checkDeadline(): void {
    this.timer = undefined
    const oldest = this.pending[0]
    if (oldest && this.deadlineOf(oldest) <= performance.now())
      this.fail(this.lost(`no answer to ${oldest.name} in time`))
    else this.armTimer()
  }

  /** A broker serves one request after the other, so a request's time begins when the answer before it has come. */
  private deadlineOf({ sentAt, timeoutMs }: Pending): number {
    return Math.max(sentAt, this.heardAt) + timeoutMs
  }

  private fail(error: ConnectionError): void {
    if (this.failure) return
    this.failure = error
    this.reader.stop()
    clearTimeout(this.timer)
    this.socket.destroy()
    for (const request of this.pending.splice(0)) request.reject(error)
    for (const listener of this.closeListeners.splice(0)) listener(error)
  }
}

/**
 * Request header v1 (v2 with an empty set of tags for flexible requests), behind the size of the whole request.
 *   size INT32, api_key INT16, api_version INT16, correlation_id INT32, client_id NULLABLE_STRING [, _tags]
 */
function requestHeader(head: RequestHead, correlationId: number, body: readonly Buffer[]): Buffer {
  const writer = new ByteWriter(48)
  writer.int32(0).int16(head.key).int16(head.version).int32(correlationId).nullableString(CLIENT_ID)
  if (head.flexible) writer.noTags()
  const bytes = writer.bytes()
  bytes.writeInt32BE(
    body.reduce((sum, chunk) => sum + chunk.length, bytes.length - 4),
    0,
  )
  return bytes
}
