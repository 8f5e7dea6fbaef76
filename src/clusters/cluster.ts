import { type Clock, systemClock } from '../clock.js'
import { ExitCode, UserError } from '../errors.js'
import type { Api } from '../wire/api.js'
import { type AccessError, ConnectionError } from '../wire/kafka-errors.js'
import { type MetadataResponse, metadata } from '../wire/messages/metadata.js'
import { type BrokerConnection, type ClusterAccess, openBrokerConnection } from './broker-connection.js'
import { ClusterHealth } from './cluster-health.js'
import { connectTrouble } from './connect-trouble.js'
import type { ClusterConnectionOptions } from './connection-options.js'
import { LoginGate } from './login-gate.js'

interface BrokerAddress {
  host: string
  port: number
}

/**
 * One Kafka cluster: who its brokers are and a control connection to each that was asked. Data connections are opened
 * through it but belong to whoever opened them (a broker serves one request per connection at a time, so admin calls
 * must not stand in line behind megabytes).
 */
export class Cluster {
  readonly options: ClusterConnectionOptions
  readonly health: ClusterHealth
  /** Node id → address, from the last metadata answer. */
  private brokers = new Map<number, BrokerAddress>()
  private readonly control = new Map<string, Promise<BrokerConnection>>()
  private readonly access: ClusterAccess
  private turn = 0
  private id: string | undefined
  private closed = false

  constructor(options: ClusterConnectionOptions, clock: Clock = systemClock) {
    this.options = options
    this.health = new ClusterHealth(clock)
    const { health } = this
    const gate = new LoginGate(clock)
    this.access = { security: options.security, gate, health, clock, principal: 'User:ANONYMOUS' }
  }

  /** Told when the cluster begins to refuse our connections (certificate, login), and with undefined when it is over. */
  set onAccess(listener: (refusal: AccessError | undefined) => void) {
    this.access.gate.onChange = listener
  }

  get alias(): string {
    return this.options.alias
  }

  /** Whom the brokers see in us, for messages about rights. */
  get principal(): string {
    return this.access.principal
  }

  /** Connections so far that were refused on either side: login, certificate, or credentials that cannot be read. */
  get authErrors(): number {
    return this.access.gate.refusals
  }

  /** The id that the brokers report; known once `connect` has succeeded. */
  get clusterId(): string {
    if (this.id === undefined) throw new Error('the cluster is not connected yet')
    return this.id
  }

  get brokerCount(): number {
    return this.brokers.size
  }

  /**
   * Reaches any broker and checks that it belongs to the cluster that was meant.
   * Throws UserError (254) when none answers or the cluster id is another one.
   */
  async connect(): Promise<void> {
    let answer: MetadataResponse
    try {
      answer = await this.metadata([])
    } catch (error) {
      throw connectTrouble(this.options, error)
    }
    const { expectedClusterId, bootstrapBrokers } = this.options
    if (expectedClusterId !== undefined && answer.clusterId !== expectedClusterId) {
      throw new UserError(
        `The brokers at ${bootstrapBrokers.join(', ')} belong to cluster "${answer.clusterId}", but the configuration says ApacheKafkaClusterId "${expectedClusterId}".`,
        {
          exitCode: ExitCode.Service,
          fix: 'Correct ApacheKafkaClusterId or BootstrapBrokerString: replicating with the wrong cluster could not be undone.',
        },
      )
    }
    this.id = answer.clusterId ?? ''
  }

  /** Topics with their partitions and leaders; null asks for all topics, [] for the brokers alone. */
  async metadata(topics: string[] | null): Promise<MetadataResponse> {
    const answer = await this.callAny(metadata, { topics })
    if (answer.brokers.length > 0) {
      this.brokers = new Map(answer.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]))
    }
    return answer
  }

  /** Sends a request to one broker over its control connection. */
  async call<Request, Response>(nodeId: number, api: Api<Request, Response>, request: Request): Promise<Response> {
    const { connection } = await this.controlConnection(this.addressOf(nodeId))
    return connection.call(api, request)
  }

  /**
   * Sends a request to whichever broker answers: those already connected first, then the rest, then the bootstrap
   * list. One round over all of them, so that it ends.
   */
  async callAny<Request, Response>(api: Api<Request, Response>, request: Request): Promise<Response> {
    let failure: unknown
    for (const address of this.candidates()) {
      try {
        const { connection } = await this.controlConnection(address)
        return await connection.call(api, request)
      } catch (error) {
        failure = error
        if (!(error instanceof ConnectionError)) throw error
      }
    }
    throw failure
  }

  /** Whether a broker understands a request in the version we speak. */
  async supports(nodeId: number, api: Pick<Api<never, never>, 'key' | 'version'>): Promise<boolean> {
    const { versions } = await this.controlConnection(this.addressOf(nodeId))
    const range = versions.get(api.key)
    return range !== undefined && range.min <= api.version && api.version <= range.max
  }

  /** A new connection to one broker, logged in, for the caller alone, who closes it. */
  openDataConnection(nodeId: number): Promise<BrokerConnection> {
    return this.open(this.addressOf(nodeId))
  }

  /** The nodes known from the last metadata answer. */
  nodeIds(): number[] {
    return [...this.brokers.keys()]
  }

  async close(): Promise<void> {
    this.closed = true
    const open = [...this.control.values()]
    this.control.clear()
    for (const attempt of await Promise.allSettled(open)) {
      if (attempt.status === 'fulfilled') attempt.value.connection.close()
    }
  }

  private addressOf(nodeId: number): BrokerAddress {
    const address = this.brokers.get(nodeId)
    if (!address) throw new ConnectionError(`broker ${nodeId} of cluster ${this.options.alias} is not known (any more)`)
    return address
  }

  private candidates(): BrokerAddress[] {
    const known = [...this.brokers.values()]
    // Another broker each time, so that one that hangs does not stop every call.
    this.turn++
    const rotated = known.map((_, i) => known[(i + this.turn) % known.length] as BrokerAddress)
    const byKey = new Map(rotated.map(address => [keyOf(address), address]))
    for (const text of this.options.bootstrapBrokers) {
      const address = parseAddress(text)
      if (!byKey.has(keyOf(address))) byKey.set(keyOf(address), address)
    }
    return [...byKey.values()]
  }

  private controlConnection(address: BrokerAddress): Promise<BrokerConnection> {
    const key = keyOf(address)
    const existing = this.control.get(key)
    if (existing) return existing
    if (this.closed) throw new ConnectionError(`the connections to cluster ${this.options.alias} are closed`)
    const opening = this.open(address)
    this.control.set(key, opening)
    const forget = () => {
      if (this.control.get(key) === opening) this.control.delete(key)
    }
    opening.then(({ connection }) => connection.onClose(forget), forget)
    return opening
  }

  private open(address: BrokerAddress): Promise<BrokerConnection> {
    return openBrokerConnection(address, this.access)
  }
}

function keyOf({ host, port }: BrokerAddress): string {
  return `${host}:${port}`
}

/** `host:port`, with IPv6 hosts in brackets. */
function parseAddress(text: string): BrokerAddress {
  const colon = text.lastIndexOf(':')
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) }
}
