import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { FrameWatcher } from './frame-watcher.js'
import { Line, ProxiedStream } from './proxied-stream.js'

/** Which way: what the client sends, or what the broker answers. */
export type Direction = 'toBroker' | 'toClient'

/** What the proxy has done so far, so that a test can prove its own fault. */
export interface ProxyCounts {
  /** Accepted, refused ones not among them. */
  connections: number
  refused: number
  /** Connections closed by `cut` and by `reset`. */
  cut: number
  reset: number
  answersDropped: number
  forwarded: Record<Direction, number>
  swallowed: Record<Direction, number>
  /** Of those forwarded: when their sender had already gone. */
  late: Record<Direction, number>
}

const REQUEST_HEAD_BYTES = 12
const ANSWER_HEAD_BYTES = 8

/**
 * A bad network on loopback: stands before one broker and does to its connections what it is told, while it runs:
 *
 *     proxy.delay(50)                  // each way
 *     proxy.blackhole('toClient')      // the answers alone
 *     proxy.heal()
 *
 * In memory: 32 MiB a connection and direction at most, what is more waits with its sender.
 */
export class TcpProxy implements AsyncDisposable {
  readonly host = '127.0.0.1'
  readonly port: number
  private readonly server: Server
  private readonly links = new Set<ProxiedLink>()
  private readonly lines: Record<Direction, Line> = { toBroker: new Line(), toClient: new Line() }
  private readonly drops: Drop[] = []
  private isRefusing = false
  private connections = 0
  private refused = 0
  private cutCount = 0
  private resetCount = 0
  private answersDropped = 0

  private constructor(server: Server, target: { host: string; port: number }) {
    this.server = server
    this.port = (server.address() as AddressInfo).port
    server.on('connection', client => this.accept(client, target))
  }

  /** Listens on a free port of 127.0.0.1. Nobody needs to listen at the target yet. */
  static async start(targetHost: string, targetPort: number): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', resolve)
    })
    return new TcpProxy(server, { host: targetHost, port: targetPort })
  }

  get counts(): ProxyCounts {
    const { toBroker, toClient } = this.lines
    return {
      connections: this.connections,
      refused: this.refused,
      cut: this.cutCount,
      reset: this.resetCount,
      answersDropped: this.answersDropped,
      forwarded: { toBroker: toBroker.bytesForwarded, toClient: toClient.bytesForwarded },
      swallowed: { toBroker: toBroker.bytesSwallowed, toClient: toClient.bytesSwallowed },
      late: { toBroker: toBroker.bytesLate, toClient: toClient.bytesLate },
    }
  }

  get openConnections(): number {
    return this.links.size
  }

  /** Closes all connections now (FIN). New ones are welcome. */
  cut(): void {
    this.cutCount += this.links.size
    for (const link of this.links) link.cut()
  }

  /** The same with RST. */
  reset(): void {
    this.resetCount += this.links.size
    for (const link of this.links) link.reset()
  }

  /** The clients' side alone is reset: what they have sent still arrives, and nobody waits for the answers. */
  resetClients(): void {
    this.resetCount += this.links.size
    for (const link of this.links) link.resetClient()
  }

  /** New connections are reset at once; those that are open stay. */
  refuse(): void {
    this.isRefusing = true
  }

  /**
   * What is sent is swallowed, and the sockets stay open. A connection that has lost something so stays silent after
   * `heal` too: the bytes are gone.
   */
  blackhole(which?: Direction): void {
    for (const line of this.linesOf(which)) line.isBlackhole = true
  }

  /** What is sent waits, and after `heal` it all arrives, also from clients that have given up: packets sent again. */
  hold(which?: Direction): void {
    for (const line of this.linesOf(which)) line.isHeld = true
  }

  /** Every byte takes so much longer; the bandwidth stays. */
  delay(ms: number, which?: Direction): void {
    for (const line of this.linesOf(which)) line.delayMs = ms
  }

  /** All connections together get so much. */
  slow(bytesPerSecond: number, which?: Direction): void {
    for (const line of this.linesOf(which)) line.slow(bytesPerSecond)
  }

  /**
   * The broker gets the next request of this kind and carries it out; instead of its answer comes the end of the
   * connection. Resolves when that has happened.
   */
  dropNextAnswer(apiKey: number): Promise<void> {
    return new Promise(resolve => this.drops.push({ apiKey, dropped: resolve }))
  }

  /** No fault any more but those that connections have had. */
  heal(): void {
    this.isRefusing = false
    this.drops.length = 0
    for (const line of this.linesOf(undefined)) line.heal()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise(resolve => this.server.close(resolve))
    for (const link of this.links) link.cut()
    await closed
  }

  private linesOf(which: Direction | undefined): Line[] {
    return which === undefined ? [this.lines.toBroker, this.lines.toClient] : [this.lines[which]]
  }

  private accept(client: Socket, target: { host: string; port: number }): void {
    if (this.isRefusing) {
      this.refused++
      client.on('error', () => {}) // it may be gone already
      client.resetAndDestroy()
      return
    }
    this.connections++
    const link = new ProxiedLink(client, target, this.lines, {
      dropFor: apiKey => this.takeDrop(apiKey),
      closed: () => this.links.delete(link),
    })
    this.links.add(link)
  }

  private takeDrop(apiKey: number): (() => void) | undefined {
    const index = this.drops.findIndex(drop => drop.apiKey === apiKey)
    const [drop] = index < 0 ? [] : this.drops.splice(index, 1)
    return (
      drop &&
      (() => {
        this.answersDropped++
        drop.dropped()
      })
    )
  }
}

interface Drop {
  apiKey: number
  dropped: () => void
}

interface LinkOwner {
  /** Whether the answer to such a request is to be dropped; then what to call when it was. */
  dropFor(apiKey: number): (() => void) | undefined
  closed(): void
}

/** One client's connection and the one to the broker that stands for it. */
class ProxiedLink {
  private readonly client: Socket
  private readonly broker: Socket
  private readonly owner: LinkOwner
  private readonly requests = new FrameWatcher(REQUEST_HEAD_BYTES)
  private readonly answers = new FrameWatcher(ANSWER_HEAD_BYTES)
  private drop: { correlationId: number; dropped: () => void } | undefined

  constructor(
    client: Socket,
    target: { host: string; port: number },
    lines: Record<Direction, Line>,
    owner: LinkOwner,
  ) {
    this.client = client
    this.owner = owner
    this.broker = connect({ ...target, allowHalfOpen: true, noDelay: true })
    // Errors are followed by 'close', which the streams and `whenClosed` see.
    client.on('error', () => {})
    this.broker.on('error', () => {
      if (this.broker.bytesRead === 0) client.resetAndDestroy()
    })
    for (const socket of [client, this.broker]) socket.once('close', () => this.whenClosed())
    new ProxiedStream(client, this.broker, lines.toBroker, chunk => this.passRequests(chunk))
    new ProxiedStream(this.broker, client, lines.toClient, chunk => this.passAnswers(chunk))
  }

  cut(): void {
    this.client.destroy()
    this.broker.destroy()
  }

  reset(): void {
    this.client.resetAndDestroy()
    this.broker.resetAndDestroy()
  }

  resetClient(): void {
    this.client.resetAndDestroy()
  }

  private whenClosed(): void {
    if (this.client.destroyed && this.broker.destroyed) this.owner.closed()
  }

  private passRequests(chunk: Buffer): number {
    this.requests.watch(chunk, head => {
      if (this.drop) return
      const dropped = this.owner.dropFor(head.readInt16BE(4))
      if (dropped) this.drop = { correlationId: head.readInt32BE(8), dropped }
    })
    return chunk.length
  }

  private passAnswers(chunk: Buffer): number {
    let passing = chunk.length
    this.answers.watch(chunk, (head, start) => {
      if (head.readInt32BE(4) !== this.drop?.correlationId) return
      passing = Math.min(passing, Math.max(0, start))
      this.drop.dropped()
      this.drop = undefined
      this.broker.destroy()
    })
    return passing
  }
}
